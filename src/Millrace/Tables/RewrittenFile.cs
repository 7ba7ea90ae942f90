namespace Millrace.Tables;

/// <summary>A data file without the rows that are erased.</summary>
/// <param name="OldPath">The file that holds them, relative to the table's folder.</param>
/// <param name="OldObjectList">Its list of objects; null when it has none.</param>
/// <param name="New">What takes its place; null when no row is left.</param>
/// <param name="ErasedCount">How many rows go.</param>
sealed record RewrittenFile(string OldPath, string? OldObjectList, DataFile? New, long ErasedCount);
