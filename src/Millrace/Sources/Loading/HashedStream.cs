using System.Security.Cryptography;

namespace Millrace.Sources.Loading;

/// <summary>A stream whose bytes are hashed and counted as they are read.</summary>
sealed class HashedStream(Stream source) : Stream
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    byte[] _ahead = [];

    /// <summary>Bytes that were read.</summary>
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The first bytes, which are read again afterwards.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        var bytes = new byte[count];
        _ahead = bytes[..source.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
        return _ahead;
    }

    /// <summary>SHA-256 of all that was read, as hex digits.</summary>
    public string Hash() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

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

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
