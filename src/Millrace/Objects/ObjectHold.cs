using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary>The one door to what is stored for who is about to refer to it: no sweep drops what it keeps before it is
/// disposed, and what a sweep is about to drop it does not keep. Whoever writes the reference before it is disposed
/// need not fear any.</summary>
/// <remarks>Thread-safe. Made by <see cref="ObjectStore.Hold"/>; each <see cref="ObjectBatch"/> has one of its
/// own.</remarks>
public sealed class ObjectHold : IDisposable
{
    readonly SweepGuard _guard;
    readonly SweepGeneration _generation;
    bool _isDisposed;

    internal ObjectHold(SweepGuard guard, SweepGeneration generation)
    {
        _guard = guard;
        _generation = generation;
    }

    /// <summary>Whether the object is stored and stays. No is no promise: another process may have stored it just now;
    /// storing it again is harmless.</summary>
    public bool Keeps(ContentHash hash) => Keeps(hash, EntryKinds.Object);

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _guard.Leave(_generation);
    }

    /// <summary>As <see cref="Keeps(ContentHash)"/>, for an entry.</summary>
    // What is only here may be left of a commit that did not get through: it goes to the other place once more.
    internal bool Keeps(ContentHash id, EntryKinds kinds) =>
        _guard.Packs.Tier is { } tier ? tier.Knows(id, kinds) : IsHere(id, kinds, out _);

    /// <summary>Whether the local packs have an entry, whole, that stays.</summary>
    internal bool IsHere(ContentHash id, EntryKinds kinds) => IsHere(id, kinds, out _);

    /// <inheritdoc cref="IsHere(ContentHash, EntryKinds)"/>
    internal bool IsHere(ContentHash id, EntryKinds kinds, out PackLocation location) =>
        _guard.Packs.TryFindKnown(id, kinds, _generation.Plan, out location)
        && location.Entry.End <= location.Pack.Length;
}
