using System.Security.Cryptography;

namespace Millrace.Objects;

/// <summary>Reads an object once, forward, and hashes what it hands out. The bytes that reach the object's end are
/// handed out only if the hash is right.</summary>
sealed class VerifiedStream : Stream
{
    const int BufferSize = 64 * 1024;

    readonly ObjectLayout _layout;
    readonly ContentHash _hash;
    readonly FileStream _file;
    readonly IncrementalHash _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    long _position;
    bool _isVerified;

    public VerifiedStream(ObjectLayout layout, ContentHash hash)
    {
        _layout = layout;
        _hash = hash;
        try
        {
            _file = new FileStream(layout.PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            _sha.Dispose();
            throw layout.Missing(hash, exception);
        }
        Length = _file.Length;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var count = _file.Read(buffer);
        Check(buffer[..count], buffer.Length);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Check(buffer.Span[..count], buffer.Length);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _sha.Dispose();
        }
        base.Dispose(disposing);
    }

    void Check(ReadOnlySpan<byte> bytes, int asked)
    {
        _sha.AppendData(bytes);
        _position += bytes.Length;
        // Many readers stop at the known length and never see an empty read, so the last bytes count as the end too.
        var isEnd = _position >= Length || (bytes.IsEmpty && asked > 0);
        if (!isEnd || _isVerified)
            return;
        var actual = ContentHash.OfFinished(_sha);
        if (actual != _hash)
            throw _layout.Damaged(_hash, actual, _position);
        _isVerified = true;
    }
}
