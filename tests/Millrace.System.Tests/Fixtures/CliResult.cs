using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Millrace.SystemTests.Fixtures;

/// <summary>How a run of the binary ended.</summary>
/// <param name="Command">What was run, for messages.</param>
/// <param name="ExitCode">128 + N when signal N ended it.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed partial record CliResult(string Command, int ExitCode, string Output, string Error)
{
    const int ShownLength = 4_000;

    /// <summary>Standard output as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Output)!;

    /// <summary>Standard error on one line, however it was broken for the width.</summary>
    public string Messages => Space().Replace(Error, " ");

    /// <summary>Fails, with all that was printed, unless the exit code is the expected one.</summary>
    public CliResult Ended(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"Expected exit code {exitCode}.\n{this}");
        return this;
    }

    /// <summary>Fails, with all that was printed, unless standard error holds each of the texts.</summary>
    public CliResult Says(params string[] texts)
    {
        foreach (var text in texts)
        {
            Assert.True(
                Messages.Contains(text, StringComparison.Ordinal), $"Expected '{text}' on standard error.\n{this}");
        }

        return this;
    }

    public override string ToString() =>
        $"{Command}\nexit code {ExitCode}\n--- output\n{Shown(Output)}\n--- error\n{Shown(Error)}";

    static string Shown(string text) => text.Length > ShownLength ? text[..ShownLength] + "…" : text;

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
