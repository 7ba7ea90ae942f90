namespace Millrace.Objects;

/// <summary>What a sweep did.</summary>
public sealed record SweepReport
{
    /// <summary>Objects that someone needs.</summary>
    public long NeededCount { get; init; }

    /// <summary>Objects that nobody needs and that are still there, at most <see cref="ObjectSweep.NamesMax"/> of them
    /// by hash.</summary>
    public IReadOnlyList<SweptObject> Unneeded { get; init; } = [];

    public long UnneededCount { get; init; }

    /// <summary>Bytes in packs that a later sweep gives free, chunks included.</summary>
    public long UnneededBytes { get; init; }

    /// <summary>When the objects that wait for the end of the grace period may be dropped; null when none
    /// wait.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Objects that this sweep dropped.</summary>
    public long DroppedCount { get; init; }

    /// <summary>Bytes that the folder has less than before.</summary>
    public long FreedBytes { get; init; }

    public int PackCountBefore { get; init; }

    public int PackCountAfter { get; init; }

    /// <summary>Whether a writer that began before the last sweep is still there, so that nothing could be dropped.
    /// </summary>
    public bool IsBusy { get; init; }

    /// <summary>Packs that hold damaged entries and were left alone.</summary>
    public IReadOnlyList<string> DamagedPacks { get; init; } = [];
}

/// <summary>An object that nobody needs.</summary>
/// <param name="Hash">What it is called.</param>
/// <param name="SizeBytes">Its bytes; chunks may be shared with others.</param>
public sealed record SweptObject(ContentHash Hash, long SizeBytes);
