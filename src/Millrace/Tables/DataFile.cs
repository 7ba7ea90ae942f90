namespace Millrace.Tables;

/// <summary>One Parquet file of a table.</summary>
/// <param name="Path">Relative to the table's folder, decoded.</param>
/// <param name="SizeBytes">As it was written.</param>
/// <param name="RowCount">How many rows.</param>
/// <param name="Hash">SHA-256 of the file's bytes as 64 hex digits; empty for a file of another writer.</param>
/// <param name="Statistics">JSON of Delta's per-file statistics.</param>
/// <param name="ObjectList">Path, relative to the table's folder, of the list of the objects that the file's URL
/// columns name; null when it names none.</param>
public sealed record DataFile(
    string Path, long SizeBytes, long RowCount, string Hash, string Statistics, string? ObjectList);
