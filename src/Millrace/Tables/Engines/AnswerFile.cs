using System.Text;

namespace Millrace.Tables.Engines;

/// <summary>Takes an answer into a file of the process's own, in constant memory, and believes it only when it is
/// whole: a server that fails in the middle writes its error into what it sends.</summary>
/// <remarks><code>
/// header  X-ClickHouse-Exception-Tag: TAG           newer servers
/// end     … __exception__ CR LF TAG CR LF text LF length SP TAG CR LF __exception__ CR LF
/// end     … Code: 241. DB::Exception: …             older servers
/// </code>A whole Parquet file ends in PAR1.</remarks>
static class AnswerFile
{
    const string TagHeader = "X-ClickHouse-Exception-Tag";
    const string Mark = "__exception__";
    const int BufferBytes = 128 * 1024;
    const int TailBytes = 64 * 1024;
    const int DiskFull = 28;

    /// <summary>Takes a Parquet file.</summary>
    /// <exception cref="MillraceException">What the server says in it, <c>engine-answer</c>, <c>disk-full</c>.
    /// </exception>
    public static async Task TakeAsync(
        string engine, HttpResponseMessage response, string path, CancellationToken cancellationToken)
    {
        var tag = response.Headers.TryGetValues(TagHeader, out var tags) ? tags.First() : null;
        var tail = await CopyAsync(response, path, cancellationToken).ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(tail);
        var isWhole = tail.AsSpan().EndsWith("PAR1"u8);
        if (tag is { Length: > 0 } && text.LastIndexOf($"{Mark}\r\n{tag}", StringComparison.Ordinal) is var at and >= 0)
        {
            throw ClickHouseError.Find(engine, text[at..].Replace(Mark, "", StringComparison.Ordinal)
                .Replace(tag, "", StringComparison.Ordinal)) ?? EngineFault.Answer(engine, "it ends in an error.");
        }

        if (!isWhole)
        {
            var start = text.LastIndexOf("Code: ", StringComparison.Ordinal);
            throw (start < 0 ? null : ClickHouseError.Find(engine, text[start..]))
                ?? EngineFault.Answer(engine, "it ends before its end.");
        }
    }

    /// <summary>Takes text that the server sends when it is whole.</summary>
    public static Task TakeTextAsync(HttpResponseMessage response, string path, CancellationToken cancellationToken) =>
        CopyAsync(response, path, cancellationToken);

    /// <returns>The last bytes.</returns>
    static async Task<byte[]> CopyAsync(
        HttpResponseMessage response, string path, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        var tail = Array.Empty<byte>();
        try
        {
            var source = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = source.ConfigureAwait(false);
            var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, useAsync: true);
            await using var __ = target.ConfigureAwait(false);
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                tail = count >= TailBytes ? buffer[(count - TailBytes)..count]
                    : [.. tail.AsSpan(Math.Max(0, tail.Length + count - TailBytes)), .. buffer.AsSpan(0, count)];
            }

            return tail;
        }
        catch (IOException exception) when ((exception.HResult & 0xFFFF) == DiskFull)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "disk-full", $"The disk filled up while an answer was taken to '{path}'.",
                "Free some space and run the same command again; nothing half-written is kept.", exception);
        }
    }
}
