using System.Globalization;
using System.Text;
using Millrace.App.Terminal;
using Spectre.Console.Rendering;

namespace Millrace.App.Tables.Shell;

/// <summary>How a text that is typed lies on the screen: its rows, and where the cursor is in them.</summary>
/// <param name="Rows">Each with its prompt, or the blanks below it.</param>
/// <param name="CursorRow">From 0.</param>
/// <param name="CursorColumn">From 0.</param>
sealed record ScreenLayout(IReadOnlyList<string> Rows, int CursorRow, int CursorColumn)
{
    /// <summary>Lays a text out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cursor">Index of the character behind the cursor.</param>
    /// <param name="prompt">Before the first line.</param>
    /// <param name="nextPrompt">Before the others.</param>
    /// <param name="width">Columns of the screen.</param>
    public static ScreenLayout Of(string text, int cursor, string prompt, string nextPrompt, int width)
    {
        // The last column stays free: a terminal that has written there has not decided where its cursor is.
        var most = Math.Max(width - 1, 8);
        var rows = new List<string>();
        var row = new StringBuilder(prompt);
        var column = Width(prompt);
        var (cursorRow, cursorColumn) = (0, column);
        for (var i = 0; i <= text.Length;)
        {
            var length = i == text.Length ? 0
                : text[i] == '\n' ? 1 : StringInfo.GetNextTextElementLength(text.AsSpan(i));
            var shown = length == 0 || text[i] == '\n' ? "" : Shown(text.Substring(i, length));
            var cells = Width(shown);
            if (column + cells > most)
            {
                EndRow("");
            }

            if (cursor >= i && cursor < i + Math.Max(length, 1))
            {
                (cursorRow, cursorColumn) = (rows.Count, column);
            }

            if (length == 0)
            {
                break;
            }

            if (text[i] == '\n')
            {
                EndRow(nextPrompt);
            }

            row.Append(shown);
            column += cells;
            i += length;
        }

        rows.Add(row.ToString());
        return new ScreenLayout(rows, cursorRow, cursorColumn);

        void EndRow(string next)
        {
            rows.Add(row.ToString());
            row.Clear().Append(next);
            column = Width(next);
        }
    }

    /// <summary>The columns that a text takes.</summary>
    public static int Width(string text) => text.Length == 0 ? 0
        : text.All(letter => letter is >= ' ' and < '\u007f') ? text.Length : new Segment(text).CellCount();

    static string Shown(string element) => element == "\t" ? " " : SafeText.Escape(element);
}
