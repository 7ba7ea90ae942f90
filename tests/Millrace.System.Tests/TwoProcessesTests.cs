using System.Text.RegularExpressions;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Processes that share a workspace.</summary>
public sealed partial class TwoProcessesTests(TestRun run)
{
    const int Processes = 12;
    const int Rounds = 3;

    [Fact]
    public async Task Two_runs_of_one_night_at_once_do_each_task_once()
    {
        using var job = await run.BeforeFirstNightAsync();
        await using var first = job.Cli.Start(job.NightCommand(TestRun.FirstNight));
        await using var second = job.Cli.Start(job.NightCommand(TestRun.FirstNight));

        var results = await Task.WhenAll(first.EndAsync(), second.EndAsync());

        Assert.All(results, result => result.Ended(0));
        var states = results.SelectMany(result => result.Json["tasks"]!.AsArray())
            .ToLookup(task => (string)task!["task"]!, task => (string)task!["state"]!);
        Assert.All(states, task => Assert.Equal(["cached", "succeeded"], task.Order()));
        var expected = (await run.DemoAsync()).NightFingerprint(TestRun.FirstNight);
        Assert.All(results, result => Assert.Equal(expected, Fingerprints.OfRun(result.Json)));
        var waits = results.SelectMany(result => WaitsFor().Matches(result.Messages)).ToList();
        Assert.NotEmpty(waits);
        Assert.All(waits, wait => Assert.Contains(int.Parse(wait.Groups[1].Value), new[] { first.Id, second.Id }));
        await job.AssertSoundAsync();
    }

    [Fact]
    public async Task Two_processes_that_make_a_workspace_at_once_both_find_it_whole()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => cli.RunAsync("init", "photos")));

        Assert.All(results, result => result.Ended(0));
        (await cli.RunAsync("fsck", "--workspace", "photos")).Ended(0);
    }

    [Fact]
    public async Task Two_demos_at_once_in_one_folder_do_the_work_of_one()
    {
        using var scratch = new ScratchFolder();
        var undisturbed = await run.DemoAsync();
        var cli = run.Cli(scratch.Path);

        var results = await Task.WhenAll(
            cli.RunAsync(UndisturbedDemo.Command("demo")), cli.RunAsync(UndisturbedDemo.Command("demo")));

        Assert.All(results, result => Assert.Equal(undisturbed.Fingerprint, Fingerprints.OfDemo(result.Ended(0).Json)));
        var ran = results.Sum(result => result.Json["nights"]!.AsArray().Sum(night => (int)night!["ran"]!));
        Assert.Equal(undisturbed.Result.Json["nights"]!.AsArray().Sum(night => (int)night!["ran"]!), ran);
        Assert.Equal(["site", "workspace"], Directory.GetDirectories(scratch["demo"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Many_processes_can_open_a_workspace_at_once()
    {
        using var job = await run.AfterFirstNightAsync();

        for (var round = 0; round < Rounds; round++)
        {
            var results = await Task.WhenAll(Enumerable.Range(0, Processes).Select(
                _ => job.Cli.RunAsync("table", "list", "--workspace", job.Workspace)));

            Assert.All(results, result => result.Ended(0));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(job.Workspace, ".millrace", "tmp")));
    }

    [GeneratedRegex(@"waits for process (\d+)")]
    private static partial Regex WaitsFor();
}
