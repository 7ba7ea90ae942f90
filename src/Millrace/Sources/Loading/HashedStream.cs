using System.Security.Cryptography;
using Millrace.Objects;

namespace Millrace.Sources.Loading;

/// <summary>A stream whose bytes are hashed and counted as they are read.</summary>
sealed class HashedStream(Stream source) : ForwardStream
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    byte[] _ahead = [];

    /// <summary>Bytes that were read.</summary>
    public long Count { get; private set; }

    protected override long HandedOut => Count;

    /// <summary>The first bytes, which are read again afterwards.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        var bytes = new byte[count];
        _ahead = bytes[..source.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
        return _ahead;
    }

    /// <summary>SHA-256 of all that was read, as hex digits.</summary>
    public string Hash() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_ahead.Length > 0)
        {
            read = Math.Min(_ahead.Length, buffer.Length);
            _ahead.AsSpan(0, read).CopyTo(buffer);
            _ahead = _ahead[read..];
        }
        else
        {
            read = source.Read(buffer);
        }

        _hash.AppendData(buffer[..read]);
        Count += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
