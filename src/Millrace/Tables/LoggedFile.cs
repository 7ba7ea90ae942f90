namespace Millrace.Tables;

/// <summary>A data file that some version of a table has or had.</summary>
/// <param name="Path">Relative to the table's folder, decoded.</param>
/// <param name="Schema">The table's columns when it was added.</param>
/// <param name="ObjectList">The list of the objects that it names; null for none.</param>
/// <param name="SizeBytes">As it was written.</param>
sealed record LoggedFile(string Path, TableSchema Schema, string? ObjectList, long SizeBytes);
