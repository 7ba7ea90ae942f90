namespace Millrace.Sources.Databases;

/// <summary>Why a row of a database can't be a row of a table.</summary>
/// <param name="Column">The column that is wrong.</param>
/// <param name="Reason">Why, as a sentence without its capital and full stop.</param>
readonly record struct RowFault(string? Column, string Reason);
