namespace Millrace.Tables.Delta;

/// <summary>A file that a version took out of the table. Its bytes may be there until it is vacuumed.</summary>
/// <param name="Path">As in <see cref="DataFile.Path"/>.</param>
/// <param name="DeletionVector">Which rows of it had been deleted before; null for none.</param>
/// <param name="DeletionTime">Milliseconds since 1970; null when the log does not say.</param>
/// <param name="IsDataChange">Whether rows went, and were not only arranged anew.</param>
public sealed record RemovedFile(string Path, DeletionVector? DeletionVector, long? DeletionTime, bool IsDataChange)
{
    /// <summary>As in <see cref="DataFile.LogPath"/>.</summary>
    public string? LogPath { get; init; }

    /// <summary>As in <see cref="DataFile.PartitionValues"/>; null when the log does not say.</summary>
    public IReadOnlyDictionary<string, string?>? PartitionValues { get; init; }

    /// <summary>The size of the file; null when the log does not say.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>The row id of the first row; null without row tracking.</summary>
    public long? BaseRowId { get; init; }

    /// <summary>The version that first added the file; null without row tracking.</summary>
    public long? DefaultRowCommitVersion { get; init; }

    internal string Key => DeletionVector is null ? Path : $"{Path}\n{DeletionVector.UniqueId}";
}
