using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;
using Millrace.Objects.Remotes;

namespace Millrace.Objects.Packs;

/// <summary>What all packs of a folder hold. Nothing is read before the first question. Thread-safe; sees what other
/// processes add when it looks again.</summary>
sealed class PackSet(string folder, EntryCipher? cipher = null, ObjectTier? tier = null) : IDisposable
{
    readonly Lock _lock = new();
    readonly PackFolder _folder = new(folder, cipher, tier);
    readonly List<LoadedPack?> _packs = [];
    readonly Dictionary<string, int> _numbers = [];
    readonly EntryTable _table = new();
    bool _isLoaded;

    /// <summary>Encrypts what is written here; null when it is not encrypted.</summary>
    public EntryCipher? Cipher => cipher;

    /// <summary>The other place of a store that lives elsewhere; null when it is only here.</summary>
    public ObjectTier? Tier => tier;

    /// <summary>The writers of this folder.</summary>
    public PackFolder Writers => _folder;

    /// <summary>Looks in what is known, without asking the disk for news.</summary>
    /// <param name="id">The id of an entry.</param>
    /// <param name="kinds">Which kinds would do.</param>
    /// <param name="plan">What it condemns does not count; null for none.</param>
    /// <param name="location">Where it is.</param>
    public bool TryFindKnown(ContentHash id, EntryKinds kinds, SweepPlan? plan, out PackLocation location)
    {
        lock (_lock)
        {
            if (!_isLoaded)
                Load();
            return TryFindLoaded(id, kinds, plan, out location);
        }
    }

    /// <summary>Looks in what is known, then in what was added since, then in the other place of the store, if it has
    /// one.</summary>
    public bool TryFind(ContentHash id, EntryKinds kinds, out PackLocation location)
    {
        var isHere = TryFindHere(id, kinds, out location);
        if (tier is null)
            return isHere;
        if (!isHere || location.Entry.End > location.Pack.Length)
        {
            if (!tier.TryTake(id, kinds))
                return isHere;
            isHere = TryFindHere(id, kinds, out location);
        }

        if (isHere)
            tier.Touch(location.Pack);
        return isHere;
    }

    /// <summary>Whether a local pack has the entry, whole, whatever the other place has.</summary>
    public bool IsHere(ContentHash id, EntryKinds kinds) =>
        TryFindHere(id, kinds, out var location) && location.Entry.End <= location.Pack.Length;

    bool TryFindHere(ContentHash id, EntryKinds kinds, out PackLocation location)
    {
        lock (_lock)
        {
            if (_isLoaded && TryFindLoaded(id, kinds, null, out location))
                return true;
            Load();
            return TryFindLoaded(id, kinds, null, out location);
        }
    }

    /// <summary>Takes in what was added to packs, by this process or another, since the last look.</summary>
    public void Refresh()
    {
        lock (_lock)
            Load();
    }

    /// <summary>Takes in what this process has just added to a pack.</summary>
    public void Refresh(string packPath)
    {
        lock (_lock)
        {
            // Before the first question there is nothing to keep up to date.
            if (_isLoaded)
                Load(packPath);
        }
    }

    /// <summary>Every copy of an entry that is known.</summary>
    public List<PackLocation> FindAll(ContentHash id, EntryKinds kinds)
    {
        var found = new List<PackLocation>();
        var stored = cipher?.Hide(id) ?? id;
        Span<byte> wanted = stackalloc byte[ContentHash.Size];
        stored.CopyTo(wanted);
        lock (_lock)
        {
            for (var slot = _table.First(stored.Prefix);
                 _table.TryGet(slot, out var prefix, out var number, out var place); slot = _table.Next(slot))
            {
                if (prefix != stored.Prefix || _packs[number] is not { } pack)
                    continue;
                var bytes = pack.Index.AsSpan(place, PackIndex.EntrySize);
                if (bytes[..ContentHash.Size].SequenceEqual(wanted) && kinds.Has((EntryKind)bytes[44]))
                    found.Add(new PackLocation(pack, PackIndex.ReadEntry(bytes) with { Id = id }));
            }
        }

        return found;
    }

    /// <summary>As <see cref="Refresh()"/>, unless nothing was asked yet.</summary>
    public void ForgetSwept()
    {
        lock (_lock)
        {
            if (_isLoaded)
                Load();
        }
    }

    /// <summary>The packs that are known.</summary>
    public List<LoadedPack> Loaded()
    {
        lock (_lock)
            return [.. _packs.OfType<LoadedPack>()];
    }

    /// <summary>Every entry that a pack's index tells of at this moment.</summary>
    /// <returns>Null when the pack is gone.</returns>
    public List<PackLocation>? ListOf(string packPath)
    {
        lock (_lock)
        {
            if (!File.Exists(packPath) || Load(packPath) is not { } pack)
                return null;
            var entries = new List<PackLocation>();
            ForEachEntry(pack, 0, (entry, _) => entries.Add(new PackLocation(pack, entry)));
            return entries;
        }
    }

    /// <summary>Every entry that is known, pack after pack.</summary>
    public List<PackLocation> List(EntryKinds kinds)
    {
        lock (_lock)
        {
            Load();
            var entries = new List<PackLocation>();
            foreach (var pack in _packs)
            {
                if (pack is null)
                    continue;
                ForEachEntry(pack, 0, (entry, _) =>
                {
                    if (kinds.Has(entry.Kind))
                        entries.Add(new PackLocation(pack, entry));
                });
            }

            return entries;
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
        foreach (var pack in _packs)
            pack?.Dispose();
    }

    bool TryFindLoaded(ContentHash id, EntryKinds kinds, SweepPlan? plan, out PackLocation location)
    {
        var stored = cipher?.Hide(id) ?? id;
        var prefix = stored.Prefix;
        Span<byte> wanted = stackalloc byte[ContentHash.Size];
        stored.CopyTo(wanted);
        location = default;
        for (var slot = _table.First(prefix); _table.TryGet(slot, out var found, out var number, out var place);
             slot = _table.Next(slot))
        {
            if (found != prefix || _packs[number] is not { } pack)
                continue;
            var bytes = pack.Index.AsSpan(place, PackIndex.EntrySize);
            if (!bytes[..ContentHash.Size].SequenceEqual(wanted) || !kinds.Has((EntryKind)bytes[44]))
                continue;
            var entry = PackIndex.ReadEntry(bytes) with { Id = id };
            if (plan is not null && plan.IsCondemned(pack, entry.Offset))
                continue;
            location = new PackLocation(pack, entry);
            // A whole one elsewhere is better than one that was cut off.
            if (location.Entry.End <= pack.Length)
                return true;
        }

        return location.Pack is not null;
    }

    void Load()
    {
        var isFirst = !_isLoaded;
        _isLoaded = true;
        var paths = _folder.ListPacks();
        if (_numbers.Count > 0)
            Forget(paths);
        foreach (var path in paths)
        {
            var covered = Load(path);
            // What a dead process left without an index; a living one holds the lock.
            if (isFirst && covered is { } pack && pack.PackEnd < pack.Length)
                Complete(path);
        }
    }

    void Complete(string path)
    {
        try
        {
            using var file = PackFolder.TryLock(path);
            if (file is not null)
                PackRecovery.Complete(file.Handle, path, cipher);
        }
        catch (MillraceException)
        {
            // On a read-only or full disk the rest stays as it is: nothing that was acknowledged is in it unless the
            // index was lost, and then a miss says so.
            return;
        }

        Load(path);
    }

    /// <summary>Drops packs that were swept, and begins anew when there were any: the table cannot forget.</summary>
    void Forget(List<string> paths)
    {
        var present = paths.ToHashSet(StringComparer.Ordinal);
        if (_numbers.Keys.All(present.Contains))
            return;
        Reset();
    }

    void Reset()
    {
        foreach (var pack in _packs)
            pack?.Dispose();
        _packs.Clear();
        _numbers.Clear();
        _table.Clear();
    }

    LoadedPack? Load(string path)
    {
        var descriptor = Libc.Open(PackFolder.IndexOf(path), Libc.OpenReadOnly | Libc.OpenCloseOnExec, 0);
        using var index = descriptor < 0
            ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        var status = default(FileStatus);
        if (index is not null && Libc.FileStatus(index, out status) != 0)
            throw DurableFile.Failure(DurableFile.LastError(), path);
        if (!_numbers.TryGetValue(path, out var number))
        {
            CheckKey(path);
            number = _packs.Count;
            _packs.Add(new LoadedPack(path) { IndexInode = status.Inode });
            _numbers.Add(path, number);
        }

        var pack = _packs[number]!;
        if (pack.IndexInode != status.Inode)
        {
            // Made anew, by a repair or after a crash: its places are others.
            var fresh = new LoadedPack(path) { IndexInode = status.Inode };
            _packs[number] = null;
            _numbers[path] = _packs.Count;
            number = _packs.Count;
            _packs.Add(fresh);
            pack.Dispose();
            pack = fresh;
        }

        var file = new FileInfo(path);
        pack.Length = file.Exists ? file.Length : 0;
        if (index is null || status.SizeBytes <= pack.IndexEnd)
            return pack;
        ReadBlocks(pack, number, index, status.SizeBytes);
        return pack;
    }

    void ReadBlocks(
        LoadedPack pack, int number, SafeFileHandle index, long size)
    {
        // An entry takes more bytes in its pack than in the index: what is longer is damage, and no memory is taken for
        // it.
        size = Math.Min(size, PackIndex.SizeMax(pack.Length));
        if (size <= pack.IndexEnd)
            return;
        if (pack.Index.Length < size)
        {
            // A pack that grows put by put would else be copied whole at each of them.
            var bytes = new byte[pack.IndexEnd == 0 ? size : Math.Max(size, pack.Index.Length * 2L)];
            pack.Index.AsSpan(0, pack.IndexEnd).CopyTo(bytes);
            pack.Index = bytes;
        }

        var position = pack.IndexEnd;
        var count = RandomAccess.Read(index, pack.Index.AsSpan(position, (int)size - position), position);
        var known = pack.Index.AsSpan(0, position + count);
        while (PackIndex.TryReadBlock(known[position..], pack.PackEnd, out var entries, out var end))
        {
            _table.Reserve(entries);
            var place = position + PackIndex.BlockHeaderSize;
            for (var i = 0; i < entries; i++, place += PackIndex.EntrySize)
            {
                var entry = known.Slice(place, PackIndex.EntrySize);
                if (PackIndex.ReadEntry(entry).IsPlausible)
                    _table.Add(BinaryPrimitives.ReadUInt64BigEndian(entry), number, place);
            }

            position = place;
            pack.IndexEnd = position;
            pack.PackEnd = end;
        }
    }

    /// <summary>Before anything of a pack is believed, its key must be the store's: entries of another one would look
    /// damaged.</summary>
    void CheckKey(string path)
    {
        var descriptor = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        Span<byte> header = stackalloc byte[PackFolder.HeaderSize];
        if (RandomAccess.Read(handle, header, 0) == header.Length && PackFolder.IsHeader(header))
            PackFolder.CheckKey(header, path, cipher);
    }

    void ForEachEntry(LoadedPack pack, int position, Action<PackEntry, int> action)
    {
        var covered = (long)PackFolder.HeaderSize;
        while (PackIndex.TryReadBlock(pack.Index.AsSpan(position, pack.IndexEnd - position), covered, out var count,
            out covered))
        {
            position += PackIndex.BlockHeaderSize;
            for (var i = 0; i < count; i++, position += PackIndex.EntrySize)
            {
                var entry = PackIndex.ReadEntry(pack.Index.AsSpan(position, PackIndex.EntrySize));
                if (entry.IsPlausible)
                    action(cipher is null ? entry : entry with { Id = cipher.Reveal(entry.Id) }, position);
            }
        }
    }
}
