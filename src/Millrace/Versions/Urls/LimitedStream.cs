using Millrace.Objects;

namespace Millrace.Versions.Urls;

/// <summary>A stream of which no more than a limit is read: one byte more is an error.</summary>
sealed class LimitedStream(
    Stream source, long limit, string name, IProgress<long>? progress = null) : ForwardStream
{
    /// <summary>Bytes so far.</summary>
    public long Count { get; private set; }

    protected override long HandedOut => Count;

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

    int Counted(int count)
    {
        Count += count;
        progress?.Report(count);
        return Count <= limit ? count : throw new MillraceException(
            ErrorKind.Invalid, "source-large", $"'{name}' has more than {limit} bytes.",
            "When that is meant, allow more with '--max-size'.");
    }
}
