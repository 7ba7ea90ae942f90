using Millrace.Objects;

namespace Millrace.Sources.Loading;

/// <summary>Reads a stream that can only be waited for, for who reads on a thread of its own.</summary>
sealed class BlockingStream(Stream source) : ForwardStream
{
    byte[] _buffer = [];
    long _position;

    protected override long HandedOut => _position;

    public override int Read(Span<byte> buffer)
    {
        if (_buffer.Length < buffer.Length)
        {
            _buffer = new byte[buffer.Length];
        }

#pragma warning disable VSTHRD002 // That is what it is for.
        var read = source.ReadAsync(_buffer.AsMemory(0, buffer.Length)).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        _buffer.AsSpan(0, read).CopyTo(buffer);
        _position += read;
        return read;
    }
}
