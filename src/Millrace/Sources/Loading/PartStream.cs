using Millrace.Objects;

namespace Millrace.Sources.Loading;

/// <summary>So many bytes of another stream, from where it stands.</summary>
sealed class PartStream(Stream source, long length) : ForwardStream
{
    long _left = length;

    public override long Length => length;

    protected override long HandedOut => length - _left;

    public override int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= read;
        return read;
    }
}
