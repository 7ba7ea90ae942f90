using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Millrace.App.Buckets.Operations;

/// <summary>Sends a body: it is read into the memory that the socket sends from, and while one block is on its way the
/// next is read and verified on another thread. A few blocks of memory, whatever the length.</summary>
static class BodyCopy
{
    /// <summary>What is sent at once. A part of a block is left empty where the next chunk does not fit.</summary>
    const int BlockSize = 256 * 1024;

    /// <summary>Of an object; smaller room would have it copied.</summary>
    const int ChunkSizeMax = 128 * 1024;

    /// <param name="source">Read to its end. What it throws before the first block is there leaves the answer
    /// open.</param>
    /// <param name="http">Where it goes.</param>
    /// <param name="blockTimeout">How long the client may take for each block.</param>
    /// <param name="length">The bytes in number.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BadHttpRequestException">408: the client takes the bytes too slowly.</exception>
    public static async Task RunAsync(
        Stream source, HttpContext http, TimeSpan blockTimeout, long length, CancellationToken cancellationToken)
    {
        // The server's own clock does not count bytes that are written in place.
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        var writer = http.Response.BodyWriter;
        while (length > 0)
        {
            var block = writer.GetMemory((int)Math.Min(length, BlockSize));
            var count = await FillAsync(source, block, length, cancellationToken).ConfigureAwait(false);
            if (count == 0)
                throw new EndOfStreamException($"{length} bytes of the body are missing.");
            writer.Advance(count);
            length -= count;
            if (!await FlushAsync(writer, blockTimeout, cancellationToken).ConfigureAwait(false))
                return;
        }
    }

    static async ValueTask<int> FillAsync(
        Stream source, Memory<byte> block, long length, CancellationToken cancellationToken)
    {
        var used = 0;
        int count;
        do
        {
            count = await source.ReadAsync(block[used..], cancellationToken).ConfigureAwait(false);
            used += count;
        }
        while (count > 0 && used < length && block.Length - used >= ChunkSizeMax);
        return used;
    }

    /// <returns>Whether somebody still reads.</returns>
    static async ValueTask<bool> FlushAsync(
        PipeWriter writer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var flush = writer.FlushAsync(cancellationToken);
        if (flush.IsCompletedSuccessfully)
            return !flush.Result.IsCompleted;
        try
        {
            var result = await flush.AsTask().WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            return !result.IsCompleted;
        }
        catch (TimeoutException)
        {
            throw new BadHttpRequestException(
                "The client took no bytes of the body for too long.", StatusCodes.Status408RequestTimeout);
        }
    }
}
