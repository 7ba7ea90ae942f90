using Millrace.Objects;

namespace Millrace.Buckets;

/// <summary>Objects that follow each other, read as one, once and forward; those outside the range are not
/// opened.</summary>
sealed class PartsStream : Stream
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

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position
    {
        get => Length - _left;
        set => throw new NotSupportedException();
    }

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

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads at once, as the parts do.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<int>(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        while (_left > 0 && TryOpen())
        {
            _left -= _open!.Length - _open.Position;
            await _open.CopyToAsync(destination, bufferSize, cancellationToken).ConfigureAwait(false);
            ClosePart();
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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
