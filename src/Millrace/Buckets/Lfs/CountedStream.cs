using Millrace.Objects;

namespace Millrace.Buckets.Lfs;

/// <summary>Counts what is read and ends what is too long.</summary>
sealed class CountedStream(Stream inner, long sizeMax) : ForwardStream
{
    long _position;

    protected override long HandedOut => _position;

    public override int Read(Span<byte> buffer) => Count(inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    int Count(int count)
    {
        _position += count;
        return _position <= sizeMax ? count : throw new LfsException(413, $"No object has more than {sizeMax} bytes.");
    }
}
