using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>The binary beside a real git, which calls it back as hook and merge driver.</summary>
public sealed class BesideGitTests(TestRun run)
{
    [Fact]
    public async Task Git_bisects_over_data()
    {
        using var scratch = new ScratchFolder();
        var repository = await GitRepository.MakeAsync(run, scratch["my rep"]);
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
        var one = await GitRepository.MakeAsync(run, scratch["one"]);
        await WriteAsync(scratch["one/data/a"], "1");
        await WriteAsync(scratch["one/data/b"], "1");
        await one.MillraceAsync("add", "data");
        await one.GitAsync("add", "-A");
        await one.GitAsync("commit", "-q", "-m", "first");
        await one.GitAsync("clone", "-q", scratch["one"], scratch["two"]);
        var two = await GitRepository.MakeAsync(run, scratch["two"]);
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
    public async Task A_colleague_has_what_git_push_sent()
    {
        using var scratch = new ScratchFolder();
        var ann = await GitRepository.MakeAsync(run, scratch["ann"]);
        await ann.GitAsync("init", "-q", "--bare", "-b", "main", scratch["hub.git"]);
        await ann.GitAsync("remote", "add", "origin", scratch["hub.git"]);
        await ann.MillraceAsync("remote", "add", "lab", "../lab");
        await ann.MillraceAsync("git", "install", "--hooks");
        await WriteAsync(scratch["ann/data/raw/a"], "1");
        await WriteAsync(scratch["ann/data/b"], "2");
        await ann.MillraceAsync("add", "data");
        await ann.GitAsync("add", "-A");
        await ann.GitAsync("commit", "-q", "-m", "first");
        await ann.GitAsync("push", "-q", "-u", "origin", "main");

        await ann.GitAsync("clone", "-q", scratch["hub.git"], scratch["ben"]);
        var ben = await GitRepository.MakeAsync(run, scratch["ben"]);
        await ben.MillraceAsync("pull");
        Assert.Equal("1 2", await ReadAsync(scratch["ben/data/raw/a"]) + " " + await ReadAsync(scratch["ben/data/b"]));
        Assert.Equal("", await ben.GitAsync("status", "--short"));

        await WriteAsync(scratch["ben/data/b"], "3");
        await ben.MillraceAsync("commit");
        await ben.GitAsync("commit", "-q", "-a", "-m", "second");
        await ben.MillraceAsync("push");
        await ben.GitAsync("push", "-q");
        // Her hook brings the data of the pointer that git brings.
        await ann.GitAsync("pull", "-q", "--no-rebase");
        Assert.Equal("3", await ReadAsync(scratch["ann/data/b"]));
        await ann.MillraceAsync("fsck");
    }

    [Fact]
    public async Task A_job_fetches_one_path_only()
    {
        using var scratch = new ScratchFolder();
        var ann = await GitRepository.MakeAsync(run, scratch["ann"]);
        await ann.MillraceAsync("remote", "add", "lab", "../lab");
        var (small, large) = (new byte[1000], new byte[3_000_000]);
        new Random(1).NextBytes(small);
        new Random(2).NextBytes(large);
        Directory.CreateDirectory(scratch["ann/data/raw"]);
        await File.WriteAllBytesAsync(scratch["ann/data/raw/a"], small, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(scratch["ann/data/b"], large, TestContext.Current.CancellationToken);
        await ann.MillraceAsync("add", "data");
        await ann.MillraceAsync("push");
        await ann.GitAsync("add", "-A");
        await ann.GitAsync("commit", "-q", "-m", "first");

        await ann.GitAsync("clone", "-q", "--depth", "1", $"file://{scratch["ann"]}", scratch["job"]);
        var job = await GitRepository.MakeAsync(run, scratch["job"]);
        await job.MillraceAsync("pull", "--", "data/raw");

        Assert.Equal(
            [scratch["job/data/raw/a"]],
            Directory.GetFiles(scratch["job/data"], "*", SearchOption.AllDirectories));
        Assert.Equal(
            small, await File.ReadAllBytesAsync(scratch["job/data/raw/a"], TestContext.Current.CancellationToken));
        Assert.InRange(
            Directory.EnumerateFiles(scratch["job/.millrace/objects"], "*", SearchOption.AllDirectories)
                .Sum(file => new FileInfo(file).Length), 1000, 100_000);
        var unknown = await run.Cli(scratch["job"]).RunAsync("fetch", "--", "nothing");
        unknown.Ended(3).Says("path-unknown");
    }

    [Fact]
    public async Task A_push_of_another_branch_sends_the_data_of_that_branch()
    {
        using var scratch = new ScratchFolder();
        var one = await GitRepository.MakeAsync(run, scratch["one"]);
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
        var two = await GitRepository.MakeAsync(run, scratch["two"]);
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
}
