using System.Globalization;

namespace Millrace.Tables.Statements;

/// <summary>Places in an SQL text, as messages name them.</summary>
static class SqlPlace
{
    const int LongestShown = 60;

    /// <summary>Line and column after some text.</summary>
    public static (int Line, int Column) Move(ReadOnlySpan<char> text, int line, int column)
    {
        var newest = text.LastIndexOf('\n');
        return newest < 0
            ? (line, column + text.Length) : (line + text.Count('\n'), text.Length - newest);
    }

    /// <summary>An error at a place of a statement.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="at">Index of the character.</param>
    /// <param name="code">The error's code.</param>
    /// <param name="message">What is wrong, as the rest of a sentence.</param>
    /// <param name="hint">What to do.</param>
    public static MillraceException Error(
        StatementText statement, int at, string code, string message, string hint)
    {
        var (line, column) = Move(statement.Text.AsSpan(0, at), statement.Line, statement.Column);
        return new MillraceException(
            ErrorKind.Invalid, code,
            string.Create(
                CultureInfo.InvariantCulture, $"Line {line}, column {column}: {message}\n{Mark(statement.Text, at)}"),
            hint);
    }

    /// <summary>Refuses what no text can hold: DuckDB would stop reading at a NUL, and half a character is none.
    /// </summary>
    /// <exception cref="MillraceException"><c>sql-text</c>.</exception>
    public static void CheckText(string text)
    {
        var at = text.IndexOf('\0', StringComparison.Ordinal);
        var what = "a NUL character";
        if (at < 0)
        {
            at = LoneSurrogate(text);
            what = "half a character (a lone surrogate)";
        }

        if (at >= 0)
        {
            var (line, column) = Move(text.AsSpan(0, at), 1, 1);
            throw new MillraceException(
                ErrorKind.Invalid, "sql-text",
                string.Create(CultureInfo.InvariantCulture, $"Line {line}, column {column}: there is {what}."),
                "Take it out; a text may hold any other character.");
        }
    }

    static int LoneSurrogate(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (!char.IsHighSurrogate(text[i]) || i + 1 >= text.Length || !char.IsLowSurrogate(text[i + 1]))
            {
                return i;
            }

            i++;
        }

        return -1;
    }

    /// <summary>The line around a place, and a caret below it.</summary>
    static string Mark(string text, int at)
    {
        var lineStart = at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
        var lineEnd = text.IndexOf('\n', at);
        lineEnd = lineEnd < 0 ? text.Length : lineEnd;
        var start = Math.Max(lineStart, at - (LongestShown / 2));
        var end = Math.Min(lineEnd, start + LongestShown);
        // Whole characters only.
        start += start > lineStart && char.IsLowSurrogate(text[start]) ? 1 : 0;
        end -= end < lineEnd && end > start && char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
        var before = start > lineStart ? "… " : "  ";
        var shown = text[start..end].Replace('\t', ' ').Replace('\r', ' ');
        return $"{before}{shown}{(end < lineEnd ? " …" : "")}\n{new string(' ', before.Length + at - start)}^";
    }
}
