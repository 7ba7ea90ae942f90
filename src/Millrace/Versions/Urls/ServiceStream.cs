using Millrace.Objects;
using Millrace.Objects.Backends;

namespace Millrace.Versions.Urls;

/// <summary>One content of a file of a service from its beginning to its end, some MiB with each request. When the file
/// gets another content meanwhile, reading on is the error <c>source-changed</c>.</summary>
/// <param name="backend">The service; disposed with this.</param>
/// <param name="name">The file.</param>
/// <param name="length">Its bytes.</param>
/// <param name="tag">Tells the content apart; null when the service gave nothing.</param>
sealed class ServiceStream(S3Backend backend, string name, long length, string? tag) : ForwardStream
{
    const int WindowSize = 8 << 20;

    readonly byte[] _window = new byte[(int)Math.Min(WindowSize, Math.Max(1, length))];
    long _position;
    int _from;
    int _count;

    public override long Length => length;

    protected override long HandedOut => _position;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_from == _count)
        {
            var wanted = (int)Math.Min(_window.Length, length - _position);
            _from = 0;
            _count = wanted == 0 ? 0 : await backend.ReadAsync(
                name, tag, _position, _window.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
        }

        var count = Math.Min(buffer.Length, _count - _from);
        _window.AsMemory(_from, count).CopyTo(buffer);
        _from += count;
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            backend.Dispose();
        base.Dispose(disposing);
    }
}
