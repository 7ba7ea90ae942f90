using Millrace.Objects;

namespace Millrace.Sources.Loading;

/// <summary>A stream that may have so many bytes and no more.</summary>
sealed class LimitedStream(Stream source, long limit, Func<Exception> tooMany) : ForwardStream
{
    long _count;

    protected override long HandedOut => _count;

    public override int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer);
        _count += read;
        return _count <= limit ? read : throw tooMany();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
