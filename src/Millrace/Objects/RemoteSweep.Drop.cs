using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

partial class RemoteSweep
{
    /// <summary>Packs that are replaced together.</summary>
    const int GroupMax = 256;

    /// <summary>Drops what the plan names and nobody needs. Lists go before what they name, and lists that stay, needed
    /// or not, keep it: the next push looks at no part of an object whose list is there.</summary>
    async Task<SweepReport> DropAsync(
        SweepReport report, string? tag, HashSet<ContentHash> live, CancellationToken cancellationToken)
    {
        // Lists that were sent while the branches were walked keep their parts, too.
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (_index.PlanTag != tag)
            return report with { IsBusy = true };
        var plan = _index.Plan;
        var all = _index.Entries();
        bool Condemns(RemoteLocation location) => RemoteIndex.Condemns(plan, location);
        var parts = await PartsAsync(
            all, location => live.Contains(location.Entry.Id) || !Condemns(location),
            location => !Condemns(location), cancellationToken).ConfigureAwait(false);
        // What was sent again since it was condemned is there in a copy that stays.
        bool Drops(RemoteLocation location) => Condemns(location)
            && (IsDead(location, live, parts)
                || _index.TryFindKept(location.Entry.Id, Like(location.Entry.Kind), out _));

        var packs = all.GroupBy(location => location.Pack)
            .Select(group => (Pack: group.Key, Entries: group.ToList(), Dropped: group.Where(Drops).ToList()))
            .Where(item => IsWorthwhile(item.Pack, item.Entries, item.Dropped))
            .OrderByDescending(item => item.Dropped.Max(location => Rank(location.Entry.Kind)))
            .ThenBy(item => item.Pack.Name, StringComparer.Ordinal)
            .ToList();
        var dropped = new HashSet<ContentHash>();
        var freed = 0L;
        var group = new List<RemotePack>();
        var kept = new List<RemoteLocation>();
        var keptBytes = 0L;
        foreach (var (pack, entries, goes) in packs)
        {
            group.Add(pack);
            dropped.UnionWith(goes.Where(location => location.Entry.IsObject).Select(location => location.Entry.Id));
            foreach (var location in entries.Where(location => !Drops(location)))
            {
                kept.Add(location);
                keptBytes += location.Entry.StoredLength;
            }

            if (keptBytes < PackFolder.SizeTarget && group.Count < GroupMax)
                continue;
            freed += await ReplaceAsync(group, kept, tag, cancellationToken).ConfigureAwait(false);
            group.Clear();
            kept.Clear();
            keptBytes = 0;
        }

        freed += await ReplaceAsync(group, kept, tag, cancellationToken).ConfigureAwait(false);
        await DropHalvesAsync(plan, cancellationToken).ConfigureAwait(false);
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        return report with
        {
            DroppedCount = report.DroppedCount + dropped.Count(
                id => !live.Contains(id) && !_index.TryFindKept(id, EntryKinds.Object, out _)),
            FreedBytes = report.FreedBytes + freed,
        };
    }

    static EntryKinds Like(EntryKind kind) => kind switch
    {
        EntryKind.Chunk => EntryKinds.Bytes,
        EntryKind.Node => EntryKinds.Node,
        _ => EntryKinds.Object,
    };

    static int Rank(EntryKind kind) => kind switch
    {
        EntryKind.Recipe => 2,
        EntryKind.Node => 1,
        _ => 0,
    };

    /// <summary>A pack with a list that goes is written anew whatever its waste: what the list names could else not
    /// go.</summary>
    static bool IsWorthwhile(RemotePack pack, List<RemoteLocation> entries, List<RemoteLocation> dropped) =>
        dropped.Count > 0
        && (dropped.Count == entries.Count || dropped.Exists(location => Rank(location.Entry.Kind) > 0)
            || dropped.Sum(location => (long)PackEntry.HeaderSize + location.Entry.StoredLength)
                >= pack.Length * WasteMin);

    /// <summary>Sends what stays of some packs in new ones, and only then deletes them.</summary>
    /// <returns>Bytes that the remote has less than before.</returns>
    async Task<long> ReplaceAsync(
        List<RemotePack> packs, List<RemoteLocation> kept, string? tag, CancellationToken cancellationToken)
    {
        var freed = packs.Sum(pack => pack.Length + pack.Index.Length);
        if (kept.Count > 0)
            freed -= await SendAsync(kept, cancellationToken).ConfigureAwait(false);
        // Another sweep that has carried the plan out may have let its names be used again.
        var plan = await remote.Backend.ReadAsync(RemoteIndex.PlanFile, cancellationToken).ConfigureAwait(false);
        if (plan?.Tag != tag)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "sweep-running", $"Somebody else sweeps remote '{remote.Description}'.",
                "Wait until it is done; one is enough.");
        }

        foreach (var pack in packs)
        {
            await remote.Backend.DeleteAsync(pack.File, cancellationToken).ConfigureAwait(false);
            await remote.Backend.DeleteAsync(RemotePack.IndexFileOf(pack.Name), cancellationToken)
                .ConfigureAwait(false);
        }

        return freed;
    }

    async Task<long> SendAsync(List<RemoteLocation> kept, CancellationToken cancellationToken)
    {
        try
        {
            using var scratch = new ObjectStore(scratchFolder, key);
            RemoteLocation[] locations = [.. kept];
            using (var batch = scratch.BeginBatch())
            {
                await remote.Reader.ReadAsync(
                    locations,
                    (number, payload) => batch.PutStored(locations[number].Entry, payload),
                    cancellationToken).ConfigureAwait(false);
                await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            return await new PackUpload(remote.Backend, _index, scratch.Packs, scratch.Codecs)
                .SendAsync(scratch.Packs.List(EntryKinds.All), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (Directory.Exists(scratchFolder))
                Directory.Delete(scratchFolder, recursive: true);
        }
    }

    /// <summary>What was cut off between a pack and its index, and is still a half.</summary>
    async Task DropHalvesAsync(SweepPlan plan, CancellationToken cancellationToken)
    {
        foreach (var name in _index.Halves.Where(name => plan.IsCondemned(name, 0)))
        {
            await remote.Backend.DeleteAsync(RemotePack.FileOf(name), cancellationToken).ConfigureAwait(false);
            await remote.Backend.DeleteAsync(RemotePack.IndexFileOf(name), cancellationToken).ConfigureAwait(false);
        }
    }
}
