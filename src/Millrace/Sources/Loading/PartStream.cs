using Millrace.Objects;

namespace Millrace.Sources.Loading;

/// <summary>So many bytes of another stream, from where it stands.</summary>
sealed class PartStream(Stream source, long length) : ForwardStream
{
    long _handedOut;

    public override long Length => length;

    protected override long HandedOut => _handedOut;

    public override int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer[..(int)Math.Min(buffer.Length, length - _handedOut)]);
        _handedOut += read;
        return read;
    }
}
