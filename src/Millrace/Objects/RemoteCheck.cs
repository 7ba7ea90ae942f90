using System.Globalization;
using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

/// <summary><c>fsck --remote</c>: reads every index and every pack of a remote as they are there, compares each entry
/// with its hash and with what its index says, and asks who needs what is damaged or missing.</summary>
/// <remarks>Bytes: the whole remote once, some MiB at a time; about 100 bytes of memory for each entry. It changes
/// nothing there and may run beside pushes, fetches and a sweep.</remarks>
/// <param name="remote">The remote; not disposed. What is found to be damaged counts for nothing in it afterwards.
/// </param>
public sealed class RemoteCheck(ObjectRemote remote)
{
    /// <summary>How often it looks for packs that came meanwhile.</summary>
    const int RoundsMax = 8;

    /// <summary>Bytes before the first entry of a pack that are looked at.</summary>
    const long FrameMax = 1 << 20;

    readonly RemoteIndex _index = remote.Index;
    readonly HashSet<ContentHash> _objects = [];
    readonly HashSet<ContentHash> _bytes = [];
    readonly HashSet<ContentHash> _nodes = [];
    readonly List<RemoteLocation> _lists = [];
    readonly List<RemoteLocation> _damaged = [];
    readonly List<DamagedFile> _files = [];
    readonly HashSet<string> _read = new(StringComparer.Ordinal);
    readonly List<RemotePack> _strange = [];
    long _sizeBytes;

    /// <summary>Indexes that do not fit their packs.</summary>
    internal IReadOnlyList<RemoteIndexFault> Faults { get; private set; } = [];

    /// <summary>Packs with an entry that is damaged, or that are no packs.</summary>
    internal IEnumerable<RemotePack> DamagedPacks =>
        _damaged.Select(location => location.Pack).Concat(_strange).DistinctBy(pack => pack.Name);

    /// <summary>Lists of which a part is not there, and the objects that are not whole for that.</summary>
    internal List<RemoteLocation> BrokenLists { get; } = [];

    /// <summary>Reads the whole remote.</summary>
    /// <param name="rooms">Everyone who holds references to objects of the remote.</param>
    /// <param name="progress">Told after each entry; null is nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException">As for <see cref="ObjectRemote.RefreshAsync"/>.</exception>
    public async Task<RemoteReport> CheckAsync(
        IEnumerable<IRootSource> rooms, IProgress<ObjectCheckProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        Faults = await _index.ProveAsync(cancellationToken).ConfigureAwait(false);
        _files.AddRange(Faults.Select(Describe));
        for (var round = 0; round < RoundsMax; round++)
        {
            await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
            var packs = _index.Packs().FindAll(pack => _read.Add(pack.Name));
            if (packs.Count == 0)
                break;
            foreach (var pack in packs.OrderBy(pack => pack.Name, StringComparer.Ordinal))
                await ReadPackAsync(pack, progress, cancellationToken).ConfigureAwait(false);
        }

        var damaged = await FindDamagedAsync(cancellationToken).ConfigureAwait(false);
        DescribeDamage();
        if (!_index.Plan.IsReadable)
            _files.Add(new DamagedFile(RemoteIndex.PlanFile, "is damaged; nothing can be pushed or swept"));
        var references = await AskAsync(rooms, damaged, cancellationToken).ConfigureAwait(false);
        var missing = references.Keys.Where(hash => !damaged.ContainsKey(hash)).Order()
            .Select(hash => new MissingObject(hash, ReferencesTo(hash, references)));
        return new RemoteReport(
            _read.Count,
            _objects.Union(damaged.Keys).LongCount(),
            _sizeBytes,
            [.. damaged.OrderBy(pair => pair.Key).Select(pair => new DamagedObject(
                pair.Key, pair.Value.Pack.File, pair.Value.Entry.Offset, ReferencesTo(pair.Key, references)))],
            [.. missing],
            [.. _files.OrderBy(file => file.Name, StringComparer.Ordinal)],
            _index.Halves.Count);
    }

    static DamagedFile Describe(RemoteIndexFault fault) => fault.Pack is { } pack
        ? new DamagedFile(
            pack.File,
            string.Create(
                CultureInfo.InvariantCulture,
                $"has {fault.SizeBytes} bytes, and {pack.Length} by its index; nothing in it counts"))
        : new DamagedFile(
            RemotePack.IndexFileOf(fault.Name), "is not what its name says; nothing in its pack counts");

    async Task ReadPackAsync(
        RemotePack pack, IProgress<ObjectCheckProgress>? progress, CancellationToken cancellationToken)
    {
        var entries = _index.EntriesOf(pack, out var strayCount);
        if (strayCount > 0)
        {
            _files.Add(new DamagedFile(
                RemotePack.IndexFileOf(pack.Name), $"names {strayCount} entries that cannot be"));
            _strange.Add(pack);
        }

        try
        {
            if (!await IsFramedAsync(pack, entries, cancellationToken).ConfigureAwait(false))
            {
                _files.Add(new DamagedFile(pack.File, "does not begin or end as a pack"));
                _strange.Add(pack);
            }

            await remote.Reader.ReadAsync(
                entries,
                (number, _) =>
                {
                    Add(entries[number]);
                    progress?.Report(new ObjectCheckProgress(_objects.Count, _sizeBytes));
                },
                cancellationToken, number => _damaged.Add(entries[number])).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code == "remote-file-missing")
        {
            // Swept since it was listed: the next look shows the pack that has what stays of it.
            _damaged.RemoveAll(location => location.Pack.Name == pack.Name);
        }
    }

    /// <summary>Whether what is before and behind the entries of a pack is as it was written: whoever makes the index
    /// again goes by it.</summary>
    async Task<bool> IsFramedAsync(
        RemotePack pack, RemoteLocation[] entries, CancellationToken cancellationToken)
    {
        // Few groups of no entries begin a pack: one for each sweep that came between.
        var begin = (int)Math.Min(entries.Length == 0 ? PackFolder.HeaderSize : entries[0].Entry.Offset, FrameMax);
        var head = new byte[begin];
        var tail = new byte[PackEntry.HeaderSize];
        var count = await remote.Backend.ReadAsync(pack.File, 0, head, cancellationToken).ConfigureAwait(false);
        if (count < head.Length || !PackFolder.IsHeader(head))
            return false;
        for (var at = PackFolder.HeaderSize; at + PackEntry.HeaderSize <= begin; at += PackEntry.HeaderSize)
        {
            if (!IsCommit(head.AsSpan(at), at))
                return false;
        }

        var end = pack.Length - tail.Length;
        return await remote.Backend.ReadAsync(pack.File, end, tail, cancellationToken).ConfigureAwait(false)
            == tail.Length && IsCommit(tail, end);
    }

    static bool IsCommit(ReadOnlySpan<byte> bytes, long offset) =>
        PackEntry.TryReadHeader(bytes, offset, out var entry, out _) && entry.Kind == EntryKind.Commit;

    void Add(RemoteLocation location)
    {
        var entry = location.Entry;
        _sizeBytes += PackEntry.HeaderSize + entry.StoredLength;
        if (entry.Kind is EntryKind.Blob or EntryKind.Chunk)
            _bytes.Add(entry.Id);
        if (entry.Kind == EntryKind.Blob)
            _objects.Add(entry.Id);
        if (entry.Kind is EntryKind.Node or EntryKind.Recipe)
            _lists.Add(location);
    }

    /// <summary>The objects that cannot be read whole, each with the first entry that makes it so.</summary>
    async Task<Dictionary<ContentHash, RemoteLocation>> FindDamagedAsync(CancellationToken cancellationToken)
    {
        var damagedParts = new Dictionary<ContentHash, RemoteLocation>();
        foreach (var location in _damaged)
        {
            if (location.Entry.Kind != EntryKind.Recipe)
                damagedParts.TryAdd(location.Entry.Id, location);
        }

        var faults = new Dictionary<ContentHash, RemoteLocation>();
        await LookAtAsync(EntryKind.Node, (location, culprit) =>
        {
            if (culprit is null)
                _nodes.Add(location.Entry.Id);
            else
                damagedParts.TryAdd(location.Entry.Id, culprit.Value);
        }).ConfigureAwait(false);
        await LookAtAsync(EntryKind.Recipe, (location, culprit) =>
        {
            if (culprit is null)
                _objects.Add(location.Entry.Id);
            else
                faults.TryAdd(location.Entry.Id, culprit.Value);
        }).ConfigureAwait(false);
        foreach (var location in _damaged.Where(location => location.Entry.IsObject))
            faults.TryAdd(location.Entry.Id, location);
        foreach (var id in faults.Keys.Where(_objects.Contains).ToList())
            faults.Remove(id);
        return faults;

        async Task LookAtAsync(EntryKind kind, Action<RemoteLocation, RemoteLocation?> take)
        {
            // A list that was swept meanwhile is no longer looked at.
            var present = _index.Packs().Select(pack => pack.Name).ToHashSet(StringComparer.Ordinal);
            await remote.ReadListsAtAsync(
                _lists.FindAll(location => location.Entry.Kind == kind && present.Contains(location.Pack.Name)),
                (location, list) =>
                {
                    var culprit = CulpritIn(location, list, damagedParts);
                    if (culprit is not null)
                        BrokenLists.Add(location);
                    take(location, culprit);
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    RemoteLocation? CulpritIn(
        RemoteLocation location, Recipe list, Dictionary<ContentHash, RemoteLocation> damagedParts)
    {
        var there = list.PartKind == EntryKind.Node ? _nodes : _bytes;
        foreach (var part in list.Parts)
        {
            if (!there.Contains(part.Id))
                return damagedParts.TryGetValue(part.Id, out var culprit) ? culprit : location;
        }

        return null;
    }

    /// <summary>Says of each pack what in it is damaged, also of what nothing needs.</summary>
    void DescribeDamage()
    {
        foreach (var pack in _damaged.GroupBy(location => location.Pack.Name))
        {
            _files.Add(new DamagedFile(
                RemotePack.FileOf(pack.Key),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"has {pack.Count()} damaged entries, the first at {pack.Min(item => item.Entry.Offset)}")));
        }

        foreach (var (pack, entry) in BrokenLists.Where(location => location.Entry.Kind == EntryKind.Node))
        {
            _files.Add(new DamagedFile(
                pack.File,
                string.Create(
                    CultureInfo.InvariantCulture, $"has a list at {entry.Offset} that names what is not there")));
        }
    }

    async Task<Dictionary<ContentHash, (long Count, List<string> First)>> AskAsync(
        IEnumerable<IRootSource> rooms, Dictionary<ContentHash, RemoteLocation> damaged,
        CancellationToken cancellationToken)
    {
        var references = new Dictionary<ContentHash, (long Count, List<string> First)>();
        foreach (var room in rooms)
        {
            await foreach (var root in room.RootsAsync(cancellationToken).ConfigureAwait(false))
            {
                if (_objects.Contains(root.Hash)
                    // One that is there now was pushed after the last look at packs.
                    || (!damaged.ContainsKey(root.Hash) && _index.TryFind(root.Hash, EntryKinds.Object, out _)))
                {
                    continue;
                }

                var (count, first) = references.GetValueOrDefault(root.Hash, (0, []));
                if (first.Count < ObjectCheck.ReferencesMax)
                    first.Add($"{room.Room}: {root.ReferencedBy}");
                references[root.Hash] = (count + 1, first);
            }
        }

        return references;
    }

    static ObjectReferences ReferencesTo(
        ContentHash hash, Dictionary<ContentHash, (long Count, List<string> First)> references)
    {
        var (count, first) = references.GetValueOrDefault(hash, (0, []));
        return new ObjectReferences(count, first);
    }
}
