using System.Text;
using Millrace.Sources.Reading;

namespace Millrace.Sources.Loading;

/// <summary>Finds out how a text file is written: what stands between fields, and whether its first line has names.
/// </summary>
static class CsvGuess
{
    const int HeadBytes = 256 << 10;
    const int MaxRecords = 1_000;

    static readonly byte[] Delimiters = [(byte)',', (byte)'\t', (byte)';', (byte)'|'];

    /// <summary>Sets dialect, names and start of a file.</summary>
    /// <returns>What a person should know about it, or null.</returns>
    /// <exception cref="MillraceException"><c>columns-many</c>, <c>header-damaged</c>, <c>source-encoding</c>,
    /// <c>source-format</c>.</exception>
    public static string? Apply(InputFile file, IngestSettings settings)
    {
        var quote = settings.Quote is { } mark ? (byte)mark : (byte)0;
        var head = FormatGuess.Head(file).AsSpan((int)file.Start);
        CheckText(file, head);
        var lineEnd = LineEnd(head, quote);
        var delimiter = settings.Delimiter is { } given ? (byte)given
            : file.Format == SourceFormat.Tsv ? (byte)'\t' : Delimiter(file, quote, lineEnd, settings);
        file.Dialect = new CsvDialect(delimiter, quote, lineEnd);
        using var parser = Parser(file, file.Dialect, settings);
        parser.Begin(file.Start, file.Length);
        if (!parser.Next())
        {
            return null;
        }

        if (!parser.HasFields && settings.HasHeader != false)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "header-damaged",
                $"The first line of '{file.Name}' can't be read as names: {parser.Fault.Reason}.",
                "Correct the line, or say that there is none with '--header no'.");
        }

        while (!parser.HasFields && parser.Next())
        {
            // Without a header the first line that has fields tells how many there are.
        }

        var fields = Fields(parser);
        if (fields.Count > FactsTable.MaxColumns)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "columns-many",
                $"The first line of '{file.Name}' has more than {FactsTable.MaxColumns:N0} fields.",
                "Turn columns into rows before; if the line is no header, look at the delimiter ('--delimiter').");
        }

        var hasHeader = settings.HasHeader ?? IsHeader(parser);
        if (!hasHeader)
        {
            file.Names = [.. Enumerable.Range(1, Math.Max(1, fields.Count)).Select(i => $"column{i}")];
            return settings.HasHeader is null
                ? $"The first line of '{file.Name}' is taken as a row, so the columns are called column1, column2, …"
                : null;
        }

        if (fields.Any(field => field.Contains('\0', StringComparison.Ordinal)))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-format", $"'{file.Name}' is no text: its first line has NUL bytes.",
                "If it is data of another kind, say which with '--format'; if it is text without names, say "
                + "'--header no'.");
        }

        file.Names = Unique(fields);
        file.LinesBefore = parser.LineCount;
        file.Start = parser.NextOffset;
        return null;
    }

    /// <summary>Refuses UTF-16 without a mark: every second byte of what is written so is mostly NUL.</summary>
    static void CheckText(InputFile file, ReadOnlySpan<byte> head)
    {
        var line = head[..(head.IndexOf((byte)'\n') is var end and >= 0 ? end : head.Length)];
        Span<int> nulls = stackalloc int[2];
        for (var i = 0; i < line.Length; i++)
        {
            nulls[i & 1] += line[i] == 0 ? 1 : 0;
        }

        if (Math.Min(nulls[0], nulls[1]) == 0 && Math.Max(nulls[0], nulls[1]) * 3 > line.Length)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-encoding",
                $"Every second byte of '{file.Name}' is NUL, so it seems to be UTF-16 text; UTF-8 is read.",
                nulls[0] > 0 ? "Say so with '--encoding utf-16BE'." : "Say so with '--encoding utf-16'.");
        }
    }

    /// <summary>A carriage return when lines end so and there is no line feed outside of quotes.</summary>
    static byte LineEnd(ReadOnlySpan<byte> head, byte quote)
    {
        var isQuoted = false;
        var hasReturn = false;
        for (var i = 0; i < head.Length; i++)
        {
            isQuoted ^= quote != 0 && head[i] == quote;
            if (isQuoted)
            {
                continue;
            }

            if (head[i] == '\n')
            {
                return (byte)'\n';
            }

            hasReturn |= head[i] == '\r';
        }

        return hasReturn ? (byte)'\r' : (byte)'\n';
    }

    static byte Delimiter(InputFile file, byte quote, byte lineEnd, IngestSettings settings)
    {
        var best = (Score: 0.0, Delimiter: Delimiters[0]);
        foreach (var delimiter in Delimiters)
        {
            using var parser = Parser(file, new CsvDialect(delimiter, quote, lineEnd), settings);
            parser.Begin(file.Start, Math.Min(file.Length, file.Start + HeadBytes));
            var counts = new Dictionary<int, int>();
            var records = 0;
            while (records < MaxRecords && parser.Next())
            {
                records++;
                counts[parser.FieldCount] = counts.GetValueOrDefault(parser.FieldCount) + 1;
            }

            // What parts most records into the same number of fields is the delimiter; of two, the one with more.
            var score = counts.Where(count => count.Key > 1).Select(
                count => (count.Value / (double)records) + (Math.Min(count.Key, 100) / 1000.0)).DefaultIfEmpty().Max();
            if (score > best.Score)
            {
                best = (score, delimiter);
            }
        }

        return best.Delimiter;
    }

    static CsvParser Parser(InputFile file, CsvDialect dialect, IngestSettings settings) => new(
        new RangeReader(file.Path, file.Length) { MaxRecordBytes = settings.MaxRecordBytes }, dialect, [], [], 0, [])
    {
        IsFree = true,
    };

    static List<string> Fields(CsvParser parser)
    {
        var fields = new List<string>();
        for (var i = 0; i < parser.FieldCount; i++)
        {
            fields.Add(Encoding.UTF8.GetString(parser.Field(i)));
        }

        return fields;
    }

    /// <summary>A line with a number, a date or a bool in it is no header.</summary>
    static bool IsHeader(CsvParser parser)
    {
        var hasName = false;
        for (var i = 0; i < parser.FieldCount; i++)
        {
            var field = parser.Field(i);
            hasName |= field.Length > 0;
            if (NumberText.TryParse(field, out _) || ValueText.TryDate(field, out _)
                || ValueText.TryTime(field, out _, out _) || ValueText.TryBoolean(field, out _, out _))
            {
                return false;
            }
        }

        return hasName;
    }

    /// <summary>Names as SQL can tell them apart: without regard to case.</summary>
    static List<string> Unique(List<string> names)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var unique = new List<string>();
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i].Length == 0 ? $"column{i + 1}" : names[i];
            var tried = name;
            for (var number = 2; !taken.Add(tried); number++)
            {
                tried = $"{name}_{number}";
            }

            unique.Add(tried);
        }

        return unique;
    }
}
