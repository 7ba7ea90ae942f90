using Millrace.Catalog;
using Millrace.Objects.Backends;
using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>What a remote has: the indexes of its packs, each fetched once and kept in a local folder. Thread-safe.
/// </summary>
/// <remarks>An index counts only beside its whole pack: a pack that somebody deleted or cut off is absent, and goes up
/// again with the next push that needs it.</remarks>
/// <param name="backend">Where the remote is.</param>
/// <param name="cacheFolder">Keeps the indexes; may be deleted at any time.</param>
/// <param name="cipher">The key of the packs; null when they are not encrypted.</param>
/// <param name="repairCommand">What mends damage, for hints.</param>
sealed partial class RemoteIndex(
    IObjectBackend backend, string cacheFolder, EntryCipher? cipher, string repairCommand) : IDisposable
{
    /// <summary>What a sweep of the remote is about to drop; see docs/decisions/0009-sweep-of-remotes.md.</summary>
    public const string PlanFile = RemotePack.Folder + "sweep.plan";

    /// <summary>Indexes that are fetched at once.</summary>
    const int FetchesMax = 8;

    readonly Lock _lock = new();
    readonly SemaphoreSlim _refreshing = new(1, 1);
    readonly List<RemotePack> _packs = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    readonly EntryTable _table = new();
    Dictionary<string, long> _packSizes = new(StringComparer.Ordinal);

    /// <summary>Whether the remote was looked at since this began.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>What a sweep is about to drop, so that nothing new may rely on it.</summary>
    public SweepPlan Plan { get; private set; } = SweepPlan.Empty;

    /// <summary>Tells the plan's file apart; null when there is none.</summary>
    public string? PlanTag { get; private set; }

    /// <summary>How often a look showed another plan than the one before.</summary>
    public int PlanChangeCount { get; private set; }

    /// <summary>Packs without an index and indexes without a pack: what was cut off, or is being sent.</summary>
    public IReadOnlyList<string> Halves { get; private set; } = [];

    public int PackCount
    {
        get
        {
            lock (_lock)
                return _packs.Count;
        }
    }

    /// <summary>Asks the remote what it has now: one listing, and the indexes that are new.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _refreshing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var (sizes, indexes, hasPlan) = await ListAsync(cancellationToken).ConfigureAwait(false);
            var value = hasPlan ? await backend.ReadAsync(PlanFile, cancellationToken).ConfigureAwait(false) : null;
            // What its sweep has dropped by now is in no listing that comes after the plan.
            if (hasPlan)
                (sizes, indexes, _) = await ListAsync(cancellationToken).ConfigureAwait(false);
            List<string> halves =
                [.. indexes.Where(name => !sizes.ContainsKey(name)), .. sizes.Keys.Except(indexes)];
            lock (_lock)
                indexes.RemoveAll(name => !sizes.ContainsKey(name) || _leftOut.Contains(name));
            Forget(indexes, sizes);
            await LoadAsync(indexes, sizes, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                _packSizes = sizes;
                Halves = halves;
                TakePlan(value);
                IsLoaded = true;
            }
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>Looks for an entry, rather for one that stays.</summary>
    public bool TryFind(ContentHash id, EntryKinds kinds, out RemoteLocation location) =>
        TryFind(id, kinds, isKept: false, out location);

    /// <summary>Looks for an entry that no sweep is about to drop.</summary>
    public bool TryFindKept(ContentHash id, EntryKinds kinds, out RemoteLocation location) =>
        TryFind(id, kinds, isKept: true, out location);

    /// <summary>Whether a sweep or a repair is about to drop something of the pack of that name, so that no new one may
    /// have it.</summary>
    public bool IsCondemned(string name)
    {
        lock (_lock)
            return _leftOut.Contains(name) || (Plan.IsReadable && Plan.Touches(name));
    }

    /// <summary>Whether the remote has the whole pack, with or without its index.</summary>
    public bool HasPack(string name, long length)
    {
        lock (_lock)
            return _packSizes.TryGetValue(name, out var size) && size == length;
    }

    /// <summary>Takes in a pack that has just been sent.</summary>
    public void Add(RemotePack pack)
    {
        Keep(pack);
        lock (_lock)
        {
            _packSizes[pack.Name] = pack.Length;
            Include(pack);
        }
    }

    /// <summary>The ids of the entries of these kinds, pack after pack; one may come more than once.</summary>
    public List<ContentHash> List(EntryKinds kinds)
    {
        var ids = new List<ContentHash>();
        foreach (var pack in Packs())
        {
            foreach (var entry in pack.InOrder())
            {
                if (kinds.Has(entry.Kind))
                    ids.Add(cipher?.Reveal(entry.Id) ?? entry.Id);
            }
        }

        return ids;
    }

    /// <summary>Every entry, pack after pack; one may come more than once.</summary>
    public List<RemoteLocation> Entries() => [.. Packs().SelectMany(pack => EntriesOf(pack, out _))];

    /// <summary>Whether a plan names the entry, or all of its pack: at place 0.</summary>
    public static bool Condemns(SweepPlan plan, RemoteLocation location) =>
        plan.IsCondemned(location.Pack.Name, location.Entry.Offset) || plan.IsCondemned(location.Pack.Name, 0);

    public void Dispose() => _refreshing.Dispose();

    static string? NameOf(string file, string suffix)
    {
        var name = file.AsSpan(RemotePack.Folder.Length);
        return name.Length == RemotePack.NameLength + suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)
            && PackFolder.IsPackName($"{name[..RemotePack.NameLength]}{PackFolder.PackSuffix}")
            ? name[..RemotePack.NameLength].ToString()
            : null;
    }

    bool TryFind(ContentHash id, EntryKinds kinds, bool isKept, out RemoteLocation location)
    {
        location = default;
        var stored = cipher?.Hide(id) ?? id;
        Span<byte> wanted = stackalloc byte[ContentHash.Size];
        stored.CopyTo(wanted);
        lock (_lock)
        {
            for (var slot = _table.First(stored.Prefix);
                 _table.TryGet(slot, out var prefix, out var number, out var place);
                 slot = _table.Next(slot))
            {
                if (prefix != stored.Prefix)
                    continue;
                var entry = _packs[number].Index.AsSpan(place, PackIndex.EntrySize);
                if (!entry[..ContentHash.Size].SequenceEqual(wanted) || !kinds.Has((EntryKind)entry[44]))
                    continue;
                var found = new RemoteLocation(_packs[number], PackIndex.ReadEntry(entry) with { Id = id });
                var isCondemned = Condemns(Plan, found);
                if (isCondemned && isKept)
                    continue;
                location = found;
                if (!isCondemned)
                    return true;
            }
        }

        return location.Pack is not null;
    }

    async Task<(Dictionary<string, long> Sizes, List<string> Indexes, bool HasPlan)> ListAsync(
        CancellationToken cancellationToken)
    {
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        var indexes = new List<string>();
        var hasPlan = false;
        await foreach (var file in backend.ListAsync(RemotePack.Folder, cancellationToken).ConfigureAwait(false))
        {
            if (NameOf(file.Name, PackFolder.PackSuffix) is { } pack)
                sizes[pack] = file.SizeBytes;
            else if (NameOf(file.Name, PackFolder.IndexSuffix) is { } index)
                indexes.Add(index);
            else
                hasPlan |= file.Name == PlanFile;
        }

        return (sizes, indexes, hasPlan);
    }

    void TakePlan(BackendValue? value)
    {
        if (value?.Tag == PlanTag)
            return;
        if (IsLoaded)
            PlanChangeCount++;
        Plan = value is null ? SweepPlan.Empty : SweepPlan.Read(value.Bytes);
        PlanTag = value?.Tag;
    }

    /// <summary>Drops packs that are gone, and begins anew when there were any: the table cannot forget.</summary>
    void Forget(List<string> indexes, Dictionary<string, long> sizes)
    {
        var present = indexes.ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            if (_packs.TrueForAll(pack => present.Contains(pack.Name) && sizes[pack.Name] == pack.Length))
                return;
            _packs.Clear();
            _names.Clear();
            _table.Clear();
        }
    }

    async Task LoadAsync(List<string> indexes, Dictionary<string, long> sizes, CancellationToken cancellationToken)
    {
        List<string> missing;
        lock (_lock)
            missing = indexes.FindAll(name => !_names.Contains(name));
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = FetchesMax,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            missing, options,
            async (name, cancel) =>
            {
                var pack = TryReadKept(name) ?? await FetchAsync(name, cancel).ConfigureAwait(false);
                if (pack is null || pack.Length != sizes[name])
                    return;
                lock (_lock)
                    Include(pack);
            }).ConfigureAwait(false);
    }

    /// <returns>Null when it is gone.</returns>
    async Task<RemotePack?> FetchAsync(string name, CancellationToken cancellationToken)
    {
        var file = RemotePack.IndexFileOf(name);
        if (await backend.ReadAsync(file, cancellationToken).ConfigureAwait(false) is not { } value)
            return null;
        var pack = RemotePack.TryRead(name, value.Bytes) ?? throw new MillraceException(
            ErrorKind.Corrupt, "remote-damaged",
            $"'{file}' of remote '{backend.Description}' is damaged: its bytes are not those of its name.",
            $"'{repairCommand}' makes it again from its pack.");
        Keep(pack);
        return pack;
    }

    RemotePack? TryReadKept(string name)
    {
        try
        {
            var path = Path.Join(cacheFolder, name + PackFolder.IndexSuffix);
            return File.Exists(path) ? RemotePack.TryRead(name, File.ReadAllBytes(path)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps an index for the next time. A crash may leave any bytes: its name tells.</summary>
    void Keep(RemotePack pack)
    {
        DurableFile.CreateFolder(cacheFolder);
        var path = Path.Join(cacheFolder, pack.Name + PackFolder.IndexSuffix);
        using var aside = AsideFile.Beside(path);
        aside.Append(pack.Index);
        aside.RenameTo(path);
    }

    void Include(RemotePack pack)
    {
        if (!_names.Add(pack.Name))
            return;
        var number = _packs.Count;
        _packs.Add(pack);
        _table.Reserve(pack.EntryCount);
        for (var place = PackIndex.BlockHeaderSize; place < pack.Index.Length; place += PackIndex.EntrySize)
        {
            var entry = pack.EntryAt(place);
            if (entry.IsPlausible && entry.Kind != EntryKind.Commit && entry.End <= pack.Length)
                _table.Add(entry.Id.Prefix, number, place);
        }
    }
}
