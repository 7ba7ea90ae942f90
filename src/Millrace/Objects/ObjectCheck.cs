using Millrace.Catalog;
using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary>The part of <c>fsck</c> that looks at objects: reads every entry of every pack, compares it with its hash,
/// puts large objects together again, and asks the rooms who needs what is damaged or missing.</summary>
/// <remarks>Bytes: the whole store once, read and hashed on every core; 32 bytes of memory for each object. It changes
/// nothing and may run beside writers; what they add meanwhile may or may not be counted.</remarks>
/// <param name="store">The store to read.</param>
public sealed class ObjectCheck(ObjectStore store)
{
    /// <summary>How many references to one object are kept by name; the rest are counted.</summary>
    public const int ReferencesMax = 20;

    static readonly string[] OwnNames =
        [SweepGuard.PlanName, SweepGuard.PreviousName, FolderLock.FileName, ObjectRepair.FolderName];

    /// <summary>The packs with an entry that is not what its index or its hash says.</summary>
    internal IReadOnlyCollection<string> DamagedPacks { get; private set; } = [];

    /// <summary>Reads the whole store and asks everyone who holds references. <paramref name="progress"/> is told
    /// after each object, from any thread; null is nobody.</summary>
    public async Task<ObjectReport> CheckAsync(
        IEnumerable<IRootSource> rooms,
        IProgress<ObjectCheckProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var findings = new Findings();
        var options = new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = Environment.ProcessorCount,
        };
        // Nodes before recipes: the chunks under a node are looked for once.
        var entries = store.Packs.List(EntryKinds.All);
        await Task.Run(
            () => Parallel.ForEach(
                entries, options, location => ReadOne(location, findings, progress)),
            cancellationToken).ConfigureAwait(false);
        foreach (var location in entries)
        {
            if (location.Entry.Kind == EntryKind.Recipe)
                findings.Add(location, FindDamage(location, findings));
        }

        DamagedPacks = findings.DamagedPacks;
        var references = await AskAsync(rooms, findings, cancellationToken).ConfigureAwait(false);
        var absent = references.Keys
            .Where(hash => !findings.Present.Contains(hash))
            .Order()
            .Select(hash => new MissingObject(hash, ReferencesTo(hash, references)))
            .ToLookup(item => store.IsErased?.Invoke(item.Hash) == true);
        return new ObjectReport(
            findings.Present.Count,
            findings.SizeBytes,
            [.. findings.Damaged
                .OrderBy(pair => pair.Key)
                .Select(pair => new DamagedObject(
                    pair.Key, pair.Value.Pack, pair.Value.Offset, ReferencesTo(pair.Key, references)))],
            [.. absent[false]],
            [.. ListForeign()])
        {
            Erased = [.. absent[true]],
        };
    }

    void ReadOne(PackLocation location, Findings findings, IProgress<ObjectCheckProgress>? progress)
    {
        var entry = location.Entry;
        if (entry.Kind == EntryKind.Recipe)
            return;
        var isWhole = true;
        try
        {
            if (entry.End > location.Pack.Length || entry.RawLength > MaxRaw(entry.Kind))
            {
                isWhole = false;
            }
            else
            {
                var bytes = new byte[entry.RawLength];
                store.Reader.Read(location, EntryKinds.All, bytes, entry.Id);
                // Readers go by the index. Whoever has only the pack, as after its loss, goes by the header.
                isWhole = store.Reader.HasHeader(location);
            }
        }
        catch (MillraceException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            // Swept since it was listed; if anyone still needs it, it is reported as missing.
            return;
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or MillraceException)
        {
            // The disk cannot give it back: that is damage too, and the other entries are to be read all the same.
            isWhole = false;
        }

        var soFar = findings.Add(location, isWhole ? null : location);
        progress?.Report(soFar);
    }

    /// <summary>Chunks and small objects have a largest size; what claims more is not read into memory.</summary>
    static int MaxRaw(EntryKind kind) => kind == EntryKind.Node ? PackEntry.PayloadMax : GearChunker.SizeMax;

    /// <summary>The entry that makes a large object unreadable; null when there is none.</summary>
    PackLocation? FindDamage(PackLocation location, Findings findings)
    {
        Recipe recipe;
        try
        {
            recipe = store.Reader.ReadRecipe(location, location.Entry.Id);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or MillraceException)
        {
            findings.AddDamagedPack(location.Pack.Path);
            return location;
        }

        try
        {
            foreach (var part in recipe.Parts)
            {
                if (recipe.PartKind == EntryKind.Chunk)
                {
                    if (findings.DamageOf(part.Id) is { } damage)
                        return damage;
                    if (!IsThere(part.Id, findings))
                        return location;
                    continue;
                }

                if (findings.DamageOf(part.Id) is { } damagedNode)
                    return damagedNode;
                foreach (var chunk in store.Reader.ReadNode(part.Id, location.Entry.Id).Parts)
                {
                    if (findings.DamageOf(chunk.Id) is { } damage)
                        return damage;
                    if (!IsThere(chunk.Id, findings))
                        return location;
                }
            }

            return null;
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or MillraceException)
        {
            return location;
        }
    }

    /// <summary>Of a store that lives elsewhere, only some chunks are here.</summary>
    bool IsThere(ContentHash chunk, Findings findings) =>
        findings.HasBytes(chunk) || store.Packs.Tier?.Has(chunk, EntryKinds.Bytes) == true;

    /// <summary>Who needs each object that is damaged or missing.</summary>
    async Task<Dictionary<ContentHash, (long Count, List<string> First)>> AskAsync(
        IEnumerable<IRootSource> rooms,
        Findings findings,
        CancellationToken cancellationToken)
    {
        var references = new Dictionary<ContentHash, (long Count, List<string> First)>();
        foreach (var room in rooms)
        {
            await foreach (var root in room.RootsAsync(cancellationToken).ConfigureAwait(false))
            {
                var isPresent = findings.Present.Contains(root.Hash);
                // One that is there now was stored after the listing.
                if (isPresent ? !findings.Damaged.ContainsKey(root.Hash) : store.Contains(root.Hash))
                    continue;
                var (count, first) = references.GetValueOrDefault(root.Hash, (0, []));
                if (first.Count < ReferencesMax)
                    first.Add($"{room.Room}: {root.ReferencedBy}");
                references[root.Hash] = (count + 1, first);
            }
        }
        return references;
    }

    /// <summary>Files and folders that the store did not make, as full paths in order.</summary>
    IEnumerable<string> ListForeign()
    {
        if (!Directory.Exists(store.Folder))
            yield break;
        foreach (var path in Directory.EnumerateFileSystemEntries(store.Folder).Order(StringComparer.Ordinal))
        {
            if (path != store.Packs.Writers.Folder && !OwnNames.Contains(Path.GetFileName(path)))
                yield return path;
        }

        if (!Directory.Exists(store.Packs.Writers.Folder))
            yield break;
        foreach (var path in Directory.EnumerateFileSystemEntries(store.Packs.Writers.Folder)
            .Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (!PackFolder.IsPackName(name)
                && !(name.EndsWith(PackFolder.IndexSuffix, StringComparison.Ordinal)
                    && PackFolder.IsPackName(Path.ChangeExtension(name, PackFolder.PackSuffix))))
            {
                yield return path;
            }
        }
    }

    static ObjectReferences ReferencesTo(
        ContentHash hash,
        Dictionary<ContentHash, (long Count, List<string> First)> references)
    {
        var (count, first) = references.GetValueOrDefault(hash, (0, []));
        return new ObjectReferences(count, first);
    }

    /// <summary>What the reading threads found.</summary>
    sealed class Findings
    {
        readonly Lock _lock = new();
        readonly HashSet<ContentHash> _bytes = [];
        readonly Dictionary<ContentHash, PackLocation> _damagedParts = [];
        readonly HashSet<string> _damagedPacks = [];

        /// <summary>Nodes with a whole copy.</summary>
        readonly HashSet<ContentHash> _nodes = [];

        /// <summary>Objects with a whole copy: another copy of them may be damaged.</summary>
        readonly HashSet<ContentHash> _whole = [];

        public HashSet<ContentHash> Present { get; } = [];

        /// <summary>The first entry that makes the object unreadable.</summary>
        public Dictionary<ContentHash, (string Pack, long Offset)> Damaged { get; } = [];

        public long SizeBytes { get; private set; }

        public IReadOnlyCollection<string> DamagedPacks => _damagedPacks;

        public void AddDamagedPack(string path) => _damagedPacks.Add(path);

        public ObjectCheckProgress Add(PackLocation location, PackLocation? damage)
        {
            var entry = location.Entry;
            lock (_lock)
            {
                if (entry.IsObject)
                    Present.Add(entry.Id);
                if (entry.Kind is EntryKind.Blob or EntryKind.Chunk && damage is null)
                    _bytes.Add(entry.Id);
                if (entry.Kind == EntryKind.Node && damage is null)
                    _nodes.Add(entry.Id);
                if (damage is { } found)
                {
                    if (entry.Kind != EntryKind.Recipe)
                        _damagedPacks.Add(location.Pack.Path);
                    if (entry.IsObject && !_whole.Contains(entry.Id))
                        Damaged.TryAdd(entry.Id, (found.Pack.Path, found.Entry.Offset));
                    if (entry.Kind != EntryKind.Recipe)
                        _damagedParts.TryAdd(entry.Id, location);
                }
                else if (entry.IsObject)
                {
                    SizeBytes += entry.Kind == EntryKind.Blob ? entry.RawLength : 0;
                    _whole.Add(entry.Id);
                    Damaged.Remove(entry.Id);
                }

                if (entry.Kind == EntryKind.Chunk)
                    SizeBytes += entry.RawLength;
                return new ObjectCheckProgress(Present.Count, SizeBytes);
            }
        }

        /// <summary>Where the only copy of a chunk or node is damaged; null when there is a whole one.</summary>
        public PackLocation? DamageOf(ContentHash id) =>
            !_bytes.Contains(id) && !_nodes.Contains(id) && _damagedParts.TryGetValue(id, out var location)
                ? location : null;

        public bool HasBytes(ContentHash id) => _bytes.Contains(id);
    }
}
