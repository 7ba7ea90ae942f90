using Millrace.Catalog;
using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary><c>gc</c>: drops the objects that no room needs, and makes few packs of many small ones.</summary>
/// <remarks>It takes two sweeps. The first writes down what nobody needs; one that comes a grace period later asks
/// every room again and drops what still nobody needs. Writers may go on at all times: they do not rely on what is
/// written down, but store it again. No interruption loses an object that is needed. The argument is in
/// docs/decisions/0007-sweep.md. Bytes: the recipes of large objects, and the packs that are rewritten, read and
/// written once; about 100 bytes of memory for each entry.</remarks>
/// <param name="store">The store to sweep.</param>
/// <param name="time">The clock.</param>
public sealed class ObjectSweep(ObjectStore store, TimeProvider time)
{
    /// <summary>How many objects a report names; the rest are counted.</summary>
    public const int NamesMax = 10_000;

    /// <summary>A pack is written anew when at least this share of it can go; what lies in others waits.</summary>
    const double WasteMin = 0.05;

    /// <summary>So many packs of less than half the usual size become one.</summary>
    const int SmallPacksMax = 4;

    readonly PackSet _packs = store.Packs;

    /// <summary>Sweeps once.</summary>
    /// <param name="rooms">Everyone who holds references.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the sweep; what was begun is left whole.</param>
    /// <exception cref="MillraceException"><c>sweep-running</c>; <c>pack-damaged</c>, <c>object-damaged</c>,
    /// <c>object-missing</c>: what a large object needs cannot be told, so nothing was dropped; and those of
    /// writing.</exception>
    public async Task<SweepReport> SweepAsync(
        IEnumerable<IRootSource> rooms, SweepOptions options, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(_packs.Writers.Folder))
            return new SweepReport();
        using var own = options.IsDryRun ? null : FolderLock.TryAcquire(store.Folder) ?? throw new MillraceException(
            ErrorKind.Conflict, "sweep-running", $"Another process sweeps or repairs '{store.Folder}'.",
            "Wait until it is done; one is enough.");
        _packs.Writers.ReleaseFree();
        List<IRootSource> sources = [.. rooms];
        var before = _packs.Writers.ListPacks().Count;
        var plan = store.Guard.ReadPlan();
        var report = new SweepReport { PackCountBefore = before, PackCountAfter = before };
        if (options.IsDryRun)
            return Describe(report, await MarkAsync(sources, cancellationToken).ConfigureAwait(false), plan, options);

        LiveEntries? live = null;
        if (IsDue(plan, options))
        {
            if (!store.Guard.IsPreviousFree())
                return await WaitAsync(report, sources, plan, options, cancellationToken).ConfigureAwait(false);
            live = await MarkAsync(sources, cancellationToken).ConfigureAwait(false);
            report = await DropAsync(report, plan, live, cancellationToken).ConfigureAwait(false);
            plan = SweepPlan.Empty;
        }

        live ??= await MarkAsync(sources, cancellationToken).ConfigureAwait(false);
        if (plan.IsEmpty)
        {
            plan = SweepPlan.Of(Dead(live), time.GetUtcNow());
            if (!store.Guard.TryPublish(plan))
                return Describe(report with { IsBusy = true }, live, plan, options);
            if (options.Grace <= TimeSpan.Zero && !plan.IsEmpty)
            {
                if (!store.Guard.IsPreviousFree())
                    return Describe(report with { IsBusy = true }, live, plan, options);
                live = await MarkAsync(sources, cancellationToken).ConfigureAwait(false);
                report = await DropAsync(report, plan, live, cancellationToken).ConfigureAwait(false);
                // What could not go is condemned still, so that nobody begins to rely on it.
                plan = SweepPlan.Of(Dead(live), time.GetUtcNow());
                store.Guard.TryPublish(plan);
            }
        }

        return Describe(report, live, plan, options) with { PackCountAfter = _packs.Writers.ListPacks().Count };
    }

    /// <summary>A plan from the future was written by a clock that was wrong: it begins anew.</summary>
    bool IsDue(SweepPlan plan, SweepOptions options)
    {
        var now = time.GetUtcNow();
        return plan.IsEmpty || !plan.IsReadable || plan.PlannedAt > now || now - plan.PlannedAt >= options.Grace;
    }

    async Task<SweepReport> WaitAsync(
        SweepReport report, List<IRootSource> rooms, SweepPlan plan, SweepOptions options,
        CancellationToken cancellationToken)
    {
        var live = await MarkAsync(rooms, cancellationToken).ConfigureAwait(false);
        return Describe(report with { IsBusy = true }, live, plan, options);
    }

    async Task<LiveEntries> MarkAsync(List<IRootSource> rooms, CancellationToken cancellationToken)
    {
        _packs.Refresh();
        RefuseDamage(_packs);
        var live = new LiveEntries(_packs, store.Reader);
        foreach (var room in rooms)
        {
            await foreach (var root in room.RootsAsync(cancellationToken).ConfigureAwait(false))
                live.Add(root.Hash);
        }

        return live;
    }

    /// <summary>A recipe in a part of a pack that no index tells of would leave its chunks without anyone who needs
    /// them.</summary>
    internal static void RefuseDamage(PackSet packs)
    {
        foreach (var pack in packs.Loaded())
        {
            if (pack.PackEnd == pack.Length || pack.Length < PackFolder.HeaderSize)
                continue;
            using var file = PackFolder.TryLock(pack.Path);
            // Its writer is about to tell, and what it has not told yet is in no plan.
            if (file is null)
                continue;
            if (PackRecovery.Complete(file.Handle, pack.Path, packs.Cipher) is null)
            {
                throw new MillraceException(
                    ErrorKind.Corrupt, "pack-damaged",
                    $"'{pack.Path}' is damaged at its beginning or its end, so what it needs cannot be told.",
                    "'millrace fsck --repair' puts aside what is damaged; then sweep again.");
            }

            packs.Refresh(pack.Path);
        }
    }

    IEnumerable<PackLocation> Dead(LiveEntries live) =>
        _packs.List(EntryKinds.All).Where(location => !live.Has(location.Entry));

    /// <summary>Drops what a plan condemns and nobody needs. The list of a large object goes before its parts, and
    /// where it cannot go they stay: a list that is there names nothing that is not.</summary>
    async Task<SweepReport> DropAsync(
        SweepReport report, SweepPlan plan, LiveEntries live, CancellationToken cancellationToken)
    {
        var droppedCount = report.DroppedCount;
        var kept = new LiveEntries(_packs, store.Reader);
        bool Goes(PackLocation location) =>
            plan.IsReadable && plan.IsCondemned(location.Pack, location.Entry.Offset)
            && (!live.Has(location.Entry) || HasTwin(location, plan));
        bool Drops(PackLocation location) => Goes(location) && !kept.Has(location.Entry);
        void Dropped(PackEntry entry) => droppedCount += entry.IsObject && !live.Has(entry) ? 1 : 0;

        using var rewrite = new PackRewrite(_packs);
        await Task.Run(
            () =>
            {
                var all = plan.IsEmpty ? [] : _packs.List(EntryKinds.Recipe);
                var lists = all.Where(Goes).ToLookup(location => location.Pack.Path);
                Keep(kept, all.Where(location => !live.Has(location.Entry) && !Goes(location)));
                // All of them are locked first: whether one can go must be known before another gives up its parts.
                foreach (var group in lists.Where(group => !rewrite.TryHold(group.Key)))
                    Keep(kept, group);
                var chosen = Choose(Drops);
                foreach (var path in chosen.Where(lists.Contains))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (!rewrite.TryMove(path, Drops, Dropped))
                        Keep(kept, lists[path]);
                }

                rewrite.Complete();
                foreach (var path in chosen.Where(path => !lists.Contains(path)))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    rewrite.TryMove(path, Drops, Dropped);
                }

                rewrite.Complete();
                DeleteStray();
            },
            cancellationToken).ConfigureAwait(false);
        return report with
        {
            DroppedCount = droppedCount,
            FreedBytes = report.FreedBytes + rewrite.FreedBytes,
            DamagedPacks = [.. report.DamagedPacks, .. rewrite.Damaged],
        };
    }

    /// <summary>Lists that stay keep what they name. One that cannot be read names nothing.</summary>
    static void Keep(LiveEntries kept, IEnumerable<PackLocation> lists)
    {
        foreach (var location in lists)
        {
            try
            {
                kept.Add(location.Entry.Id);
            }
            catch (MillraceException exception) when (exception.Kind is ErrorKind.Corrupt or ErrorKind.NotFound)
            {
                // What is left of it can be read no more than before.
                continue;
            }
        }
    }

    /// <summary>Whether the content was stored again since it was condemned, and that copy can be read.</summary>
    bool HasTwin(PackLocation location, SweepPlan plan)
    {
        var kinds = (EntryKinds)(1 << (int)location.Entry.Kind);
        if (!_packs.TryFindKnown(location.Entry.Id, kinds, plan, out var twin))
            return false;
        try
        {
            if (twin.Entry.Kind == EntryKind.Recipe)
                store.Reader.ReadRecipe(twin, twin.Entry.Id);
            else
                store.Reader.Read(twin, kinds, new byte[twin.Entry.RawLength], twin.Entry.Id);
            return true;
        }
        catch (Exception exception) when (exception is IOException or MillraceException)
        {
            return false;
        }
    }

    /// <summary>The packs to write anew, in the order of their names. One with a list that goes is among them whatever
    /// its waste: else the parts in other packs would have to stay.</summary>
    List<string> Choose(Func<PackLocation, bool> drops)
    {
        var waste = new Dictionary<string, long>(StringComparer.Ordinal);
        var withLists = new HashSet<string>(StringComparer.Ordinal);
        foreach (var location in _packs.List(EntryKinds.All))
        {
            if (drops(location))
            {
                waste[location.Pack.Path] = waste.GetValueOrDefault(location.Pack.Path)
                    + PackEntry.HeaderSize + location.Entry.StoredLength;
                if (location.Entry.Kind == EntryKind.Recipe)
                    withLists.Add(location.Pack.Path);
            }
        }

        List<LoadedPack> packs = [.. _packs.Loaded().Where(pack => pack.Length >= PackFolder.HeaderSize)];
        var isSmall = packs.ToLookup(pack => pack.Length < PackFolder.SizeTarget / 2);
        var compacts = isSmall[true].Count() >= SmallPacksMax;
        return
        [
            .. packs
                .Where(pack => pack.Length < PackFolder.SizeTarget / 2
                    ? compacts || waste.ContainsKey(pack.Path)
                    : waste.GetValueOrDefault(pack.Path) >= pack.Length * WasteMin || withLists.Contains(pack.Path))
                .Select(pack => pack.Path)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Packs and indexes that a crash left without anything in them.</summary>
    void DeleteStray()
    {
        foreach (var path in _packs.Writers.ListPacks())
        {
            if (new FileInfo(path) is not { Exists: true, Length: < PackFolder.HeaderSize })
                continue;
            using var file = PackFolder.TryLock(path);
            if (file is null || new FileInfo(path) is not { Exists: true, Length: < PackFolder.HeaderSize })
                continue;
            File.Delete(path);
        }

        foreach (var index in Directory.EnumerateFiles(_packs.Writers.Folder, "*" + PackFolder.IndexSuffix))
        {
            var pack = Path.ChangeExtension(index, PackFolder.PackSuffix);
            // A pack is made before its index and goes before it.
            if (PackFolder.IsPackName(Path.GetFileName(pack)) && !File.Exists(pack))
                File.Delete(index);
        }

        foreach (var aside in Directory.EnumerateFiles(_packs.Writers.Folder, DurableFile.AsidePrefix + "*"))
        {
            if (time.GetUtcNow() - File.GetLastWriteTimeUtc(aside) > SweepOptions.GraceDefault)
                File.Delete(aside);
        }
    }

    SweepReport Describe(SweepReport report, LiveEntries live, SweepPlan plan, SweepOptions options)
    {
        var (count, bytes) = (0L, 0L);
        var names = new List<SweptObject>();
        foreach (var location in Dead(live))
        {
            bytes += PackEntry.HeaderSize + location.Entry.StoredLength;
            if (!location.Entry.IsObject)
                continue;
            count++;
            if (names.Count < NamesMax)
                names.Add(new SweptObject(location.Entry.Id, SizeOf(location)));
        }

        return report with
        {
            NeededCount = live.ObjectCount,
            Unneeded = [.. names.OrderBy(item => item.Hash)],
            UnneededCount = count,
            UnneededBytes = bytes,
            DueAt = plan.IsEmpty || !plan.IsReadable ? null : plan.PlannedAt + options.Grace,
        };
    }

    long SizeOf(PackLocation location)
    {
        if (location.Entry.Kind == EntryKind.Blob)
            return location.Entry.RawLength;
        try
        {
            return store.Reader.ReadRecipe(location, location.Entry.Id).Length;
        }
        catch (Exception exception) when (exception is IOException or MillraceException)
        {
            return 0;
        }
    }
}
