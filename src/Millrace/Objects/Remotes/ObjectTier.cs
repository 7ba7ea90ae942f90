using System.Collections.Concurrent;
using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>The other place of a store that lives elsewhere: every commit goes there before it returns, and what is not
/// here is read from there into local packs, of which those least recently used go when they take too much.</summary>
/// <remarks>The store's own code stays synchronous, since packs are local: a thread that needs the other place waits
/// for it. A miss costs a listing, and a read of what is not here about 1 MiB around it: chunks of an object lie side
/// by side.</remarks>
sealed class ObjectTier : IDisposable
{
    /// <summary>Bytes of a remote pack that are taken at once.</summary>
    const long WindowSize = 1 << 20;

    /// <summary>Bytes that are added between two looks at how much there is.</summary>
    const long EvictionStep = 64 << 20;

    static readonly TimeSpan UseResolution = TimeSpan.FromMinutes(1);

    readonly ObjectRemote _remote;
    readonly long _cacheSizeMax;
    readonly TimeProvider _time;
    readonly ConcurrentDictionary<(string Pack, long Window), Lazy<HashSet<ContentHash>>> _taking = new();
    readonly Lock _publishing = new();
    readonly Lock _evicting = new();
    ObjectStore? _store;
    long _added;

    /// <param name="remote">The other place; disposed with this.</param>
    /// <param name="cacheSizeMax">Bytes of local packs that are there too; they may be exceeded by what is under
    /// way.</param>
    /// <param name="time">The clock.</param>
    public ObjectTier(ObjectRemote remote, long cacheSizeMax, TimeProvider time)
    {
        _remote = remote;
        _cacheSizeMax = cacheSizeMax;
        _time = time;
        // The first look is due at once: the limit may be another than last time.
        _added = long.MaxValue / 2;
    }

    public ObjectRemote Remote => _remote;

    /// <summary>Whether nothing is evicted: while the other place is repaired, what it seems to have may be damaged
    /// there.</summary>
    public bool KeepsAll { get; set; }

    ObjectStore Store => _store ?? throw new InvalidOperationException("The tier belongs to no store.");

    public void Attach(ObjectStore store) => _store = store;

    /// <summary>Whether the other place has the entry, as far as is known, and keeps it.</summary>
    public bool Knows(ContentHash id, EntryKinds kinds)
    {
        if (!_remote.Index.IsLoaded)
            Wait(() => _remote.EnsureLoadedAsync(CancellationToken.None));
        return _remote.Index.TryFindKept(id, kinds, out _);
    }

    /// <summary>Whether the other place has the entry now.</summary>
    public bool Has(ContentHash id, EntryKinds kinds)
    {
        if (Knows(id, kinds))
            return true;
        Wait(() => _remote.RefreshAsync(CancellationToken.None));
        return _remote.Index.TryFind(id, kinds, out _);
    }

    /// <summary>Every object of the other place, as it is now.</summary>
    public List<ContentHash> List()
    {
        Wait(() => _remote.RefreshAsync(CancellationToken.None));
        return _remote.Index.List(EntryKinds.Object);
    }

    /// <summary>Takes an entry, with those beside it, into the local packs.</summary>
    /// <returns>False when the other place does not have it.</returns>
    public bool TryTake(ContentHash id, EntryKinds kinds)
    {
        if (!Has(id, kinds) || !_remote.Index.TryFind(id, kinds, out var location))
            return false;
        EvictIfDue();
        var window = (location.Pack.Name, location.Entry.Offset / WindowSize);
        // Many readers of one window wait for one of them.
        var taking = _taking.GetOrAdd(
            window, _ => new Lazy<HashSet<ContentHash>>(() => Take(location.Pack, window.Item2)));
        try
        {
            // What is damaged beside it is the concern of who wants that.
            return taking.Value.Contains(id)
                ? throw _remote.Reader.Damaged(location) : true;
        }
        finally
        {
            _taking.TryRemove(new(window, taking));
        }
    }

    /// <summary>Returns when entries that were just written to a local pack are durable in the other place.</summary>
    public void Publish(string packPath, List<PackEntry> entries)
    {
        lock (_publishing)
        {
            using var pack = new LoadedPack(packPath);
            var missing = new List<PackLocation>();
            foreach (var entry in entries)
            {
                if (!Knows(entry.Id, KindsLike(entry.Kind)))
                    missing.Add(new PackLocation(pack, entry));
            }

            if (missing.Count == 0)
                return;
            var upload = new PackUpload(_remote.Backend, _remote.Index, Store.Packs, Store.Codecs);
            Wait(async () =>
            {
                await _remote.EnsureFormatAsync(CancellationToken.None).ConfigureAwait(false);
                await _remote.EnsureKeptAsync(CancellationToken.None).ConfigureAwait(false);
                Count(await upload.SendAsync(missing, CancellationToken.None).ConfigureAwait(false));
            });
        }
    }

    /// <summary>Notes that a pack is in use, so that it goes late.</summary>
    public void Touch(LoadedPack pack)
    {
        var now = _time.GetUtcNow();
        if (now - pack.UsedAt < UseResolution)
            return;
        pack.UsedAt = now;
        try
        {
            File.SetLastAccessTimeUtc(pack.Path, now.UtcDateTime);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Swept meanwhile, or read-only: then nobody evicts it either.
            return;
        }
    }

    public void Dispose() => _remote.Dispose();

    static EntryKinds KindsLike(EntryKind kind) => kind switch
    {
        EntryKind.Chunk => EntryKinds.Bytes,
        EntryKind.Node => EntryKinds.Node,
        _ => EntryKinds.Object,
    };

    static void Wait(Func<Task> work)
    {
#pragma warning disable VSTHRD002 // Reading and committing packs is synchronous; the pool runs what is waited for.
        Task.Run(work).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    /// <returns>Entries of the window that are damaged; they were not taken.</returns>
    HashSet<ContentHash> Take(RemotePack pack, long window)
    {
        var damaged = new HashSet<ContentHash>();
        var wanted = new List<RemoteLocation>();
        foreach (var entry in pack.InOrder())
        {
            if (entry.Offset / WindowSize != window || entry.Kind == EntryKind.Commit || !entry.IsPlausible
                || entry.End > pack.Length)
            {
                continue;
            }

            var id = Store.Packs.Cipher?.Reveal(entry.Id) ?? entry.Id;
            wanted.Add(new RemoteLocation(pack, entry with { Id = id }));
        }

        RemoteLocation[] locations = [.. wanted];
        using var batch = Store.BeginBatch();
        Wait(async () => Count(await _remote.Reader.ReadAsync(
            locations,
            (number, payload) => batch.PutStored(locations[number].Entry, payload),
            CancellationToken.None, number => damaged.Add(locations[number].Entry.Id)).ConfigureAwait(false)));
        batch.Commit();
        return damaged;
    }

    void Count(long bytes) => Interlocked.Add(ref _added, bytes);

    void EvictIfDue()
    {
        if (KeepsAll || Interlocked.Read(ref _added) < Math.Min(EvictionStep, _cacheSizeMax / 8))
            return;
        lock (_evicting)
        {
            Interlocked.Exchange(ref _added, 0);
            Evict();
        }
    }

    /// <summary>Deletes whole local packs, the least recently used first, until the rest is within the limit. What is
    /// only here stays, whatever it takes.</summary>
    public void Evict()
    {
        var writers = Store.Packs.Writers;
        var packs = writers.ListPacks().ConvertAll(path => new FileInfo(path)).FindAll(file => file.Exists);
        var total = packs.Sum(file => file.Length);
        if (total <= _cacheSizeMax)
            return;
        // What somebody deleted there since is only here.
        Wait(() => _remote.RefreshAsync(CancellationToken.None));
        writers.ReleaseFree();
        packs.Sort((left, right) => left.LastAccessTimeUtc.CompareTo(right.LastAccessTimeUtc));
        // The last one is being read.
        for (var i = 0; i < packs.Count - 1 && total > _cacheSizeMax; i++)
        {
            var path = packs[i].FullName;
            using var file = PackFolder.TryLock(path);
            if (file is null || !IsThere(path, RandomAccess.GetLength(file.Handle)))
                continue;
            // The index first: without it, and locked, nobody takes the pack for one that goes on behind its index.
            File.Delete(PackFolder.IndexOf(path));
            File.Delete(path);
            total -= packs[i].Length;
        }
    }

    /// <summary>Whether the other place has everything that a local pack has.</summary>
    bool IsThere(string path, long length)
    {
        var indexPath = PackFolder.IndexOf(path);
        if (!File.Exists(indexPath))
            return false;
        var index = File.ReadAllBytes(indexPath);
        var covered = (long)PackFolder.HeaderSize;
        var position = 0;
        while (PackIndex.TryReadBlock(index.AsSpan(position), covered, out var count, out covered))
        {
            position += PackIndex.BlockHeaderSize;
            for (var i = 0; i < count; i++, position += PackIndex.EntrySize)
            {
                var entry = PackIndex.ReadEntry(index.AsSpan(position, PackIndex.EntrySize));
                var id = Store.Packs.Cipher?.Reveal(entry.Id) ?? entry.Id;
                if (!Knows(id, KindsLike(entry.Kind)))
                    return false;
            }
        }

        return PackRecovery.Covered(index).PackEnd == length;
    }
}
