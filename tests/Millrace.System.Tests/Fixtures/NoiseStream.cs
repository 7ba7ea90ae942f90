using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Millrace.SystemTests.Fixtures;

/// <summary>Bytes that no chunk repeats, made while they are read, and their MD5.</summary>
/// <param name="seed">Another one gives other bytes; 0 gives zeros.</param>
/// <param name="length">The bytes in number.</param>
sealed class NoiseStream(ulong seed, long length) : Stream
{
    // Of xorshift64* (Vigna 2016).
    const ulong Factor = 0x2545_F491_4F6C_DD1D;

#pragma warning disable CA5351 // ETags are MD5 by the protocol.
    readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
    ulong _state = seed * 0x9E37_79B9_7F4A_7C15;
    long _position;
    string? _etag;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>The ETag of what was read, in quotes; also when the stream is closed.</summary>
    public string ETag => _etag ?? $"\"{Convert.ToHexStringLower(_md5.GetCurrentHash())}\"";

    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, length - _position);
        var part = buffer[..count];
        for (var rest = part; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
            BinaryPrimitives.WriteUInt64LittleEndian(rest, Next());
        part[(count / sizeof(ulong) * sizeof(ulong))..].Fill((byte)_state);
        _md5.AppendData(part);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _etag is null)
        {
            _etag = ETag;
            _md5.Dispose();
        }

        base.Dispose(disposing);
    }

    ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * Factor;
    }
}
