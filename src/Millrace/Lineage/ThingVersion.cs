namespace Millrace.Lineage;

/// <summary>A version of a thing: the node of the lineage graph.</summary>
/// <param name="Id">Its number in the catalog; refs and edges point to it.</param>
/// <param name="Kind"><c>table file object dataset model feature source</c>.</param>
/// <param name="Name">The thing's name.</param>
/// <param name="Number">The label N of <c>vN</c>; for a table, the version of its Delta log.</param>
/// <param name="Hash">The identity: SHA-256 over the content, as 64 hex digits.</param>
/// <param name="RunId">The run that made it; null for what came from outside.</param>
/// <param name="CreatedAt">When it was recorded.</param>
/// <param name="Summary">JSON object with what a person wants to see: rows, bytes, ranges, metrics.</param>
public sealed record ThingVersion(
    long Id,
    string Kind,
    string Name,
    long Number,
    string Hash,
    string? RunId,
    DateTimeOffset CreatedAt,
    string Summary)
{
    /// <summary>The way a person writes it, such as <c>table:photos@v3</c>.</summary>
    public string Label => $"{Kind}:{Name}@v{Number}";

    /// <summary>The first eight hex digits of the hash.</summary>
    public string ShortHash => Hash[..8];
}
