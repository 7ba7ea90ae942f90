using Millrace.Objects;

namespace Millrace.Versions.Remotes;

/// <summary>What a push or a fetch did.</summary>
/// <param name="Refs">What became of each ref.</param>
/// <param name="Objects">What went over.</param>
/// <param name="RequestCount">Requests that were made of the remote.</param>
public sealed record SyncReport(IReadOnlyList<SyncedRef> Refs, TransferReport Objects, long RequestCount)
{
    /// <summary>Objects that the refs need and that neither the remote has nor this store.</summary>
    public long LackingCount { get; init; }

    /// <summary>The first of them, by path where they have one.</summary>
    public IReadOnlyList<string> Lacking { get; init; } = [];

    /// <summary>Contents that were not sent, since they were erased on purpose.</summary>
    public long ErasedCount { get; init; }

    /// <summary>Whether there was nothing to do.</summary>
    public bool IsUpToDate => Objects.SentCount == 0 && Refs.All(item => item.Before == item.After);
}

/// <summary>A ref that was pushed or fetched.</summary>
/// <param name="Kind">Whether it moves.</param>
/// <param name="Name">Its name, without that of the remote.</param>
/// <param name="Before">Where it pointed on the side that was changed; null when it is new there.</param>
/// <param name="After">Where it points.</param>
/// <param name="IsForced">Whether commits were left without a ref.</param>
public sealed record SyncedRef(
    RemoteRefKind Kind, string Name, ContentHash? Before, ContentHash After, bool IsForced = false);
