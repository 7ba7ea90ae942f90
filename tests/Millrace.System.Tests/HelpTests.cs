using System.Text.RegularExpressions;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>What each verb says of itself.</summary>
public sealed partial class HelpTests(TestRun run)
{
    static readonly string[] Verbs =
    [
        "dataset", "demo", "feature", "fsck", "impact", "init", "key", "model", "package", "run", "s3", "serve", "sql",
        "table", "why",
    ];

    [Theory]
    [InlineData("dataset list")]
    [InlineData("demo")]
    [InlineData("feature list")]
    [InlineData("fsck")]
    [InlineData("impact")]
    [InlineData("init")]
    [InlineData("key create")]
    [InlineData("key list")]
    [InlineData("key remove")]
    [InlineData("model list")]
    [InlineData("package")]
    [InlineData("run")]
    [InlineData("run list")]
    [InlineData("run show")]
    [InlineData("s3")]
    [InlineData("serve")]
    [InlineData("sql")]
    [InlineData("table list")]
    [InlineData("why")]
    public async Task A_verb_helps_with_an_example(string verb)
    {
        using var scratch = new ScratchFolder();

        var help = (await run.Cli(scratch.Path).RunAsync([.. verb.Split(' '), "--help"])).Ended(0);

        Assert.Contains("Example", help.Output, StringComparison.Ordinal);
        Assert.Contains($"millrace {verb}", help.Output, StringComparison.Ordinal);
        Assert.Empty(help.Error);
    }

    [Fact]
    public async Task The_help_of_the_program_lists_the_verbs_that_are_tested_here()
    {
        using var scratch = new ScratchFolder();

        var help = (await run.Cli(scratch.Path).RunAsync("--help")).Ended(0);

        var commands = help.Output.Split("Commands:")[1].Split("Examples:")[0];
        Assert.Equal(Verbs, VerbLine().Matches(commands).Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        using var scratch = new ScratchFolder();

        var version = (await run.Cli(scratch.Path).RunAsync("--version")).Ended(0);

        Assert.Matches(@"^millrace \d+\.\d+\.\d+\n$", version.Output);
    }

    [GeneratedRegex("^  ([a-z0-9]+) ", RegexOptions.Multiline)]
    private static partial Regex VerbLine();
}
