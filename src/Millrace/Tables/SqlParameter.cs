namespace Millrace.Tables;

/// <summary>A value of a query.</summary>
/// <param name="Name">Without the dollar sign.</param>
/// <param name="Value">A number, text, bool, DateTime in UTC, byte array, or null.</param>
public sealed record SqlParameter(string Name, object? Value);
