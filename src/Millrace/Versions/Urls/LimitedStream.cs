namespace Millrace.Versions.Urls;

/// <summary>A stream of which no more than a limit is read: one byte more is an error.</summary>
sealed class LimitedStream(Stream source, long limit, string name) : Stream
{
    /// <summary>Bytes so far.</summary>
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Count;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Counted(source.Read(buffer, offset, count));

    public override int Read(Span<byte> buffer) => Counted(source.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Counted(await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "source-unavailable",
                $"'{name}' ended after {Count} bytes: {exception.Message}", "Run the command again.", exception);
        }
    }

    public override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    int Counted(int count)
    {
        Count += count;
        return Count <= limit ? count : throw new MillraceException(
            ErrorKind.Invalid, "source-large", $"'{name}' has more than {limit} bytes.",
            "When that is meant, allow more with '--max-size'.");
    }
}
