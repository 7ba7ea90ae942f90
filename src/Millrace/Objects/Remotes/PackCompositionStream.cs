using System.Buffers.Binary;
using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>The bytes of a composed pack, forward, once. Each entry is proved before any of its bytes are handed
/// out.</summary>
/// <param name="composition">What to read.</param>
/// <param name="packs">The store's: a pack that was swept meanwhile is looked for again.</param>
/// <param name="codecs">The store's.</param>
sealed class PackCompositionStream(PackComposition composition, PackSet packs, CodecPool codecs) : ForwardStream
{
    const int BufferSize = 1 << 20;

    byte[] _buffer = new byte[BufferSize];
    int _used;
    int _next;
    int _entryIndex;
    long _begin;
    long _position;
    bool _hasHeader;
    bool _hasCommit;

    public override long Length => composition.Pack.Length;

    protected override long HandedOut => _position;

    public override int Read(Span<byte> buffer)
    {
        if (_next == _used)
            Fill();
        var count = Math.Min(buffer.Length, _used - _next);
        _buffer.AsSpan(_next, count).CopyTo(buffer);
        _next += count;
        _position += count;
        return count;
    }

    void Fill()
    {
        (_next, _used) = (0, 0);
        if (!_hasHeader)
        {
            PackFolder.WriteHeader(_buffer, packs.Cipher);
            _used = PackFolder.HeaderSize;
            for (var i = 0; i < composition.LeadCount; i++, _used += PackEntry.HeaderSize)
                WriteCommit(_buffer.AsSpan(_used, PackEntry.HeaderSize), _used, _used, 0);
            _begin = _used;
            _hasHeader = true;
        }

        var codec = codecs.Take();
        try
        {
            while (_entryIndex < composition.Sources.Count)
            {
                var size = PackEntry.HeaderSize + composition.Sources[_entryIndex].Entry.StoredLength;
                if (_used > 0 && _used + size > _buffer.Length)
                    return;
                if (size > _buffer.Length)
                    _buffer = new byte[size];
                Take(_buffer.AsSpan(_used, size), codec);
                _used += size;
                _entryIndex++;
            }
        }
        finally
        {
            codecs.Return(codec);
        }

        if (!_hasCommit && _used + PackEntry.HeaderSize <= _buffer.Length)
        {
            WriteCommit(
                _buffer.AsSpan(_used, PackEntry.HeaderSize), _begin, composition.CommitAt, composition.Entries.Count);
            _used += PackEntry.HeaderSize;
            _hasCommit = true;
        }
    }

    void Take(Span<byte> target, PayloadCodec codec)
    {
        var source = composition.Sources[_entryIndex];
        if (!TryRead(source, target))
        {
            packs.Refresh();
            var kinds = (EntryKinds)(1 << (int)source.Entry.Kind);
            if (!packs.TryFind(source.Entry.Id, kinds, out var moved) || !TryRead(moved, target)
                || moved.Entry with { Offset = source.Entry.Offset } != source.Entry)
            {
                throw new EntryDamagedException(source);
            }

            source = moved;
        }

        if (!EntryPayload.IsWhole(source.Entry, target, codec, packs.Cipher, out _))
            throw new EntryDamagedException(source);
    }

    static bool TryRead(PackLocation source, Span<byte> target)
    {
        try
        {
            return source.Pack.Read(target, source.Entry.Offset) == target.Length;
        }
        catch (Exception exception) when (exception is FileNotFoundException or ObjectDisposedException)
        {
            return false;
        }
    }

    static void WriteCommit(Span<byte> target, long begin, long at, int count)
    {
        Span<byte> id = stackalloc byte[ContentHash.Size];
        id.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(id, begin);
        new PackEntry(new ContentHash(id), EntryKind.Commit, EntryCodec.Raw, at, 0, count).WriteHeader(target, 0);
    }
}
