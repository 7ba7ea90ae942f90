namespace Millrace.Tables.Delta;

/// <summary>A file with the rows that a version changed. Delta protocol, "Add CDC File".</summary>
/// <param name="Path">As in <see cref="DataFile.Path"/>.</param>
/// <param name="PartitionValues">As in <see cref="DataFile.PartitionValues"/>.</param>
/// <param name="SizeBytes">As it was written.</param>
public sealed record ChangeFile(string Path, IReadOnlyDictionary<string, string?> PartitionValues, long SizeBytes);
