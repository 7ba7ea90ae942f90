using System.Collections;
using System.Globalization;
using System.Text;

namespace Millrace.Tables.Frames;

/// <summary>Rows as a table of text.</summary>
static class FrameText
{
    const int MaxCell = 40;

    /// <param name="columns">The columns.</param>
    /// <param name="rows">Their values; one more than is shown says that there are more.</param>
    /// <param name="shown">How many rows are shown.</param>
    public static string Write(IReadOnlyList<FrameColumn> columns, IReadOnlyList<object?[]> rows, int shown)
    {
        var lines = new List<string[]> { columns.Select(column => Cut(column.Name)).ToArray() };
        lines.AddRange(rows.Take(shown).Select(row => row.Select(Cell).ToArray()));
        var widths = columns.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();
        var text = new StringBuilder();
        for (var number = 0; number < lines.Count; number++)
        {
            var cells = lines[number].Select((cell, i) =>
                columns[i].IsNumber ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
            if (number == 0)
                text.AppendJoin("  ", widths.Select(width => new string('-', width))).Append('\n');
        }

        var count = Math.Min(rows.Count, shown);
        return text.Append(rows.Count > shown
            ? $"the first {count:N0} rows of more\n" : $"{count:N0} row{(count == 1 ? "" : "s")}\n").ToString();
    }

    static string Cell(object? value) => Cut(Text(value));

    /// <summary>A value as a text, whole.</summary>
    public static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        byte[] bytes => $"{bytes.Length:N0} bytes",
        IDictionary fields => "{" + string.Join(
            ", ", fields.Keys.Cast<string>().Select(key => $"{key}: {Text(fields[key])}")) + "}",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Take(MaxCell).Select(Text))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    static string Cut(string text)
    {
        // What moves the terminal's cursor must not come out of data.
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= MaxCell ? line : line[..(MaxCell - 1)] + "…";
    }
}
