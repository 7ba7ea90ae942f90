using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

partial class ObjectRemote
{
    /// <summary>Recipes and nodes that are read at once.</summary>
    const int ListWindowMax = 4096;

    /// <summary>Which of some objects the remote has, as it is now.</summary>
    public async Task<IReadOnlyList<ContentHash>> FindAsync(
        IReadOnlyCollection<ContentHash> hashes, CancellationToken cancellationToken = default)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return [.. hashes.Where(hash => _index.TryFind(hash, EntryKinds.Object, out _))];
    }

    /// <summary>The bytes in the remote's packs that go with some objects; nothing is changed.</summary>
    /// <exception cref="MillraceException"><c>object-shared</c>, and as for <see cref="RefreshAsync"/>.</exception>
    internal async Task<long> MeasureErasureAsync(
        IReadOnlyCollection<ContentHash> hashes, CancellationToken cancellationToken)
    {
        var (all, drops) = await DecideErasureAsync(hashes, cancellationToken).ConfigureAwait(false);
        return all.Where(drops).Sum(location => (long)PackEntry.HeaderSize + location.Entry.StoredLength);
    }

    /// <summary>Takes objects out of the remote's packs for good: what else those packs hold is sent in new ones, then
    /// the old ones are deleted.</summary>
    /// <remarks>Done again after a crash it does the rest: a pack without its index, or an index without its pack,
    /// counts
    /// for nothing. Nobody else may push meanwhile.</remarks>
    /// <param name="hashes">The objects; those that are not there are no error.</param>
    /// <param name="scratch">An empty store with the key of the remote, through which the rest goes.</param>
    /// <param name="cancellationToken">Ends it; the old packs are then still there, or gone one by one.</param>
    /// <returns>How many packs were replaced.</returns>
    /// <exception cref="MillraceException"><c>object-shared</c>, <c>remote-damaged</c>, and as for
    /// <see cref="RefreshAsync"/>.</exception>
    internal async Task<int> EraseAsync(
        IReadOnlyCollection<ContentHash> hashes, ObjectStore scratch, CancellationToken cancellationToken)
    {
        var (all, drops) = await DecideErasureAsync(hashes, cancellationToken).ConfigureAwait(false);
        if (all.Count == 0)
            return 0;

        // Lists go last: after a crash they still tell which chunks are to go.
        var packs = all.Where(drops).GroupBy(location => location.Pack)
            .OrderBy(group => group.Any(location => location.Entry.Kind is EntryKind.Recipe or EntryKind.Node))
            .Select(group => group.Key).ToList();
        foreach (var pack in packs)
        {
            RemoteLocation[] kept = [.. all.Where(location => location.Pack == pack && !drops(location))];
            using var batch = scratch.BeginBatch();
            await _reader.ReadAsync(
                kept, (number, payload) => batch.PutStored(kept[number].Entry, payload), cancellationToken)
                .ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        var upload = new PackUpload(_backend, _index, scratch.Packs, scratch.Codecs);
        var rest = scratch.Packs.List(EntryKinds.All);
        if (rest.Count > 0)
            await upload.SendAsync(rest, cancellationToken).ConfigureAwait(false);
        foreach (var pack in packs)
        {
            await _backend.DeleteAsync(pack.File, cancellationToken).ConfigureAwait(false);
            await _backend.DeleteAsync(RemotePack.IndexFileOf(pack.Name), cancellationToken).ConfigureAwait(false);
        }

        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return packs.Count;
    }

    /// <summary>All entries of the remote, and which of them go with some objects; none when it has none of these.
    /// </summary>
    async Task<(List<RemoteLocation> All, Func<RemoteLocation, bool> Drops)> DecideErasureAsync(
        IReadOnlyCollection<ContentHash> hashes, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        var erased = hashes.Where(hash => _index.TryFind(hash, EntryKinds.Object, out _)).ToHashSet();
        if (erased.Count == 0)
            return ([], _ => false);
        var all = _index.Entries();
        var (gone, live) = await PartsAsync(all, erased, cancellationToken).ConfigureAwait(false);
        foreach (var location in all)
        {
            var id = location.Entry.Id;
            if (location.Entry.Kind == EntryKind.Blob && erased.Contains(id) && live.Contains(id))
                throw ObjectErasure.Shared(id);
        }

        return (all, location => location.Entry.IsObject
            ? erased.Contains(location.Entry.Id)
            : gone.Contains(location.Entry.Id) && !live.Contains(location.Entry.Id));
    }

    /// <summary>The nodes and chunks of the objects that go, and of those that stay.</summary>
    async Task<(HashSet<ContentHash> Gone, HashSet<ContentHash> Live)> PartsAsync(
        List<RemoteLocation> all, HashSet<ContentHash> erased, CancellationToken cancellationToken)
    {
        var (gone, live) = (new HashSet<ContentHash>(), new HashSet<ContentHash>());
        var recipes = all.Where(location => location.Entry.Kind == EntryKind.Recipe).ToList();
        var nodes = all.Where(location => location.Entry.Kind == EntryKind.Node)
            .DistinctBy(location => location.Entry.Id).ToList();
        await ReadListsAsync(
            recipes,
            (id, list) =>
            {
                foreach (var part in list.Parts)
                    (erased.Contains(id) ? gone : live).Add(part.Id);
            },
            cancellationToken).ConfigureAwait(false);
        await ReadListsAsync(
            nodes,
            (id, list) =>
            {
                var (isGone, isLive) = (gone.Contains(id), live.Contains(id));
                foreach (var part in list.Parts)
                {
                    if (isGone)
                        gone.Add(part.Id);
                    // A node of nobody is left with what it names.
                    if (isLive || !isGone)
                        live.Add(part.Id);
                }
            },
            cancellationToken).ConfigureAwait(false);
        return (gone, live);
    }

    /// <summary>Reads recipes and nodes, many at once.</summary>
    internal Task ReadListsAsync(
        IReadOnlyList<RemoteLocation> wanted, Action<ContentHash, Recipe> take, CancellationToken cancellationToken) =>
        ReadListsAtAsync(wanted, (location, list) => take(location.Entry.Id, list), cancellationToken);

    /// <summary>Reads recipes and nodes, many at once, and says where each of them is.</summary>
    internal async Task ReadListsAtAsync(
        IReadOnlyList<RemoteLocation> wanted, Action<RemoteLocation, Recipe> take, CancellationToken cancellationToken)
    {
        for (var from = 0; from < wanted.Count; from += ListWindowMax)
        {
            var window = wanted.Skip(from).Take(ListWindowMax).ToArray();
            await _reader.ReadAsync(
                window, (number, payload) => take(window[number], List(window[number], payload)),
                cancellationToken).ConfigureAwait(false);
        }
    }
}
