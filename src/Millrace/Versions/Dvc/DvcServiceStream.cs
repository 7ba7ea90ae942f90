using System.Buffers;
using Millrace.Objects;
using Millrace.Objects.Backends;

namespace Millrace.Versions.Dvc;

/// <summary>An object of a DVC remote on S3, a window with each request. Its length is not known before its end; that
/// it is one content is seen by its MD5.</summary>
/// <param name="backend">The service; not disposed.</param>
/// <param name="key">The object.</param>
/// <param name="window">A rented buffer that has its beginning; returned with this.</param>
/// <param name="count">Bytes of the beginning; fewer than a window are all.</param>
sealed class DvcServiceStream(S3Backend backend, string key, byte[] window, int count) : ForwardStream
{
    public const int WindowSize = 4 << 20;

    byte[]? _window = window;
    int _count = count;
    int _from;
    long _end = count;

    protected override long HandedOut => _end - _count + _from;

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
