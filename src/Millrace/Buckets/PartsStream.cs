using Millrace.Objects;

namespace Millrace.Buckets;

/// <summary>Objects that follow each other, read as one, once and forward; those outside the range are not
/// opened.</summary>
sealed class PartsStream : ForwardStream
{
    readonly ObjectStore _objects;
    readonly IReadOnlyList<BodyPart> _parts;
    Stream? _open;
    int _index;
    long _skip;
    long _left;

    public PartsStream(ObjectStore objects, IReadOnlyList<BodyPart> parts, long offset, long length)
    {
        _objects = objects;
        _parts = parts;
        _skip = offset;
        _left = length;
        Length = length;
    }

    public override long Length { get; }

    protected override long HandedOut => Length - _left;

    public override int Read(Span<byte> buffer)
    {
        while (_left > 0 && buffer.Length > 0 && TryOpen())
        {
            var count = _open!.Read(buffer);
            if (count > 0)
            {
                _left -= count;
                return count;
            }

            ClosePart();
        }

        return 0;
    }

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        while (_left > 0 && TryOpen())
        {
            _left -= _open!.Length - _open.Position;
            await _open.CopyToAsync(destination, bufferSize, cancellationToken).ConfigureAwait(false);
            ClosePart();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            ClosePart();
        base.Dispose(disposing);
    }

    bool TryOpen()
    {
        while (_open is null && _index < _parts.Count)
        {
            var part = _parts[_index++];
            if (part.SizeBytes <= _skip)
            {
                _skip -= part.SizeBytes;
                continue;
            }

            _open = _objects.OpenRead(part.Hash, _skip, Math.Min(_left, part.SizeBytes - _skip));
            _skip = 0;
        }

        return _open is not null;
    }

    void ClosePart()
    {
        _open?.Dispose();
        _open = null;
    }
}
