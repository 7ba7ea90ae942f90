namespace Millrace.Tests.BucketsRoom;

/// <summary>Zeros, and then a failure, as a connection that breaks off.</summary>
sealed class BrokenStream(int length) : Stream
{
    int _left = length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_left == 0)
            throw new IOException("The connection broke off.");
        var given = Math.Min(count, _left);
        buffer.AsSpan(offset, given).Clear();
        _left -= given;
        return given;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
