namespace Millrace.Buckets;

/// <summary>What must hold of a key's newest version for a write or a deletion to happen. Decided in the transaction
/// that writes: of several writers with one condition, one wins.</summary>
public sealed record WriteConditions
{
    public static readonly WriteConditions None = new();

    /// <summary>One of these ETags; <c>*</c> for any.</summary>
    public IReadOnlyList<string>? IfMatch { get; init; }

    /// <summary>None of these ETags; <c>*</c> for no version at all.</summary>
    public IReadOnlyList<string>? IfNoneMatch { get; init; }

    /// <summary>For deletions: this size.</summary>
    public long? IfSize { get; init; }

    /// <summary>For deletions: this time of the last change, to the second.</summary>
    public DateTimeOffset? IfModifiedAt { get; init; }
}
