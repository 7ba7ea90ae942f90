namespace Millrace.Tables.Delta;

/// <summary>What a log says about the whole table. Delta protocol, "Change Metadata".</summary>
/// <param name="Id">The table's id.</param>
/// <param name="Schema">All columns, also those of the partitions.</param>
/// <param name="PartitionColumns">Names of columns; may be empty.</param>
/// <param name="Configuration">Properties such as <c>delta.appendOnly</c>.</param>
public sealed record DeltaMetadata(
    string Id,
    TableSchema Schema,
    IReadOnlyList<string> PartitionColumns,
    IReadOnlyDictionary<string, string> Configuration)
{
    /// <summary>The name that the writer gave; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>For people; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>Milliseconds since 1970; null when the log does not say.</summary>
    public long? CreatedTime { get; init; }

    /// <summary>Whether a property is <c>true</c>.</summary>
    public bool Is(string property) =>
        Configuration.TryGetValue(property, out var value) && value.Equals("true", StringComparison.OrdinalIgnoreCase);
}
