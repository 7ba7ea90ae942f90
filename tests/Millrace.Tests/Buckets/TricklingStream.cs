namespace Millrace.Tests.BucketsRoom;

/// <summary>Gives at most some bytes at a time, as a network does.</summary>
sealed class TricklingStream(byte[] bytes, int most) : MemoryStream(bytes, writable: false)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span[..Math.Min(most, buffer.Length)]));
}
