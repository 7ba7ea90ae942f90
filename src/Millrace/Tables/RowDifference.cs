namespace Millrace.Tables;

/// <summary>One row that differs.</summary>
/// <param name="Change"><c>+</c> for a row that came, <c>-</c> for one that went, <c>~</c> for one that
/// changed.</param>
/// <param name="Key">JSON object of its key.</param>
/// <param name="Before">JSON object of the columns that differ, as they were; null for a row that came.</param>
/// <param name="After">JSON object of the columns that differ, as they are; null for a row that went.</param>
public sealed record RowDifference(string Change, string Key, string? Before, string? After);
