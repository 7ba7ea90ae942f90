using Millrace.Catalog;
using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary>Takes objects out of the packs for good, with the chunks that no other object is made of: the packs that
/// hold
/// them are written anew without them, and the old ones go.</summary>
/// <remarks>For who has the store alone. Doing it again after a crash does the rest. Bytes: the recipes of all large
/// objects, and the packs that are rewritten, read and written once; about 100 bytes of memory for each
/// entry.</remarks>
/// <param name="store">The store.</param>
sealed class ObjectErasure(ObjectStore store)
{
    readonly PackSet _packs = store.Packs;

    /// <summary>The bytes in packs that go with the objects.</summary>
    /// <exception cref="MillraceException"><c>object-shared</c>: a small object is a piece of a large one that stays.
    /// </exception>
    public long Measure(IReadOnlyCollection<ContentHash> hashes)
    {
        if (!Directory.Exists(_packs.Writers.Folder))
            return 0;
        var drops = Decide(hashes);
        return _packs.List(EntryKinds.All).Where(drops)
            .Sum(location => (long)PackEntry.HeaderSize + location.Entry.StoredLength);
    }

    /// <summary>Erases; what is not there is no error.</summary>
    /// <returns>Bytes that the folder has less than before.</returns>
    /// <exception cref="MillraceException"><c>object-shared</c>, <c>sweep-running</c>, <c>store-busy</c>,
    /// <c>pack-damaged</c>, <c>object-damaged</c>, and those of writing.</exception>
    public long Erase(IReadOnlyCollection<ContentHash> hashes, CancellationToken cancellationToken)
    {
        if (hashes.Count == 0 || !Directory.Exists(_packs.Writers.Folder))
            return 0;
        using var own = FolderLock.TryAcquire(store.Folder) ?? throw new MillraceException(
            ErrorKind.Conflict, "sweep-running", $"Another process sweeps or repairs '{store.Folder}'.",
            "Wait until it is done, then run the same command again.");
        _packs.Writers.ReleaseFree();
        var drops = Decide(hashes);
        var paths = _packs.List(EntryKinds.All).Where(drops).Select(location => location.Pack.Path)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        using var rewrite = new PackRewrite(_packs);
        var busy = new List<string>();
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!rewrite.TryMove(path, drops, _ => { }) && !rewrite.Damaged.Contains(path))
                busy.Add(path);
        }

        rewrite.Complete();
        if (rewrite.Damaged.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "pack-damaged",
                $"'{rewrite.Damaged[0]}' holds what shall be erased, and is damaged: it was left as it is.",
                "'millrace fsck --repair' puts aside what is damaged; then run the same command again.");
        }

        return busy.Count == 0 ? rewrite.FreedBytes : throw new MillraceException(
            ErrorKind.Conflict, "store-busy",
            $"Another process appends to '{busy[0]}', which holds what shall be erased.",
            "End it, then run the same command again: it goes on from there.");
    }

    /// <summary>Which entries go: the objects, and parts that no object is made of which stays, needed or not. Asked
    /// for
    /// again after a crash it gives the rest, also when the list of a large object is gone already.</summary>
    Func<PackLocation, bool> Decide(IReadOnlyCollection<ContentHash> hashes)
    {
        var erased = hashes.ToHashSet();
        _packs.Refresh();
        ObjectSweep.RefuseDamage(_packs);
        var live = new LiveEntries(_packs, store.Reader);
        foreach (var location in _packs.List(EntryKinds.Object))
        {
            if (!erased.Contains(location.Entry.Id))
                live.Add(location.Entry.Id);
        }

        foreach (var location in _packs.List(EntryKinds.Object))
        {
            if (location.Entry.Kind == EntryKind.Blob && erased.Contains(location.Entry.Id)
                && live.Has(location.Entry))
            {
                throw Shared(location.Entry.Id);
            }
        }

        return location => location.Entry.IsObject
            ? erased.Contains(location.Entry.Id)
            : !live.Has(location.Entry);
    }

    internal static MillraceException Shared(ContentHash hash) => new(
        ErrorKind.Conflict, "object-shared",
        $"Object {hash} is also a piece of a larger object that shall stay, so its bytes cannot go.",
        "Erase the larger object too: 'millrace erase --dry-run' with both says what goes.");
}
