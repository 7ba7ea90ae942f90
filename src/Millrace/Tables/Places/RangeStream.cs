using Millrace.Objects;
using Millrace.Objects.Backends;

namespace Millrace.Tables.Places;

/// <summary>Reads one content of a large file of a bucket from its start, a range at a time.</summary>
sealed class RangeStream(S3TablePlace place, BackendFile file) : ForwardStream
{
    readonly byte[] _buffer = new byte[S3Backend.PartSize];
    long _position;
    int _used;
    int _next;

    public override long Length => file.SizeBytes;

    protected override long HandedOut => _position;

    public override int Read(Span<byte> buffer)
    {
        if (_next == _used)
        {
            if (_position >= file.SizeBytes)
            {
                return 0;
            }

            _used = place.Read(file.Name, file.Tag, _position, _buffer);
            _next = 0;
        }

        var count = Math.Min(buffer.Length, _used - _next);
        _buffer.AsSpan(_next, count).CopyTo(buffer);
        _next += count;
        _position += count;
        return count;
    }
}
