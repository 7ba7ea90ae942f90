using System.Globalization;
using System.Text;

namespace Millrace.App.Tables.Shell;

/// <summary>Draws what is typed, and draws it again when it changes: in place, also over several rows.</summary>
/// <remarks>Only sequences of ECMA-48 that every terminal knows: cursor up and forward, erase to the end of the screen.
/// </remarks>
sealed class EditorScreen
{
    const string EraseBelow = "\u001b[J";
    const string EraseAll = "\u001b[2J\u001b[H";

    string _prompt = "";
    string _nextPrompt = "";
    int _cursorRow;

    // A terminal that does not say how large it is says 0.
    public static (int Width, int Height) Size() =>
        (Console.WindowWidth > 0 ? Console.WindowWidth : 80, Console.WindowHeight > 0 ? Console.WindowHeight : 24);

    public void Begin(string prompt, string nextPrompt)
    {
        _prompt = prompt;
        _nextPrompt = nextPrompt;
        _cursorRow = 0;
    }

    /// <summary>Draws a text over the one before.</summary>
    /// <param name="text">What is typed.</param>
    /// <param name="cursor">Index of the character behind the cursor.</param>
    /// <param name="prompt">Another prompt for this once.</param>
    public void Draw(string text, int cursor, string? prompt = null)
    {
        var (width, height) = Size();
        var layout = ScreenLayout.Of(text, cursor, prompt ?? _prompt, _nextPrompt, width);
        // What is longer than the screen is seen around the cursor: rows above it can't be drawn again.
        var most = Math.Max(height - 1, 1);
        var top = Math.Clamp(layout.CursorRow - most + 1, 0, Math.Max(0, layout.Rows.Count - most));
        var rows = layout.Rows.Skip(top).Take(most).ToList();
        var output = new StringBuilder();
        GoToTop(output);
        output.Append(EraseBelow).AppendJoin("\n", rows);
        _cursorRow = layout.CursorRow - top;
        Up(output, rows.Count - 1 - _cursorRow);
        output.Append('\r');
        if (layout.CursorColumn > 0)
        {
            output.Append(CultureInfo.InvariantCulture, $"\u001b[{layout.CursorColumn}C");
        }

        Console.Out.Write(output.ToString());
    }

    /// <summary>Leaves the text on the screen, with the cursor in the row below.</summary>
    public void End(string text, string mark)
    {
        Draw(text + mark, text.Length + mark.Length);
        Console.Out.Write("\n");
        _cursorRow = 0;
    }

    /// <summary>Shows names below the text, and the text again below them.</summary>
    public void Say(string text, int cursor, IReadOnlyList<string> names)
    {
        Draw(text, text.Length);
        var (width, _) = Size();
        var column = Math.Min(names.Max(ScreenLayout.Width) + 2, width);
        var columns = Math.Max(1, (width - 1) / column);
        var output = new StringBuilder("\n");
        for (var i = 0; i < names.Count; i++)
        {
            var isLast = i % columns == columns - 1 || i == names.Count - 1;
            output.Append(names[i]).Append(isLast ? "\n" : new string(' ', column - ScreenLayout.Width(names[i])));
        }

        Console.Out.Write(output.ToString());
        _cursorRow = 0;
        Draw(text, cursor);
    }

    /// <summary>Empties the screen.</summary>
    public void Clear()
    {
        Console.Out.Write(EraseAll);
        _cursorRow = 0;
    }

    void GoToTop(StringBuilder output)
    {
        Up(output, _cursorRow);
        output.Append('\r');
    }

    static void Up(StringBuilder output, int rows)
    {
        if (rows > 0)
        {
            output.Append(CultureInfo.InvariantCulture, $"\u001b[{rows}A");
        }
    }
}
