using Millrace.Objects;

namespace Millrace.App.Buckets.Operations;

/// <summary>Reads a stream up to a number of bytes; one more is refused.</summary>
sealed class LengthLimitStream(Stream source, long max) : ForwardStream
{
    long _total;

    protected override long HandedOut => _total;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _total += count;
        return _total <= max
            ? count
            : throw new S3Exception(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
    }
}
