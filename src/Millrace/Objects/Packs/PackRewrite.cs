using Millrace.Catalog;

namespace Millrace.Objects.Packs;

/// <summary>Moves entries that stay into new packs and then takes the old packs away. At no moment is an entry that
/// stays in no durable pack.</summary>
/// <remarks>Each old pack is locked until it is gone, so nobody appends to it meanwhile. Every entry is read and
/// compared with its hash before it is moved. For one thread.</remarks>
/// <param name="packs">The packs.</param>
/// <param name="aside">A folder into which the old packs are moved; null deletes them.</param>
sealed class PackRewrite(PackSet packs, string? aside = null) : IDisposable
{
    const int BufferSize = 1 << 20;

    readonly List<(LockedFile File, string Path)> _moved = [];
    readonly Dictionary<string, LockedFile> _held = new(StringComparer.Ordinal);
    readonly HashSet<(ContentHash Id, EntryKind Kind)> _copied = [];
    readonly byte[] _buffer = new byte[BufferSize];
    readonly PayloadCodec _codec = new();
    List<PackEntry> _entries = [];
    PackWriter? _writer;
    int _used;

    /// <summary>Packs that are gone.</summary>
    public int RemovedPackCount { get; private set; }

    /// <summary>Packs that were made.</summary>
    public int NewPackCount { get; private set; }

    /// <summary>Bytes of the packs and indexes that are gone, less those of the new packs.</summary>
    public long FreedBytes { get; private set; }

    /// <summary>Packs with an entry that cannot be read: they stay as they are.</summary>
    public List<string> Damaged { get; } = [];

    /// <summary>Locks a pack that is to be moved, so that it surely can be.</summary>
    /// <returns>False when somebody appends to the pack or it is gone.</returns>
    public bool TryHold(string path)
    {
        if (PackFolder.TryLock(path) is not { } file)
            return false;
        _held.Add(path, file);
        return true;
    }

    /// <summary>Moves what stays of a pack. The pack goes at the latest with <see cref="Complete"/>.</summary>
    /// <param name="path">The pack.</param>
    /// <param name="drops">Whether an entry is not needed.</param>
    /// <param name="dropped">Told of each entry that goes.</param>
    /// <returns>False when somebody appends to the pack, or it is damaged: it stays.</returns>
    public bool TryMove(string path, Func<PackLocation, bool> drops, Action<PackEntry> dropped)
    {
        var file = _held.Remove(path, out var held) ? held : PackFolder.TryLock(path);
        if (file is null)
            return false;
        var isKept = true;
        try
        {
            // Under the lock the index is complete, unless a crash or damage took of it.
            if (packs.ListOf(path) is not { } entries)
                return false;
            var length = RandomAccess.GetLength(file.Handle);
            if (length > PackFolder.HeaderSize
                && (PackRecovery.Complete(file.Handle, path, packs.Cipher) is null
                    || (entries = packs.ListOf(path)) is null))
            {
                Damaged.Add(path);
                return false;
            }

            var gone = new List<PackEntry>();
            foreach (var location in entries!)
            {
                if (drops(location))
                {
                    gone.Add(location.Entry);
                }
                else if (!_copied.Contains((location.Entry.Id, location.Entry.Kind)) && !TryCopy(location))
                {
                    Damaged.Add(path);
                    return false;
                }
            }

            gone.ForEach(dropped);
            _moved.Add((file, path));
            isKept = false;
        }
        finally
        {
            if (isKept)
                file.Dispose();
        }

        if (_writer is null || _writer.End + _used >= PackFolder.SizeTarget)
            Complete();
        return true;
    }

    /// <summary>Moves what can be read of a pack whose bytes, index or both are damaged.</summary>
    /// <returns>False when somebody appends to the pack.</returns>
    public bool TryMoveReadable(string path)
    {
        var file = PackFolder.TryLock(path);
        if (file is null)
            return false;
        try
        {
            foreach (var location in packs.ListOf(path) ?? [])
            {
                if (!_copied.Contains((location.Entry.Id, location.Entry.Kind)))
                    TryCopy(location);
            }

            // What the index does not tell, or tells wrongly.
            var pack = packs.Loaded().Find(loaded => loaded.Path == path);
            foreach (var entry in PackRecovery.Scan(
                file.Handle, PackFolder.HeaderSize, RandomAccess.GetLength(file.Handle), packs.Cipher))
            {
                if (pack is not null && !_copied.Contains((entry.Id, entry.Kind)))
                    TryCopy(new PackLocation(pack, entry));
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _moved.Add((file, path));
        return true;
    }

    /// <summary>Makes what was moved durable, and only then takes the old packs away.</summary>
    public void Complete()
    {
        if (_writer is { } writer)
        {
            Flush();
            writer.Commit(_entries);
            packs.Refresh(writer.Path);
            FreedBytes -= SizeOf(writer.Path);
            packs.Writers.Return(writer);
            (_writer, _entries) = (null, []);
        }

        foreach (var (file, path) in _moved)
        {
            FreedBytes += SizeOf(path);
            Remove(path);
            Remove(PackFolder.IndexOf(path));
            file.Dispose();
            RemovedPackCount++;
        }

        if (_moved.Count > 0)
            DurableFile.SyncFolder(packs.Writers.Folder);
        if (aside is not null)
            DurableFile.SyncFolder(aside);
        _moved.Clear();
        packs.Refresh();
    }

    /// <summary>What was not completed stays where it was.</summary>
    public void Dispose()
    {
        if (_writer is not null)
            packs.Writers.Return(_writer);
        foreach (var (file, _) in _moved)
            file.Dispose();
        foreach (var file in _held.Values)
            file.Dispose();
        _moved.Clear();
        _held.Clear();
        _codec.Dispose();
    }

    bool TryCopy(PackLocation location)
    {
        var entry = location.Entry;
        if (entry.End > location.Pack.Length)
            return false;
        var size = PackEntry.HeaderSize + entry.StoredLength;
        if (_used > 0 && _used + size > BufferSize)
            Flush();
        var isLarge = size > BufferSize;
        var bytes = isLarge ? new byte[size] : _buffer.AsSpan(_used, size);
        if (!TryTake(location, bytes))
            return false;
        if (_writer is null)
        {
            _writer = packs.Writers.TakeNew();
            NewPackCount++;
        }

        var offset = _writer.End + _used;
        if (isLarge)
            _writer.Append(bytes);
        else
            _used += size;
        _entries.Add(entry with { Offset = offset });
        _copied.Add((entry.Id, entry.Kind));
        return true;
    }

    /// <summary>Reads header and payload as they are stored, and compares the payload with its id. A header that is
    /// damaged alone, or has no checksum yet, is written anew; without that of a recipe nothing proves it.</summary>
    bool TryTake(PackLocation location, Span<byte> target)
    {
        var (entry, cipher) = (location.Entry, packs.Cipher);
        try
        {
            if (location.Pack.Read(target, entry.Offset) < target.Length)
                return false;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }

        var payload = target[PackEntry.HeaderSize..];
        var isHeader = EntryPayload.IsHeader(entry, target, cipher, out var crc);
        if ((entry.Kind == EntryKind.Recipe && !isHeader)
            || !EntryPayload.ProvesItself(entry, payload, crc, _codec, cipher))
        {
            return false;
        }

        var checksum = EntryPayload.ChecksumOf(entry.Kind, entry.Codec, payload);
        if (isHeader && crc == checksum)
            return true;
        var shown = cipher is null ? entry : entry with { Id = cipher.Hide(entry.Id) };
        shown.WriteHeader(target, checksum);
        return true;
    }

    void Flush()
    {
        _writer!.Append(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    void Remove(string path)
    {
        try
        {
            if (aside is null)
                File.Delete(path);
            else if (File.Exists(path))
                DurableFile.Rename(path, Path.Join(aside, Path.GetFileName(path)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Translate(exception, path);
        }
    }

    static long SizeOf(string packPath)
    {
        var index = new FileInfo(PackFolder.IndexOf(packPath));
        return new FileInfo(packPath).Length + (index.Exists ? index.Length : 0);
    }
}
