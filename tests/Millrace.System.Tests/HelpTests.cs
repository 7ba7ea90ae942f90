using System.Text.RegularExpressions;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>What each verb says of itself.</summary>
public sealed partial class HelpTests(TestRun run)
{
    static readonly string[] Verbs =
    [
        "add", "branch", "cat", "check", "checkout", "clone", "commit", "config", "dataset", "demo", "diff", "du",
        "dvc", "erase", "export", "feature", "fetch", "fsck", "gc", "git", "impact", "import-url", "ingest", "init",
        "key", "lfs", "log", "ls", "merge", "model", "move", "package", "profile", "pull", "push", "remote", "remove",
        "restore", "run", "s3", "serve", "sql", "status", "table", "tag", "why",
    ];

    [Theory]
    [InlineData("add")]
    [InlineData("branch")]
    [InlineData("cat")]
    [InlineData("check")]
    [InlineData("checkout")]
    [InlineData("clone")]
    [InlineData("commit")]
    [InlineData("config get")]
    [InlineData("config list")]
    [InlineData("config set")]
    [InlineData("config unset")]
    [InlineData("dataset list")]
    [InlineData("demo")]
    [InlineData("diff")]
    [InlineData("du")]
    [InlineData("dvc export")]
    [InlineData("dvc fetch")]
    [InlineData("dvc import")]
    [InlineData("dvc list")]
    [InlineData("dvc remove")]
    [InlineData("erase")]
    [InlineData("export")]
    [InlineData("feature list")]
    [InlineData("fetch")]
    [InlineData("fsck")]
    [InlineData("gc")]
    [InlineData("git install")]
    [InlineData("impact")]
    [InlineData("import-url")]
    [InlineData("ingest")]
    [InlineData("init")]
    [InlineData("key create")]
    [InlineData("key list")]
    [InlineData("key remove")]
    [InlineData("lfs import")]
    [InlineData("lfs list")]
    [InlineData("lfs remove")]
    [InlineData("log")]
    [InlineData("ls")]
    [InlineData("merge")]
    [InlineData("model list")]
    [InlineData("move")]
    [InlineData("package")]
    [InlineData("profile")]
    [InlineData("pull")]
    [InlineData("push")]
    [InlineData("remote add")]
    [InlineData("remote default")]
    [InlineData("remote list")]
    [InlineData("remote remove")]
    [InlineData("remove")]
    [InlineData("restore")]
    [InlineData("run")]
    [InlineData("run list")]
    [InlineData("run show")]
    [InlineData("s3")]
    [InlineData("serve")]
    [InlineData("sql")]
    [InlineData("status")]
    [InlineData("table alter")]
    [InlineData("table checkpoint")]
    [InlineData("table clone")]
    [InlineData("table delete")]
    [InlineData("table describe")]
    [InlineData("table diff")]
    [InlineData("table history")]
    [InlineData("table list")]
    [InlineData("table optimize")]
    [InlineData("table restore")]
    [InlineData("table vacuum")]
    [InlineData("tag")]
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

    [GeneratedRegex("^  ([a-z0-9-]+) ", RegexOptions.Multiline)]
    private static partial Regex VerbLine();
}
