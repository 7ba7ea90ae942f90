using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

/// <summary><c>gc --remote</c>: drops the objects of a remote that no branch or tag there needs.</summary>
/// <remarks>It takes two sweeps, as that of a store: the first writes a plan beside the packs; one that comes a grace
/// period later asks again and drops what still nobody needs. Whoever pushes meanwhile does not rely on what the plan
/// names, and looks at it once more before a branch moves. No interruption loses what is needed. The argument is in
/// docs/decisions/0009-sweep-of-remotes.md. Bytes: the lists of large objects, and the packs that are rewritten, read
/// and written once; about 150 bytes of memory for each entry of the remote.</remarks>
/// <param name="remote">The remote; not disposed.</param>
/// <param name="scratchFolder">What stays of a pack goes through a store in this folder; made here and deleted.</param>
/// <param name="key">The key of the remote; null when it is not encrypted.</param>
/// <param name="time">The clock.</param>
public sealed partial class RemoteSweep(
    ObjectRemote remote, string scratchFolder, StoreKey? key, TimeProvider time)
{
    /// <summary>A pack of which something stays is written anew when at least this share of it can go.</summary>
    const double WasteMin = 0.05;

    readonly RemoteIndex _index = remote.Index;

    /// <summary>Sweeps once.</summary>
    /// <param name="rooms">Everyone who holds references to objects of the remote.</param>
    /// <param name="options">How. Without a grace period nobody may push meanwhile.</param>
    /// <param name="cancellationToken">Ends the sweep; what was begun is left whole.</param>
    /// <returns>Packs are counted with those that were made; it was busy when another sweep of the remote came
    /// between.</returns>
    /// <exception cref="MillraceException"><c>remote-kept</c>; <c>remote-damaged</c>, <c>object-missing</c>: what is
    /// needed cannot be told, so nothing was dropped; and as for <see cref="ObjectRemote.RefreshAsync"/>.</exception>
    public async Task<SweepReport> SweepAsync(
        IEnumerable<IRootSource> rooms, SweepOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        remote.RefusePlan();
        await RefuseKeptAsync(cancellationToken).ConfigureAwait(false);
        List<IRootSource> sources = [.. rooms];
        var report = new SweepReport
        {
            PackCountBefore = _index.PackCount,
            FreedBytes = options.IsDryRun
                ? 0 : await remote.DropLeftoversAsync(cancellationToken).ConfigureAwait(false),
        };
        var (plan, tag) = (_index.Plan, _index.PlanTag);
        var isDue = !plan.IsEmpty && IsDue(plan, options);
        var live = await MarkAsync(sources, cancellationToken).ConfigureAwait(false);
        if (options.IsDryRun || !(isDue || plan.IsEmpty))
        {
            var unneeded = await DeadAsync(live, cancellationToken).ConfigureAwait(false);
            return await DescribeAsync(report, unneeded, options, cancellationToken).ConfigureAwait(false);
        }

        if (isDue)
            report = await DropAsync(report, tag, live, cancellationToken).ConfigureAwait(false);
        (report, var dead) = await PublishAsync(report, tag, live, cancellationToken).ConfigureAwait(false);
        if (plan.IsEmpty && options.Grace <= TimeSpan.Zero && !report.IsBusy && !_index.Plan.IsEmpty)
        {
            tag = _index.PlanTag;
            live = await MarkAsync(sources, cancellationToken).ConfigureAwait(false);
            report = await DropAsync(report, tag, live, cancellationToken).ConfigureAwait(false);
            (report, dead) = await PublishAsync(report, tag, live, cancellationToken).ConfigureAwait(false);
        }

        return await DescribeAsync(report, dead, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A plan from the future was written by a clock that was wrong: it begins anew.</summary>
    bool IsDue(SweepPlan plan, SweepOptions options)
    {
        var now = time.GetUtcNow();
        return plan.PlannedAt > now || now - plan.PlannedAt >= options.Grace;
    }

    async Task RefuseKeptAsync(CancellationToken cancellationToken)
    {
        if (await remote.IsKeptAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "remote-kept",
                $"Remote '{remote.Description}' also holds objects that no branch or tag there names: of pointers in "
                + "git, or of a workspace whose objects live there.",
                "Nothing was dropped. Push branches to a remote of their own to have it swept.");
        }
    }

    static async Task<HashSet<ContentHash>> MarkAsync(List<IRootSource> rooms, CancellationToken cancellationToken)
    {
        var live = new HashSet<ContentHash>();
        foreach (var room in rooms)
        {
            await foreach (var root in room.RootsAsync(cancellationToken).ConfigureAwait(false))
                live.Add(root.Hash);
        }

        return live;
    }

    /// <summary>The entries that nobody needs: objects that are not live, and parts of none that is.</summary>
    async Task<List<RemoteLocation>> DeadAsync(HashSet<ContentHash> live, CancellationToken cancellationToken)
    {
        var all = _index.Entries();
        var parts = await PartsAsync(
            all, location => live.Contains(location.Entry.Id), _ => false, cancellationToken).ConfigureAwait(false);
        return all.FindAll(location => IsDead(location, live, parts));
    }

    /// <summary>A blob serves as a chunk of larger objects too.</summary>
    static bool IsDead(RemoteLocation location, HashSet<ContentHash> live, HashSet<ContentHash> parts) =>
        location.Entry.Kind switch
        {
            EntryKind.Blob => !live.Contains(location.Entry.Id) && !parts.Contains(location.Entry.Id),
            EntryKind.Recipe => !live.Contains(location.Entry.Id),
            _ => !parts.Contains(location.Entry.Id),
        };

    /// <summary>The nodes and chunks that some lists name.</summary>
    /// <param name="all">Every entry.</param>
    /// <param name="isWanted">Which recipes.</param>
    /// <param name="isNodeWanted">Which nodes beside those of the recipes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    async Task<HashSet<ContentHash>> PartsAsync(
        List<RemoteLocation> all, Func<RemoteLocation, bool> isWanted, Func<RemoteLocation, bool> isNodeWanted,
        CancellationToken cancellationToken)
    {
        var parts = new HashSet<ContentHash>();
        await remote.ReadListsAsync(
            all.FindAll(location => location.Entry.Kind == EntryKind.Recipe && isWanted(location)),
            (_, list) => parts.UnionWith(list.Parts.Select(part => part.Id)), cancellationToken).ConfigureAwait(false);
        var nodes = all.FindAll(location => location.Entry.Kind == EntryKind.Node
            && (parts.Contains(location.Entry.Id) || isNodeWanted(location)));
        await remote.ReadListsAsync(
            [.. nodes.DistinctBy(location => location.Entry.Id)],
            (_, list) => parts.UnionWith(list.Parts.Select(part => part.Id)), cancellationToken).ConfigureAwait(false);
        return parts;
    }

    /// <summary>Makes what nobody needs now the plan, if the plan is still the one that was looked at.</summary>
    async Task<(SweepReport Report, List<RemoteLocation> Dead)> PublishAsync(
        SweepReport report, string? tag, HashSet<ContentHash> live, CancellationToken cancellationToken)
    {
        var dead = await DeadAsync(live, cancellationToken).ConfigureAwait(false);
        if (report.IsBusy || _index.PlanTag != tag)
            return (report with { IsBusy = true }, dead);
        var plan = SweepPlan.Of(
            dead.Select(location => (location.Pack.Name, location.Entry.Offset))
                .Concat(_index.Halves.Select(name => (name, 0L))),
            time.GetUtcNow());
        if (plan.IsEmpty && tag is null)
            return (report, dead);
        var bytes = plan.ToBytes();
        var isPublished = tag is null
            ? await remote.Backend.TryPutAsync(RemoteIndex.PlanFile, bytes, cancellationToken).ConfigureAwait(false)
            : await remote.Backend.TryReplaceAsync(RemoteIndex.PlanFile, bytes, tag, cancellationToken)
                .ConfigureAwait(false);
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        return (report with { IsBusy = !isPublished }, dead);
    }

    async Task<SweepReport> DescribeAsync(
        SweepReport report, List<RemoteLocation> dead, SweepOptions options, CancellationToken cancellationToken)
    {
        List<RemoteLocation> objects =
            [.. dead.Where(location => location.Entry.IsObject).DistinctBy(location => location.Entry.Id)];
        var named = objects.OrderBy(location => location.Entry.Id).Take(ObjectSweep.NamesMax).ToList();
        var sizes = new Dictionary<ContentHash, long>();
        await remote.ReadListsAsync(
            named.FindAll(location => location.Entry.Kind == EntryKind.Recipe),
            (id, list) => sizes[id] = list.Length, cancellationToken).ConfigureAwait(false);
        var plan = _index.Plan;
        return report with
        {
            NeededCount = _index.Entries().Where(location => location.Entry.IsObject)
                .DistinctBy(location => location.Entry.Id).LongCount() - objects.Count,
            UnneededCount = objects.Count,
            UnneededBytes = dead.Sum(location => (long)PackEntry.HeaderSize + location.Entry.StoredLength),
            Unneeded = named.ConvertAll(location => new SweptObject(
                location.Entry.Id, sizes.GetValueOrDefault(location.Entry.Id, location.Entry.RawLength))),
            DueAt = plan.IsEmpty || !plan.IsReadable ? null : plan.PlannedAt + options.Grace,
            PackCountAfter = _index.PackCount,
        };
    }
}
