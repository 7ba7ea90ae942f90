namespace Millrace.App.Tables.Shell;

/// <summary>A command of the shell itself: <c>\d photos</c> or <c>.mode csv</c>. The marks mean the same.</summary>
/// <param name="Name">Without its mark.</param>
/// <param name="Argument">What follows; empty for nothing.</param>
sealed record ShellCommand(string Name, string Argument)
{
    public static readonly IReadOnlyList<string> Names =
        ["?", "d", "help", "l", "mode", "output", "q", "quit", "read", "rows", "timing"];

    public static readonly IReadOnlyList<string> Modes = ["csv", "json", "jsonl", "line", "markdown", "table"];

    /// <summary>What the commands do, a line each.</summary>
    public const string Help =
        """
        \d               tables and views
        \d NAME          columns, partitions and rules of a table, or the text of a view
        \l               the workspace and its schemas
        .mode MODE       how rows are shown: table, line, csv, json, jsonl, markdown
        .rows N          how many rows a table shows
        .timing on|off   how long each statement took
        .output FILE     write rows to a file; without a file, to the screen again
        .read FILE       run the statements of a file
        \q               end; Ctrl-D does the same

        A statement ends with ';' and may have several lines. Tab completes names, Ctrl-R searches what was typed
        before, Ctrl-C ends the statement that runs, or drops the one that is typed.
        """;

    /// <summary>Whether a text is one of them, and not SQL.</summary>
    public static bool IsCommand(string text) => text.TrimStart() is ['\\', ..] or ['.', not (>= '0' and <= '9'), ..];

    public static ShellCommand Parse(string text)
    {
        var word = text.Trim().TrimEnd(';')[1..];
        var blank = word.AsSpan().IndexOfAny(' ', '\t', '\n');
        return blank < 0
            ? new ShellCommand(word, "") : new ShellCommand(word[..blank], word[(blank + 1)..].Trim());
    }
}
