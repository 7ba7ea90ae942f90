using System.Buffers;
using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary>Many puts that become durable together. Until <see cref="CommitAsync"/> has returned, none of them counts
/// as stored. Disposing without a commit drops them.</summary>
/// <remarks>Puts may come from many threads at once; a commit comes after the last of them. Made by
/// <see cref="ObjectStore.BeginBatch"/>; must be disposed before its store. A large batch takes a pack for itself, and
/// what fills one is made durable while the next is written. No sweep drops what was put before the batch is disposed:
/// whoever writes the reference to it before that need not fear any.</remarks>
public sealed class ObjectBatch : IDisposable
{
    const int BufferSize = 1 << 20;
    const int ChangedMax = 3;

    /// <summary>A payload of so many bytes is written from where it lies; a call costs less than a copy.</summary>
    const int DirectMin = 16 * 1024;

    readonly PackSet _packs;
    readonly PackGroup _group;
    readonly CodecPool _codecs;
    readonly SweepGuard _guard;
    readonly Lock _lock = new();
    readonly HashSet<(ContentHash Id, EntryKind Kind)> _pending = [];
    List<PackEntry> _entries = [];
    byte[] _buffer = [];
    int _used;
    PackWriter? _writer;
    ObjectHold? _hold;
    Task _full = Task.CompletedTask;
    int _count;
    bool _isCommitted;
    bool _isDisposed;

    internal ObjectBatch(PackSet packs, PackGroup group, CodecPool codecs, SweepGuard guard)
    {
        _packs = packs;
        _group = group;
        _codecs = codecs;
        _guard = guard;
    }

    /// <summary>How many objects the commit will add: those that the store has already do not count.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <inheritdoc cref="ObjectStore.Put"/>
    public ContentHash Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= GearChunker.SizeMax)
            return PutBlob(bytes);
        ThrowIfClosed();
        using var large = new LargeObject(this);
        while (bytes.Length > 0)
        {
            var free = large.Free.Span;
            var count = Math.Min(free.Length, bytes.Length);
            bytes[..count].CopyTo(free);
            large.Advance(count);
            bytes = bytes[count..];
        }

        return large.Complete();
    }

    /// <inheritdoc cref="ObjectStore.PutAsync"/>
    public Task<ContentHash> PutAsync(Stream source, CancellationToken cancellationToken = default) =>
        PutAsync(source, null, cancellationToken);

    /// <param name="source">As for the other.</param>
    /// <param name="known">Asked when the source has ended: its hash, by who computed it from these very bytes; null
    /// has it computed.</param>
    /// <param name="cancellationToken">As for the other.</param>
    internal async Task<ContentHash> PutAsync(
        Stream source, Func<ContentHash>? known, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        using var large = new LargeObject(this, known);
        while (true)
        {
            var free = large.Free;
            var count = await source.ReadAtLeastAsync(free, free.Length, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
            large.Advance(count);
            if (count < free.Length)
                return large.Complete();
        }
    }

    /// <inheritdoc cref="ObjectStore.PutFileAsync"/>
    public Task<ContentHash> PutFileAsync(string path, CancellationToken cancellationToken = default) =>
        Task.Run(() => PutFile(path, followsLinks: true).Hash, cancellationToken);

    /// <summary>Stores a file's bytes, read once. For many threads at a time, each with files of its own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="followsLinks">Whether a symbolic link stands for the file it names; else it is refused.</param>
    /// <exception cref="MillraceException"><c>file-missing</c>, <c>file-unreadable</c>; <c>file-changed</c>: somebody
    /// kept writing to it while it was read, three times over; and as for <see cref="ObjectStore.Put"/>.</exception>
    public StoredFile PutFile(string path, bool followsLinks = false)
    {
        ThrowIfClosed();
        for (var attempt = 1; attempt <= ChangedMax; attempt++)
        {
            var file = SourceFile.Open(path, followsLinks);
            try
            {
                var (hash, size) = file.Status.SizeBytes <= GearChunker.SizeMax
                    ? PutSmall(file, path)
                    : PutLarge(file, path);
                var status = file.Status;
                if (size == status.SizeBytes && file.IsUnchanged())
                {
                    return new StoredFile(
                        hash, size, status.Inode, status.ModifiedAt, status.ChangedAt, status.Mode);
                }
            }
            finally
            {
                file.Dispose();
            }
        }

        throw new MillraceException(
            ErrorKind.Conflict, "file-changed", $"'{path}' was written to each of the {ChangedMax} times it was read.",
            "Wait until its writer is done, then run the command again.");
    }

    /// <summary>Returns when every put of the batch survives a power cut. A failure or a cancelled token may leave
    /// some of the objects in the store, each of them whole; putting them again is harmless.</summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>,
    /// <c>fsync-failed</c>.</exception>
    public Task CommitAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        _isCommitted = true;
        // fsync has no asynchronous form.
        return Task.Run(Commit, cancellationToken);
    }

    /// <summary>Drops what was not committed.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        // The other thread still uses the store. Whether it failed, a commit was told.
#pragma warning disable VSTHRD002 // It waits for the disk only.
        ((IAsyncResult)_full).AsyncWaitHandle.WaitOne();
#pragma warning restore VSTHRD002
        if (_writer is not null)
            _packs.Writers.Return(_writer);
        _writer = null;
        ReturnBuffer();
        _hold?.Dispose();
    }

    /// <summary>Whether the object is among the puts, or stored and stays: the batch may then be followed by a
    /// reference to it as if it had been put. See <see cref="ObjectHold.Keeps(ContentHash)"/>.</summary>
    public bool Keeps(ContentHash hash)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return IsKnown(hash, EntryKinds.Object);
    }

    internal void Commit()
    {
        _isCommitted = true;
        if (_writer is null)
        {
            if (_entries.Count > 0)
                _group.Commit(new PackContribution(_buffer, _used, _entries));
        }
        else
        {
            Flush();
            // The packs before hold what this one's recipes name.
            WaitForFull();
            _writer.Commit(_entries);
            _packs.Refresh(_writer.Path);
            _packs.Writers.Return(_writer);
            _writer = null;
        }

        _entries = [];
        ReturnBuffer();
    }

    /// <param name="bytes">Up to the largest chunk.</param>
    /// <param name="known">Their hash, by who computed it from these very bytes.</param>
    internal ContentHash PutBlob(ReadOnlySpan<byte> bytes, ContentHash? known = null)
    {
        ThrowIfClosed();
        var id = known ?? ContentHash.Of(bytes);
        if (!IsKnown(id, EntryKinds.Object))
            Encode(id, EntryKind.Blob, EntryKinds.Object, bytes);
        return id;
    }

    internal ContentHash PutChunk(ReadOnlyMemory<byte> bytes)
    {
        var id = ContentHash.Of(bytes.Span);
        if (!IsKnown(id, EntryKinds.Bytes))
            Encode(id, EntryKind.Chunk, EntryKinds.Bytes, bytes.Span, bytes);
        return id;
    }

    internal ContentHash PutNode(Recipe node)
    {
        var bytes = node.ToBytes();
        var id = ContentHash.Of(bytes);
        if (!IsKnown(id, EntryKinds.Node))
            Append(id, EntryKind.Node, EntryKinds.Node, EntryCodec.Raw, bytes, bytes.Length);
        return id;
    }

    internal void PutRecipe(ContentHash hash, Recipe recipe)
    {
        if (IsKnown(hash, EntryKinds.Object))
            return;
        var bytes = recipe.ToBytes();
        Append(hash, EntryKind.Recipe, EntryKinds.Object, EntryCodec.Raw, bytes, bytes.Length);
    }

    (ContentHash Hash, long Size) PutSmall(in SourceFile file, string path)
    {
        // One byte more, to see that the file has not grown.
        var buffer = ArrayPool<byte>.Shared.Rent((int)file.Status.SizeBytes + 1);
        try
        {
            var count = file.Read(buffer.AsSpan(0, (int)file.Status.SizeBytes + 1), path);
            return count == file.Status.SizeBytes ? (PutBlob(buffer.AsSpan(0, count)), count) : (default, -1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    (ContentHash Hash, long Size) PutLarge(in SourceFile file, string path)
    {
        using var large = new LargeObject(this);
        var size = 0L;
        while (true)
        {
            var free = large.Free;
            var count = file.Read(free.Span, path);
            size += count;
            large.Advance(count);
            if (count < free.Length)
                return (large.Complete(), size);
        }
    }

    bool IsKnown(ContentHash id, EntryKinds kinds)
    {
        ObjectHold hold;
        lock (_lock)
        {
            if (IsPending(id, kinds))
                return true;
            hold = Hold();
        }

        return hold.Keeps(id, kinds);
    }

    /// <summary>Under the lock.</summary>
    ObjectHold Hold() => _hold ??= _guard.Enter();

    bool IsPending(ContentHash id, EntryKinds kinds) => kinds switch
    {
        EntryKinds.Object => _pending.Contains((id, EntryKind.Blob)) || _pending.Contains((id, EntryKind.Recipe)),
        EntryKinds.Bytes => _pending.Contains((id, EntryKind.Blob)) || _pending.Contains((id, EntryKind.Chunk)),
        _ => _pending.Contains((id, EntryKind.Node)),
    };

    /// <param name="id">The entry's id.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="sameAs">Which kinds would do as well.</param>
    /// <param name="bytes">The raw bytes.</param>
    /// <param name="place">Where they lie, when they may be written from there.</param>
    void Encode(
        ContentHash id, EntryKind kind, EntryKinds sameAs, ReadOnlySpan<byte> bytes,
        ReadOnlyMemory<byte> place = default)
    {
        var codec = _codecs.Take();
        byte[]? rented = null;
        try
        {
            var stored = codec.TryCompress(bytes, out rented);
            if (rented is null && place.Length >= DirectMin && _packs.Cipher is null)
                AppendDirectly(id, kind, sameAs, place);
            else if (rented is null)
                Append(id, kind, sameAs, EntryCodec.Raw, bytes, bytes.Length);
            else
                Append(id, kind, sameAs, EntryCodec.Zstd, stored, bytes.Length);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
            _codecs.Return(codec);
        }
    }

    /// <summary>Adds an entry that another store or a remote has, as it is stored there; the caller has proved
    /// it.</summary>
    internal void PutStored(PackEntry entry, ReadOnlySpan<byte> payload)
    {
        ThrowIfClosed();
        var sameAs = entry.Kind switch
        {
            EntryKind.Chunk => EntryKinds.Bytes,
            EntryKind.Node => EntryKinds.Node,
            _ => EntryKinds.Object,
        };
        ObjectHold hold;
        lock (_lock)
            hold = Hold();
        if (!hold.IsHere(entry.Id, sameAs))
            AppendStored(entry.Id, entry.Kind, sameAs, entry.Codec, payload, entry.RawLength);
    }

    void Append(
        ContentHash id, EntryKind kind, EntryKinds sameAs, EntryCodec codec, ReadOnlySpan<byte> payload, int rawLength)
    {
        if (_packs.Cipher is not { } cipher)
        {
            AppendStored(id, kind, sameAs, codec, payload, rawLength);
            return;
        }

        var length = payload.Length + EntryCipher.Overhead;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var stored = rented.AsSpan(0, length);
            cipher.Encrypt(new PackEntry(id, kind, codec, 0, length, rawLength), payload, stored);
            AppendStored(id, kind, sameAs, codec | EntryCodec.Encrypted, stored, rawLength);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    void AppendStored(
        ContentHash id, EntryKind kind, EntryKinds sameAs, EntryCodec codec, ReadOnlySpan<byte> payload, int rawLength)
    {
        var crc = EntryPayload.ChecksumOf(kind, codec, payload);
        lock (_lock)
        {
            // Another thread may have put the same meanwhile.
            if (IsPending(id, sameAs))
                return;
            Reserve(PackEntry.HeaderSize + payload.Length);
            var entry = new PackEntry(id, kind, codec, NextOffset, payload.Length, rawLength);
            WriteHeader(entry, crc);
            payload.CopyTo(_buffer.AsSpan(_used + PackEntry.HeaderSize));
            _used += PackEntry.HeaderSize + payload.Length;
            Add(entry);
        }
    }

    /// <summary>Adds a large payload that is stored as it is, without a copy of it once there is a pack to write to.
    /// </summary>
    void AppendDirectly(ContentHash id, EntryKind kind, EntryKinds sameAs, ReadOnlyMemory<byte> payload)
    {
        var crc = EntryPayload.ChecksumOf(kind, EntryCodec.Raw, payload.Span);
        lock (_lock)
        {
            if (IsPending(id, sameAs))
                return;
            // What is before it in the buffer goes with it.
            Reserve(PackEntry.HeaderSize + (_writer is null ? payload.Length : 0));
            var entry = new PackEntry(id, kind, EntryCodec.Raw, NextOffset, payload.Length, payload.Length);
            WriteHeader(entry, crc);
            if (_writer is null)
            {
                payload.Span.CopyTo(_buffer.AsSpan(_used + PackEntry.HeaderSize));
                _used += PackEntry.HeaderSize + payload.Length;
                Add(entry);
                return;
            }

            // A write that fails leaves the batch as it was.
            _writer.Append(_buffer.AsMemory(0, _used + PackEntry.HeaderSize), payload);
            _used = 0;
            Add(entry);
            if (_writer.End >= PackFolder.SizeTarget)
                BeginNextPack();
        }
    }

    long NextOffset => (_writer?.End ?? 0) + _used;

    void WriteHeader(PackEntry entry, uint crc)
    {
        var shown = _packs.Cipher is { } cipher ? entry with { Id = cipher.Hide(entry.Id) } : entry;
        shown.WriteHeader(_buffer.AsSpan(_used), crc);
    }

    void Add(PackEntry entry)
    {
        _entries.Add(entry);
        _pending.Add((entry.Id, entry.Kind));
        if (entry.IsObject)
            _count++;
    }

    /// <summary>Makes room in the buffer.</summary>
    void Reserve(int size)
    {
        if (_used + size <= _buffer.Length)
            return;
        if (_writer is null && _used + size <= BufferSize)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(BufferSize, Math.Max(64 * 1024, (_used + size) * 2)));
            _buffer.AsSpan(0, _used).CopyTo(larger);
            var used = _used;
            ReturnBuffer();
            (_buffer, _used) = (larger, used);
            return;
        }

        Flush();
        if (_writer!.End >= PackFolder.SizeTarget)
            BeginNextPack();
        if (_buffer.Length < size)
        {
            ReturnBuffer();
            _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(BufferSize, size));
        }
    }

    /// <summary>Writes the buffer to a pack that is this batch's alone.</summary>
    void Flush()
    {
        if (_writer is null)
        {
            _writer = _packs.Writers.Take();
            var begin = _writer.End;
            for (var i = 0; i < _entries.Count; i++)
                _entries[i] = _entries[i] with { Offset = begin + _entries[i].Offset };
        }

        _writer.Append(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    /// <summary>Makes a full pack durable on another thread, at most one at a time.</summary>
    void BeginNextPack()
    {
        WaitForFull();
        var (writer, entries) = (_writer!, _entries);
        (_writer, _entries) = (null, []);
        _full = Task.Run(() =>
        {
            try
            {
                writer.Commit(entries);
                _packs.Refresh(writer.Path);
            }
            finally
            {
                _packs.Writers.Return(writer);
            }
        });
        _writer = _packs.Writers.Take();
    }

    void WaitForFull()
    {
#pragma warning disable VSTHRD002 // Throws what the other thread met; it waits for the disk only.
        _full.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    void ReturnBuffer()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _used = 0;
    }

    void ThrowIfClosed()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_isCommitted)
            throw new InvalidOperationException("The batch is committed; begin another one.");
    }
}
