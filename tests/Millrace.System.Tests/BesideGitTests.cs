using System.Diagnostics;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>The binary beside a real git, which calls it back as hook and merge driver.</summary>
public sealed class BesideGitTests(TestRun run)
{
    [Fact]
    public async Task Git_bisects_over_data()
    {
        using var scratch = new ScratchFolder();
        var repository = await RepositoryAsync(scratch["my rep"]);
        await repository.MillraceAsync("git", "install", "--hooks");
        for (var number = 1; number <= 8; number++)
        {
            await WriteAsync(
                scratch["my rep/data/rows.csv"], number < 6 ? $"good {number}\n" : $"bad {number}\n");
            await repository.MillraceAsync(number == 1 ? ["add", "data"] : ["commit"]);
            await repository.GitAsync("add", "-A");
            await repository.GitAsync("commit", "-q", "-m", $"rows {number}");
        }

        await repository.GitAsync("bisect", "start", "HEAD", "HEAD~7");
        await repository.GitAsync("bisect", "run", "sh", "-c", "grep -q good data/rows.csv");

        Assert.Equal("rows 6\n", await repository.GitAsync("log", "-1", "--format=%s", "refs/bisect/bad"));
        await repository.GitAsync("bisect", "reset");
        Assert.Equal("bad 8\n", await File.ReadAllTextAsync(
            scratch["my rep/data/rows.csv"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Two_clones_that_diverge_are_merged_by_their_files()
    {
        using var scratch = new ScratchFolder();
        var one = await RepositoryAsync(scratch["one"]);
        await WriteAsync(scratch["one/data/a"], "1");
        await WriteAsync(scratch["one/data/b"], "1");
        await one.MillraceAsync("add", "data");
        await one.GitAsync("add", "-A");
        await one.GitAsync("commit", "-q", "-m", "first");
        await one.GitAsync("clone", "-q", scratch["one"], scratch["two"]);
        var two = await RepositoryAsync(scratch["two"]);
        await Shell.RunAsync("cp", "-a", scratch["one/.millrace/objects"], scratch["two/.millrace"]);
        await two.MillraceAsync("checkout");
        await WriteAsync(scratch["two/data/b"], "2");
        await two.MillraceAsync("commit");
        await two.GitAsync("commit", "-q", "-a", "-m", "two");
        await WriteAsync(scratch["one/data/a"], "2");
        await one.MillraceAsync("commit");
        await one.GitAsync("commit", "-q", "-a", "-m", "one");

        // Its lists of files are not here yet.
        var refused = await one.TryGitAsync("pull", "-q", "--no-rebase", "--no-edit", scratch["two"], "main");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("millrace fetch", refused.Printed, StringComparison.Ordinal);
        await one.GitAsync("merge", "--abort");
        // Equal files have equal trees: storing them is as good as a fetch.
        await Shell.CopyAsync(scratch["two/data"], scratch["one/theirs"]);
        await one.MillraceAsync("add", "theirs");
        await one.MillraceAsync("remove", "theirs");
        Directory.Delete(scratch["one/theirs"], recursive: true);
        await one.GitAsync("pull", "-q", "--no-rebase", "--no-edit", scratch["two"], "main");
        await one.MillraceAsync("checkout");

        Assert.Equal("2 2", await ReadAsync(scratch["one/data/a"]) + " " + await ReadAsync(scratch["one/data/b"]));
        Assert.Equal("", await one.GitAsync("status", "--short"));
        await one.MillraceAsync("fsck");
    }

    [Fact]
    public async Task A_push_of_another_branch_sends_the_data_of_that_branch()
    {
        using var scratch = new ScratchFolder();
        var one = await RepositoryAsync(scratch["one"]);
        await one.MillraceAsync("remote", "add", "lab", scratch["lab"]);
        await one.MillraceAsync("git", "install", "--hooks");
        await WriteAsync(scratch["one/rows.csv"], "1");
        await one.MillraceAsync("add", "rows.csv");
        await one.GitAsync("add", "-A");
        await one.GitAsync("commit", "-q", "-m", "first");
        await one.GitAsync("checkout", "-q", "-b", "other");
        await WriteAsync(scratch["one/rows.csv"], "2");
        await one.MillraceAsync("commit");
        await one.GitAsync("commit", "-q", "-a", "-m", "second");
        await one.GitAsync("checkout", "-q", "main");
        await one.GitAsync("init", "-q", "--bare", scratch["git"]);
        await one.GitAsync("remote", "add", "origin", scratch["git"]);

        await one.GitAsync("push", "-q", "origin", "other");

        await one.GitAsync("clone", "-q", "-b", "other", scratch["git"], scratch["two"]);
        var two = await RepositoryAsync(scratch["two"]);
        await two.MillraceAsync("pull");
        Assert.Equal("2", await ReadAsync(scratch["two/rows.csv"]));
        await one.GitAsync("push", "-q", "origin", ":other");
    }

    static Task WriteAsync(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
    }

    static Task<string> ReadAsync(string file) =>
        File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);

    async Task<Repository> RepositoryAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var repository = new Repository(run, folder);
        if (!Directory.Exists(Path.Join(folder, ".git")))
            await repository.GitAsync("init", "-q", "-b", "main");
        await repository.GitAsync("config", "user.name", "A");
        await repository.GitAsync("config", "user.email", "a@example.org");
        await repository.MillraceAsync("init");
        return repository;
    }

    sealed class Repository(TestRun run, string folder)
    {
        public async Task MillraceAsync(params string[] arguments) =>
            (await run.Cli(folder).RunAsync(arguments)).Ended(0);

        public async Task<string> GitAsync(params string[] arguments)
        {
            var (exitCode, printed) = await TryGitAsync(arguments);
            Assert.True(exitCode == 0, $"git {string.Join(' ', arguments)}: {exitCode}\n{printed}");
            return printed;
        }

        public async Task<(int ExitCode, string Printed)> TryGitAsync(params string[] arguments)
        {
            var start = new ProcessStartInfo("git", arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["GIT_CONFIG_GLOBAL"] = "/dev/null",
                    ["GIT_CONFIG_SYSTEM"] = "/dev/null",
                    ["PATH"] = $"{Path.GetDirectoryName(run.Program)}:{Environment.GetEnvironmentVariable("PATH")}",
                },
            };
            using var git = Process.Start(start)!;
            git.StandardInput.Close();
            var error = git.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await git.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await git.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (git.ExitCode, git.ExitCode == 0 ? output : output + await error);
        }
    }
}
