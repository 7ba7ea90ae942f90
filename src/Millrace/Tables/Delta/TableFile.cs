namespace Millrace.Tables.Delta;

/// <summary>A file in a table's place, named by a log or not.</summary>
/// <param name="Path">Relative to the table.</param>
/// <param name="SizeBytes">How long it is.</param>
/// <param name="ModifiedAt">When it was last written.</param>
readonly record struct TableFile(string Path, long SizeBytes, DateTimeOffset ModifiedAt);
