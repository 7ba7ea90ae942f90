using System.Text.Json.Serialization;
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
/// <remarks>Intents of the catalog keep it as JSON: in this order, without what is not set.</remarks>
public sealed record DataFile(
    [property: JsonPropertyOrder(-6)] string Path,
    [property: JsonPropertyOrder(-5)] long SizeBytes,
    long RowCount,
    [property: JsonPropertyOrder(-3)] string Hash,
    [property: JsonPropertyOrder(-2)] string Statistics,
    [property: JsonPropertyOrder(-1)] string? ObjectList)
{
    /// <summary>Neither the log nor the caller says how many rows the file has.</summary>
    public const long UnknownRowCount = -1;

    static readonly IReadOnlyDictionary<string, string?> NoValues = new Dictionary<string, string?>();

    static readonly IReadOnlyDictionary<string, string> NoTags = new Dictionary<string, string>();

    /// <summary>How many rows of the table are in it; <see cref="UnknownRowCount"/> when the log does not say.
    /// </summary>
    [JsonPropertyOrder(-4)]
    public long RowCount
    {
        get => field != UnknownRowCount ? field : field = Counted();
        init;
    } = RowCount;

    /// <summary>The path as the log has it, for another entry that names the same file; null when it is
    /// <see cref="Path"/>, encoded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? LogPath { get; init; }

    /// <summary>The values of the partition columns by the columns' physical names, as the log writes them; null for
    /// none.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string?> PartitionValues { get => field ?? NoValues; init; }

    /// <summary>The rows of the file that are no longer in the table; null when all are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public DeletionVector? DeletionVector { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long ModificationTime { get; init; }

    /// <summary>Whether the version that added it changed rows, and did not only arrange them anew; null is
    /// true.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool? IsDataChange { get; init; }

    /// <summary>What writers note about the file.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Tags { get => field ?? NoTags; init; }

    /// <summary>The row id of the first row; null without row tracking.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long? BaseRowId { get; init; }

    /// <summary>The version that first added the file; null without row tracking.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long? DefaultRowCommitVersion { get; init; }

    /// <summary>What clusters the file's rows; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? ClusteringProvider { get; init; }

    [JsonInclude]
    [JsonPropertyName("partitionValues")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal IReadOnlyDictionary<string, string?>? WrittenPartitionValues
    {
        get => PartitionValues.Count == 0 ? null : PartitionValues;
        init => PartitionValues = value!;
    }

    [JsonInclude]
    [JsonPropertyName("tags")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal IReadOnlyDictionary<string, string>? WrittenTags
    {
        get => Tags.Count == 0 ? null : Tags;
        init => Tags = value!;
    }

    /// <summary>Path and deletion vector: what an add and its remove have in common.</summary>
    internal string Key => DeletionVector is null ? Path : $"{Path}\n{DeletionVector.UniqueId}";

    long Counted() => FileStatistics.RecordCount(Statistics) is { } count
        ? count - (DeletionVector?.Cardinality ?? 0) : UnknownRowCount;
}
