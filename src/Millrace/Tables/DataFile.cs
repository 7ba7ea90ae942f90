using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>One Parquet file of a table.</summary>
/// <param name="Path">Relative to the table's folder, decoded; whole for a file outside of it.</param>
/// <param name="SizeBytes">As it was written.</param>
/// <param name="RowCount">How many rows of the table are in it; <see cref="UnknownRowCount"/> takes the number from the
/// statistics when it is asked for.</param>
/// <param name="Hash">SHA-256 of the file's bytes as 64 hex digits; empty for a file of another writer.</param>
/// <param name="Statistics">JSON of Delta's per-file statistics.</param>
/// <param name="ObjectList">Path, relative to the table's folder, of the list of the objects that the file's URL
/// columns name; null when it names none.</param>
public sealed record DataFile(
    string Path, long SizeBytes, long RowCount, string Hash, string Statistics, string? ObjectList)
{
    /// <summary>Neither the log nor the caller says how many rows the file has.</summary>
    public const long UnknownRowCount = -1;

    static readonly IReadOnlyDictionary<string, string?> NoValues = new Dictionary<string, string?>();

    static readonly IReadOnlyDictionary<string, string> NoTags = new Dictionary<string, string>();

    /// <summary>How many rows of the table are in it; <see cref="UnknownRowCount"/> when the log does not say.
    /// </summary>
    public long RowCount
    {
        get => field != UnknownRowCount ? field : field = Counted();
        init;
    } = RowCount;

    /// <summary>The path as the log has it, for another entry that names the same file; null when it is
    /// <see cref="Path"/>, encoded.</summary>
    public string? LogPath { get; init; }

    /// <summary>The values of the partition columns by the columns' physical names, as the log writes them; null for
    /// none.</summary>
    public IReadOnlyDictionary<string, string?> PartitionValues { get => field ?? NoValues; init; }

    /// <summary>The rows of the file that are no longer in the table; null when all are.</summary>
    public DeletionVector? DeletionVector { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long ModificationTime { get; init; }

    /// <summary>Whether the version that added it changed rows, and did not only arrange them anew; null is
    /// true.</summary>
    public bool? IsDataChange { get; init; }

    /// <summary>What writers note about the file.</summary>
    public IReadOnlyDictionary<string, string> Tags { get => field ?? NoTags; init; }

    /// <summary>The row id of the first row; null without row tracking.</summary>
    public long? BaseRowId { get; init; }

    /// <summary>The version that first added the file; null without row tracking.</summary>
    public long? DefaultRowCommitVersion { get; init; }

    /// <summary>What clusters the file's rows; null for nothing.</summary>
    public string? ClusteringProvider { get; init; }

    /// <summary>Path and deletion vector: what an add and its remove have in common.</summary>
    internal string Key => DeletionVector is null ? Path : $"{Path}\n{DeletionVector.UniqueId}";

    long Counted() => FileStatistics.RecordCount(Statistics) is { } count
        ? count - (DeletionVector?.Cardinality ?? 0) : UnknownRowCount;
}
