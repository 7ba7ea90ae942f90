using System.Text;
using Millrace.App.Terminal;
using Millrace.Tables.Queries;

namespace Millrace.App.Tables.Shell;

/// <summary>Rows as a table that fits the terminal: wide columns are cut, and what still has no room is left out, from
/// the middle.</summary>
sealed class ShellTable
{
    const int Gap = 2;
    const int LeastWidth = 12;
    const string Cut = "…";

    readonly List<string> _names;
    readonly List<bool> _areNumbers;
    readonly List<string?[]> _rows = [];

    public ShellTable(IReadOnlyList<SqlResultColumn> columns)
    {
        _names = [.. columns.Select(column => OneLine(column.Name))];
        _areNumbers = [.. columns.Select(column => column.IsNumber)];
    }

    public int RowCount => _rows.Count;

    /// <summary>Adds a row; null is no value.</summary>
    public void Add(string?[] row) => _rows.Add([.. row.Select(cell => cell is null ? null : OneLine(cell))]);

    /// <summary>The lines of the table, none wider than the terminal.</summary>
    public List<string> Lines(int width)
    {
        var widths = _names.Select((name, i) => _rows.Select(row => ScreenLayout.Width(row[i] ?? ""))
            .Append(ScreenLayout.Width(name)).Max()).ToArray();
        var shown = Fit(widths, Math.Max(width - 1, LeastWidth));
        var lines = new List<string>(_rows.Count + 2)
        {
            Line(shown, widths, i => _names[i]),
            string.Join(
                new string(' ', Gap), shown.Select(i => i < 0 ? Cut : new string('─', widths[i]))).TrimEnd(),
        };
        lines.AddRange(_rows.Select(row => Line(shown, widths, i => row[i] ?? "")));
        return lines;
    }

    /// <summary>A line for each value: its column, and the whole of it.</summary>
    public List<string> Tall()
    {
        var width = _names.Max(ScreenLayout.Width);
        var lines = new List<string>();
        foreach (var row in _rows)
        {
            if (lines.Count > 0)
            {
                lines.Add("");
            }

            lines.AddRange(row.Select((cell, i) => $"{Pad(_names[i], width, true)} = {cell ?? ""}"));
        }

        return lines;
    }

    /// <summary>Makes wide columns narrower until all fit, then leaves columns out; -1 stands for those.</summary>
    static List<int> Fit(int[] widths, int most)
    {
        var shown = Enumerable.Range(0, widths.Length).ToList();
        while (Total(shown, widths) > most && shown.Any(i => i >= 0 && widths[i] > LeastWidth))
        {
            // The widest give way together, down to the next one.
            var widest = shown.Where(i => i >= 0).Max(i => widths[i]);
            List<int> wide = [.. shown.Where(i => i >= 0 && widths[i] == widest)];
            var next = shown.Where(i => i >= 0 && widths[i] < widest).Select(i => widths[i])
                .DefaultIfEmpty(LeastWidth).Max();
            var over = Total(shown, widths) - most;
            var less = Math.Max(Math.Max(next, LeastWidth), widest - ((over + wide.Count - 1) / wide.Count));
            wide.ForEach(i => widths[i] = less);
        }

        while (Total(shown, widths) > most && shown.Count(i => i >= 0) > 1)
        {
            var middle = shown.IndexOf(-1);
            if (middle < 0)
            {
                middle = shown.Count / 2;
                shown[middle] = -1;
            }
            else
            {
                // Left and right of the gap by turns, so that both ends stay.
                shown.RemoveAt(middle > shown.Count - 1 - middle ? middle - 1 : middle + 1);
            }
        }

        return shown;
    }

    static int Total(List<int> shown, int[] widths) =>
        shown.Sum(i => i < 0 ? 1 : widths[i]) + (Gap * (shown.Count - 1));

    string Line(List<int> shown, int[] widths, Func<int, string> cell)
    {
        var line = new StringBuilder();
        foreach (var i in shown)
        {
            line.Append(line.Length == 0 ? "" : new string(' ', Gap));
            line.Append(i < 0 ? Cut : Pad(Shorten(cell(i), widths[i]), widths[i], _areNumbers[i]));
        }

        return line.ToString().TrimEnd();
    }

    static string Pad(string text, int width, bool isRight)
    {
        var blanks = new string(' ', Math.Max(0, width - ScreenLayout.Width(text)));
        return isRight ? blanks + text : text + blanks;
    }

    static string Shorten(string text, int width)
    {
        if (ScreenLayout.Width(text) <= width)
        {
            return text;
        }

        var kept = new StringBuilder();
        var cells = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            cells += ScreenLayout.Width(rune.ToString());
            if (cells > width - 1)
            {
                break;
            }

            kept.Append(rune);
        }

        return kept + Cut;
    }

    // Text of others must not move the cursor.
    static string OneLine(string text) => SafeText.Escape(text.Replace("\t", " ", StringComparison.Ordinal));
}
