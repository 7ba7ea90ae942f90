using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Millrace.Tables.Delta;

/// <summary>Reads a file of one JSON object a line, in a buffer of one line.</summary>
static class EntryLines
{
    const int FirstBufferBytes = 64 << 10;
    const int MaxLineBytes = 256 << 20;
    const byte LineFeed = (byte)'\n';

    /// <summary>Hands each line over; it may be kept only until the call returns. The call says whether more lines are
    /// wanted.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, naming file and line.</exception>
    public static void Read(ITableFiles files, string table, string path, Func<JsonElement, bool> line)
    {
        var number = 0;
        try
        {
            using var stream = files.Open(path) ?? throw new InvalidDataException("it is gone");
            var bytesSeen = Read(stream, bytes =>
            {
                number++;
                if (!Utf8.IsValid(bytes.Span))
                {
                    throw new InvalidDataException("it is no UTF-8 text");
                }

                if (bytes.Span.Trim(" \t\r"u8).IsEmpty)
                {
                    return true;
                }

                using var document = JsonDocument.Parse(bytes);
                return line(document.RootElement);
            });
            if (bytesSeen == 0)
            {
                throw new InvalidDataException("it has 0 bytes");
            }
        }
        catch (Exception exception) when (ActionReader.IsDamage(exception))
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "table-log-damaged",
                $"Line {number} of '{files.Address(path)}', the log of table '{table}', can't be read: "
                + exception.Message,
                "Restore that file from a copy; the versions before it are whole.", exception);
        }
    }

    static long Read(Stream stream, Func<ReadOnlyMemory<byte>, bool> line)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        try
        {
            var total = 0L;
            var start = 0;
            var end = 0;
            while (true)
            {
                var feed = buffer.AsSpan(start, end - start).IndexOf(LineFeed);
                if (feed >= 0)
                {
                    if (!line(buffer.AsMemory(start, feed)))
                    {
                        return total;
                    }

                    start += feed + 1;
                    continue;
                }

                buffer = MakeRoom(buffer, ref start, ref end);
                var read = stream.Read(buffer, end, buffer.Length - end);
                if (read == 0)
                {
                    _ = end > start && line(buffer.AsMemory(start, end - start));
                    return total;
                }

                total += read;
                end += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static byte[] MakeRoom(byte[] buffer, ref int start, ref int end)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }

        if (end < buffer.Length)
        {
            return buffer;
        }

        if (buffer.Length >= MaxLineBytes)
        {
            throw new InvalidDataException($"it is longer than {MaxLineBytes:N0} bytes");
        }

        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
