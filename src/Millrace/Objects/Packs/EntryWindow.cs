using System.Buffers;

namespace Millrace.Objects.Packs;

/// <summary>A stretch of a pack in memory, for small objects that lie close to each other: one read(2) serves many.
/// For one thread.</summary>
/// <remarks>It hands out only what its checksum, its tag or its id proves. What it does not have, or what is damaged,
/// is read by <see cref="EntryReader"/>, which also looks for other copies and tells what is wrong.</remarks>
sealed class EntryWindow(CodecPool codecs, EntryCipher? cipher) : IDisposable
{
    /// <summary>The longest stretch.</summary>
    public const int SizeMax = 256 << 10;

    /// <summary>Bytes between two entries that are rather read than stepped over.</summary>
    public const int GapMax = 16 << 10;

    byte[] _stored = [];
    byte[] _raw = [];
    LoadedPack? _pack;
    long _begin;
    int _count;

    /// <summary>Whether an entry would lie in the stretch.</summary>
    public bool Has(PackLocation location) => ReferenceEquals(location.Pack, _pack)
        && location.Entry.Offset >= _begin && location.Entry.End <= _begin + _count;

    /// <summary>Reads a stretch; when that fails it is empty.</summary>
    /// <param name="first">The entry with which it begins.</param>
    /// <param name="end">Where its last entry ends.</param>
    public void Load(PackLocation first, long end)
    {
        (_pack, _begin, _count) = (null, first.Entry.Offset, 0);
        var length = (int)Math.Min(end - _begin, SizeMax);
        if (_stored.Length < length)
        {
            Return(ref _stored);
            _stored = ArrayPool<byte>.Shared.Rent(length);
        }

        try
        {
            _count = first.Pack.Read(_stored.AsSpan(0, length), _begin);
            _pack = first.Pack;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A sweep replaced the pack, or the disk fails: the other way tells which.
        }
    }

    /// <summary>The raw bytes of a blob or chunk, proved; they are there until the next call.</summary>
    /// <returns>False when the stretch does not have it as it should be.</returns>
    public bool TryRead(PackLocation location, out ReadOnlySpan<byte> raw)
    {
        raw = default;
        var entry = location.Entry;
        if (!Has(location) || entry.Kind is not (EntryKind.Blob or EntryKind.Chunk))
            return false;
        var header = _stored.AsSpan((int)(entry.Offset - _begin), PackEntry.HeaderSize);
        var stored = _stored.AsSpan(
            (int)(entry.Offset - _begin) + PackEntry.HeaderSize, entry.StoredLength);
        if (entry.Codec == EntryCodec.Raw && cipher is null)
        {
            raw = stored;
            return stored.Length == entry.RawLength
                && EntryPayload.IsAsWritten(entry, header, stored, stored, cipher);
        }

        if (_raw.Length < entry.RawLength)
        {
            Return(ref _raw);
            _raw = ArrayPool<byte>.Shared.Rent(entry.RawLength);
        }

        var target = _raw.AsSpan(0, entry.RawLength);
        var codec = codecs.Take();
        try
        {
            if (!EntryPayload.TryDecode(entry, stored, target, codec, cipher))
                return false;
        }
        finally
        {
            codecs.Return(codec);
        }

        raw = target;
        return EntryPayload.IsAsWritten(entry, header, stored, target, cipher);
    }

    public void Dispose()
    {
        (_pack, _count) = (null, 0);
        Return(ref _stored);
        Return(ref _raw);
    }

    static void Return(ref byte[] buffer)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }
}
