using System.Buffers;
using Millrace.Objects.Backends;

namespace Millrace.Versions.Dvc;

/// <summary>An object of a DVC remote on S3, a window with each request. Its length is not known before its end; that
/// it is one content is seen by its MD5.</summary>
/// <param name="backend">The service; not disposed.</param>
/// <param name="key">The object.</param>
/// <param name="window">A rented buffer that has its beginning; returned with this.</param>
/// <param name="count">Bytes of the beginning; fewer than a window are all.</param>
sealed class DvcServiceStream(S3Backend backend, string key, byte[] window, int count) : Stream
{
    public const int WindowSize = 4 << 20;

    byte[]? _window = window;
    int _count = count;
    int _from;
    long _end = count;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _end - _count + _from;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_window is null, this);
        if (_from == _count && _count == WindowSize)
        {
            (_from, _count) = (0, await backend.ReadAsync(
                key, _end, _window.AsMemory(0, WindowSize), cancellationToken).ConfigureAwait(false));
            _end += _count;
        }

        var given = Math.Min(buffer.Length, _count - _from);
        _window.AsMemory(_from, given).CopyTo(buffer);
        _from += given;
        return given;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("It is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _window is { } rented)
        {
            _window = null;
            ArrayPool<byte>.Shared.Return(rented);
        }

        base.Dispose(disposing);
    }
}
