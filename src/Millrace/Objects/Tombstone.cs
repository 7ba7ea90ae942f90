namespace Millrace.Objects;

/// <summary>What stays of something that was erased on purpose.</summary>
/// <param name="ErasureId">The erasure that it was part of.</param>
/// <param name="Kind"><c>object</c>, <c>row</c> or <c>version</c>.</param>
/// <param name="Name">Of a row the table, of a version its label; of an object empty.</param>
/// <param name="Hash">Of an object or a version its hash; of a row a salted digest of its key.</param>
/// <param name="Detail">JSON object: counts, the salt, the identity that a version's content has now.</param>
/// <param name="Reason">What was given as the reason; null for none.</param>
/// <param name="ErasedBy">Who did it.</param>
/// <param name="ErasedAt">When.</param>
public sealed record Tombstone(
    string ErasureId, string Kind, string Name, string Hash, string Detail, string? Reason, string ErasedBy,
    DateTimeOffset ErasedAt)
{
    public const string ObjectKind = "object";
    public const string RowKind = "row";
    public const string VersionKind = "version";
}
