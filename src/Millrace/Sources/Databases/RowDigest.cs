using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Millrace.Sources.Databases;

/// <summary>The SHA-256 of values, each behind its type and length, so that no two lists of them look alike.</summary>
sealed class RowDigest : IDisposable
{
    const int BufferSize = 1 << 16;
    const int HeadSize = 9;

    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly byte[] _buffer = new byte[BufferSize];
    int _used;

    /// <summary>Bytes that were added.</summary>
    public long Count { get; private set; }

    public void Add(byte type, long value)
    {
        var place = Reserve(HeadSize);
        place[0] = type;
        BinaryPrimitives.WriteInt64LittleEndian(place[1..], value);
    }

    public void Add(byte type, ReadOnlySpan<byte> value)
    {
        Add(type, value.Length);
        Count += value.Length;
        if (value.Length > BufferSize - _used)
        {
            Flush();
        }

        if (value.Length > BufferSize)
        {
            _hash.AppendData(value);
            return;
        }

        value.CopyTo(_buffer.AsSpan(_used));
        _used += value.Length;
    }

    public string Finish()
    {
        Flush();
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    Span<byte> Reserve(int size)
    {
        if (_used + size > BufferSize)
        {
            Flush();
        }

        _used += size;
        Count += size;
        return _buffer.AsSpan(_used - size, size);
    }

    void Flush()
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
