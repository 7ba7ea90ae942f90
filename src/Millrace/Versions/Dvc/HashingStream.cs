using Millrace.Objects;

namespace Millrace.Versions.Dvc;

/// <summary>Hands on what it reads and gives it to a hasher too, so that content is read once.</summary>
sealed class HashingStream(Stream inner, DvcHasher hasher) : ForwardStream
{
    long _position;

    protected override long HandedOut => _position;

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        Take(buffer[..count]);
        return count;
    }

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Take(buffer.Span[..count]);
        return count;
    }

    void Take(ReadOnlySpan<byte> bytes)
    {
        hasher.Append(bytes);
        _position += bytes.Length;
    }
}
