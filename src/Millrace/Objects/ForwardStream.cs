namespace Millrace.Objects;

/// <summary>A stream that is read once, from its beginning to its end; it says what it cannot do. For one
/// reader.</summary>
/// <remarks>A subclass reads with or without waiting, or both: <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>
/// reads at once where only <see cref="Read(Span{byte})"/> is there.</remarks>
public abstract class ForwardStream : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => false;

    /// <summary>Not known, unless a subclass says.</summary>
    public override long Length => throw new NotSupportedException("The length is not known before the end.");

    /// <summary>How many bytes were handed out; it cannot be set.</summary>
    public sealed override long Position
    {
        get => HandedOut;
        set => throw new NotSupportedException("It is read forward only.");
    }

    /// <summary>How many bytes were handed out; kept by the subclass.</summary>
    protected abstract long HandedOut { get; }

    public override int Read(Span<byte> buffer) => throw new NotSupportedException("It is read asynchronously.");

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<int>(Read(buffer.Span));
    }

    public sealed override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public sealed override void Flush()
    {
        // Nothing is written.
    }

    public sealed override long Seek(long offset, SeekOrigin origin) =>
        throw new NotSupportedException("It is read forward only.");

    public sealed override void SetLength(long value) => throw new NotSupportedException("It is only read.");

    public sealed override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("It is only read.");
}
