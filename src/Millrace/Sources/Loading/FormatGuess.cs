namespace Millrace.Sources.Loading;

/// <summary>Tells how a file is to be read, from its first bytes and its name.</summary>
static class FormatGuess
{
    const int HeadBytes = 64 << 10;

    static readonly string[] Packings = [".gz", ".gzip", ".zst", ".zstd"];

    /// <exception cref="MillraceException"><c>source-encoding</c>, <c>source-format</c>.</exception>
    public static SourceFormat Of(InputFile file, SourceFormat wanted)
    {
        var head = Head(file);
        if (head is [0xff, 0xfe, ..] or [0xfe, 0xff, ..] or [0, 0, 0xfe, 0xff, ..])
        {
            var encoding = head is [0xff, 0xfe, 0, 0, ..] or [0, 0, ..] ? "UTF-32" : "UTF-16";
            throw new MillraceException(
                ErrorKind.Invalid, "source-encoding", $"'{file.Name}' is {encoding} text; UTF-8 is read.",
                $"Say so with '--encoding {encoding.ToLowerInvariant()}{(head[0] == 0xff ? "" : "BE")}'.");
        }

        if (head is [0xef, 0xbf, 0xbe, ..])
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-encoding", $"'{file.Name}' has its bytes in the other order.",
                "Say so with '--encoding utf-16BE' or 'utf-32BE'.");
        }

        file.Start = head is [0xef, 0xbb, 0xbf, ..] ? 3 : 0;
        if (wanted != SourceFormat.Auto)
        {
            return wanted;
        }

        return head switch
        {
            [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] => SourceFormat.Parquet,
            [(byte)'A', (byte)'R', (byte)'R', (byte)'O', (byte)'W', (byte)'1', ..] => SourceFormat.Arrow,
            [(byte)'P', (byte)'K', 3, 4, ..] => SourceFormat.Excel,
            _ => OfText(file, head.AsSpan((int)file.Start)),
        };
    }

    static SourceFormat OfText(InputFile file, ReadOnlySpan<byte> head)
    {
        var first = head.IndexOfAnyExcept(" \t\r\n"u8);
        var letter = first < 0 ? (byte)0 : head[first];
        return Extension(file.Name) switch
        {
            ".csv" => SourceFormat.Csv,
            ".tsv" or ".tab" => SourceFormat.Tsv,
            ".jsonl" or ".ndjson" => SourceFormat.JsonLines,
            ".json" => letter == '{' && IsLines(head[first..]) ? SourceFormat.JsonLines : SourceFormat.Json,
            ".parquet" or ".pq" => SourceFormat.Parquet,
            ".arrow" or ".feather" or ".ipc" or ".arrows" => SourceFormat.Arrow,
            ".xlsx" or ".xlsm" => SourceFormat.Excel,
            _ => letter switch
            {
                (byte)'{' => IsLines(head[first..]) ? SourceFormat.JsonLines : SourceFormat.Json,
                (byte)'[' => SourceFormat.Json,
                0xff when head is [0xff, 0xff, 0xff, 0xff, ..] => SourceFormat.Arrow,
                _ => SourceFormat.Csv,
            },
        };
    }

    static string Extension(string name)
    {
        foreach (var packing in Packings)
        {
            if (name.EndsWith(packing, StringComparison.OrdinalIgnoreCase))
            {
                name = name[..^packing.Length];
                break;
            }
        }

        return Path.GetExtension(name).ToLowerInvariant();
    }

    /// <summary>Whether the first line is a whole object, or seems to be a broken one before others.</summary>
    static bool IsLines(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\n');
        var line = (end < 0 ? text : text[..end]).TrimEnd(" \r\t"u8);
        var next = end < 0 ? [] : text[(end + 1)..].TrimStart(" \r\t\n"u8);
        return line.EndsWith("}"u8) || (end < 0 && text.Length >= HeadBytes / 2) || next is [(byte)'{', ..];
    }

    /// <summary>The first bytes of the plain file.</summary>
    public static byte[] Head(InputFile file)
    {
        using var handle = File.OpenHandle(file.Path);
        var head = new byte[Math.Min(HeadBytes, file.Length)];
        var read = RandomAccess.Read(handle, head, 0);
        return head[..read];
    }
}
