using System.Text.RegularExpressions;

namespace Millrace.SystemTests;

/// <summary>What a page of the guide asks its reader to do: files to write and commands to give, in order.</summary>
/// <remarks>A fenced block whose first line is a comment <c>file: NAME</c> is a file. In a <c>console</c> block a line
/// that begins with <c>$ </c> is a command, continued after a final <c>\</c>; what follows is its output. A command
/// ends with <c># exit N</c> when its exit code is not 0.</remarks>
sealed partial class GuideCommands
{
    const string Fence = "```";
    const string Prompt = "$ ";
    const string Anything = "…";

    GuideCommands(IReadOnlyList<Step> steps) => Steps = steps;

    public IReadOnlyList<Step> Steps { get; }

    public static GuideCommands Read(string page)
    {
        var steps = new List<Step>();
        var lines = page.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                continue;
            }

            var end = Array.IndexOf(lines, Fence, i + 1);
            var block = lines[(i + 1)..end];
            if (lines[i] == Fence + "console")
            {
                steps.AddRange(Commands(block, i + 2));
            }
            else if (FileName().Match(block.FirstOrDefault("")) is { Success: true } name)
            {
                steps.Add(new WriteFile(i + 1, name.Groups[1].Value, string.Join('\n', block) + "\n"));
            }

            i = end;
        }

        return new GuideCommands(steps);
    }

    /// <summary>Compares what a command printed with what the page shows: <c>…</c> stands for anything within a line, a
    /// line of only <c>…</c> for any lines. Blank lines and spaces at the end of a line do not count.</summary>
    /// <returns>Null when it is the same; else the first shown line that was not found.</returns>
    public static string? Difference(IReadOnlyList<string> shown, string printed)
    {
        var actual = Filled(printed.Split('\n'));
        var expected = Filled(shown);
        // reached[n]: the lines shown so far can stand for the first n lines printed.
        var reached = new bool[actual.Count + 1];
        reached[0] = true;
        foreach (var line in expected)
        {
            var next = new bool[reached.Length];
            var pattern = Pattern(line);
            for (var n = 0; n < reached.Length; n++)
            {
                next[n] = line.Trim() == Anything
                    ? reached[n] || (n > 0 && next[n - 1])
                    : n > 0 && reached[n - 1] && pattern.IsMatch(actual[n - 1]);
            }

            if (!next.Contains(true))
            {
                return line;
            }

            reached = next;
        }

        return reached[^1] ? null : "(the end)";
    }

    static List<string> Filled(IEnumerable<string> lines) =>
        [.. lines.Select(line => Spaces().Replace(line, " ").Trim()).Where(line => line != "")];

    static Regex Pattern(string line) =>
        new($"^{string.Join(".*", line.Split(Anything).Select(Regex.Escape))}$", RegexOptions.CultureInvariant);

    static IEnumerable<Step> Commands(string[] block, int firstLine)
    {
        for (var i = 0; i < block.Length;)
        {
            var line = firstLine + i;
            var command = block[i++];
            if (!command.StartsWith(Prompt, StringComparison.Ordinal))
            {
                throw new FormatException($"Line {line} is output, but no command stands before it.");
            }

            while (command.EndsWith('\\'))
            {
                command += "\n" + block[i++];
            }

            var output = block.Skip(i).TakeWhile(next => !next.StartsWith(Prompt, StringComparison.Ordinal)).ToList();
            i += output.Count;
            var exit = ExitCode().Match(command);
            yield return new GiveCommand(
                line, command[Prompt.Length..], exit.Success ? int.Parse(exit.Groups[1].ValueSpan) : 0, output);
        }
    }

    [GeneratedRegex(@"^(?://|#) file: (\S+)$")]
    private static partial Regex FileName();

    // The width of a column depends on its longest value, and says nothing.
    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"# exit (\d+)$")]
    private static partial Regex ExitCode();

    /// <summary>Something that the reader does.</summary>
    public abstract record Step(int Line);

    public sealed record WriteFile(int Line, string Name, string Text) : Step(Line);

    public sealed record GiveCommand(int Line, string Command, int ExitCode, IReadOnlyList<string> Output) : Step(Line);
}
