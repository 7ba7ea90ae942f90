using System.Buffers;

namespace Millrace.App.Buckets.Operations;

/// <summary>Sends a body: while one block is on its way, the next is read and verified on another thread. Two blocks of
/// memory, whatever the length.</summary>
static class BodyCopy
{
    const int BlockSize = 1 << 20;

    /// <param name="source">Read to its end.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="length">The bytes in number.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(Stream source, Stream target, long length, CancellationToken cancellationToken)
    {
        if (length <= BlockSize)
        {
            await source.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
            return;
        }

        var sent = ArrayPool<byte>.Shared.Rent(BlockSize);
        var read = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            var count = await ReadAsync(source, sent, cancellationToken).ConfigureAwait(false);
            while (count > 0)
            {
                var into = read;
                var reading = Task.Run(() => ReadAsync(source, into, cancellationToken), CancellationToken.None);
                try
                {
                    await target.WriteAsync(sent.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    // Also when the client is gone: the block is still being filled.
                    await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                count = await reading.ConfigureAwait(false);
                (sent, read) = (read, sent);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sent);
            ArrayPool<byte>.Shared.Return(read);
        }
    }

    static async Task<int> ReadAsync(Stream source, byte[] block, CancellationToken cancellationToken) =>
        await source.ReadAtLeastAsync(
            block.AsMemory(0, BlockSize), BlockSize, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
}
