using System.Buffers;
using Millrace.Objects.Packs;

namespace Millrace.Objects;

/// <summary>Reads a part of an object once, forward. Each chunk is proved before any of its bytes are handed out, by
/// its checksum or its hash.</summary>
/// <remarks>Also asynchronously it reads at once: packs are read from the page cache or a local disk, for which Linux
/// has no read that does not block.</remarks>
sealed class ObjectStream : ForwardStream
{
    readonly EntryReader _reader;
    readonly ContentHash _hash;
    readonly Recipe? _recipe;
    readonly long _begin;
    byte[] _buffer = [];
    int _used;
    int _next;
    long _position;
    int _partIndex;
    Recipe? _node;
    int _chunkIndex;
    long _skip;

    /// <param name="reader">The store's.</param>
    /// <param name="hash">The object.</param>
    /// <param name="offset">The first byte to read.</param>
    /// <param name="length">How many bytes to read; what lies beyond the end is not counted. Null for all.</param>
    public ObjectStream(EntryReader reader, ContentHash hash, long offset, long? length)
    {
        _reader = reader;
        _hash = hash;
        var location = reader.Find(hash, EntryKinds.Object);
        long total;
        if (location.Entry.Kind == EntryKind.Recipe)
        {
            _recipe = reader.ReadAnyRecipe(location, hash);
            total = _recipe.Length;
        }
        else
        {
            total = location.Entry.RawLength;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        _begin = Math.Min(offset, total);
        Length = Math.Min(length ?? long.MaxValue, total - _begin);
        _skip = _begin;
        if (_recipe is null)
        {
            Rent(location.Entry.RawLength);
            _used = location.Entry.RawLength;
            reader.ReadAny(location, EntryKinds.Blob, _buffer.AsSpan(0, _used), hash);
            _next = (int)_begin;
        }
    }

    /// <summary>Bytes of the part that is read.</summary>
    public override long Length { get; }

    protected override long HandedOut => _position;

    public override int Read(Span<byte> buffer)
    {
        if (_next == _used && _position < Length)
        {
            var chunk = NextChunk();
            if (_skip == 0 && chunk.Length <= Math.Min(buffer.Length, Length - _position))
            {
                // A chunk that is wanted whole and has room needs no copy. Nothing counts as read until it is proved.
                _reader.Read(chunk.Id, EntryKinds.Bytes, buffer[..(int)chunk.Length], _hash);
                _position += chunk.Length;
                return (int)chunk.Length;
            }

            ReadChunk(chunk);
        }

        var ready = Peek();
        var count = Math.Min(ready.Length, buffer.Length);
        ready[..count].CopyTo(buffer);
        Consume(count);
        return count;
    }

    public override void CopyTo(Stream destination, int bufferSize)
    {
        for (var ready = Peek(); !ready.IsEmpty; ready = Peek())
        {
            destination.Write(ready);
            Consume(ready.Length);
        }
    }

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        while (!Peek().IsEmpty)
        {
            var count = ReadyCount();
            await destination.WriteAsync(_buffer.AsMemory(_next, count), cancellationToken).ConfigureAwait(false);
            Consume(count);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            (_used, _next) = (0, 0);
        }

        base.Dispose(disposing);
    }

    /// <summary>The bytes that are read and verified and come next; empty at the end.</summary>
    internal ReadOnlySpan<byte> Peek()
    {
        while (_next == _used && _position < Length)
            ReadChunk(NextChunk());
        return _buffer.AsSpan(_next, ReadyCount());
    }

    internal void Consume(int count)
    {
        _next += count;
        _position += count;
    }

    int ReadyCount() => (int)Math.Min(_used - _next, Length - _position);

    void ReadChunk(RecipePart chunk)
    {
        Rent((int)chunk.Length);
        _reader.Read(chunk.Id, EntryKinds.Bytes, _buffer.AsSpan(0, (int)chunk.Length), _hash);
        _used = (int)chunk.Length;
        _next = (int)_skip;
        _skip = 0;
    }

    /// <summary>The next chunk with a byte that is wanted; whole nodes before it are stepped over unread.</summary>
    RecipePart NextChunk()
    {
        while (true)
        {
            if (_node is null)
            {
                if (_recipe is null || _partIndex >= _recipe.Parts.Count)
                    throw _reader.Missing(_hash);
                var part = _recipe.Parts[_partIndex];
                if (part.Length <= _skip)
                {
                    _skip -= part.Length;
                    _partIndex++;
                    continue;
                }

                _partIndex++;
                if (_recipe.PartKind == EntryKind.Chunk)
                    return part;
                _node = _reader.ReadNode(part.Id, _hash);
                if (_node.Length != part.Length)
                    throw EntryReader.Damaged(_hash, _reader.Find(part.Id, EntryKinds.Node));
                _chunkIndex = 0;
            }

            if (_chunkIndex == _node.Parts.Count)
            {
                _node = null;
                continue;
            }

            var chunk = _node.Parts[_chunkIndex++];
            if (chunk.Length > _skip)
                return chunk;
            _skip -= chunk.Length;
        }
    }

    void Rent(int size)
    {
        if (_buffer.Length >= size)
            return;
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = ArrayPool<byte>.Shared.Rent(size);
    }
}
