using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Ctrl-C.</summary>
public sealed class InterruptTests(TestRun run)
{
    [Fact]
    public async Task An_interrupted_run_leaves_the_workspace_whole_and_can_be_finished()
    {
        using var job = await run.BeforeFirstNightAsync();
        await using var night = job.Cli.Start(job.NightCommand(TestRun.FirstNight));
        await night.UntilItSaysAsync("✓ photos");

        night.Interrupt();
        var result = (await night.EndAsync()).Ended(130);

        result.Says("Cancelled. What was finished is kept");
        await night.UntilNobodyIsLeftAsync();
        var runs = (await job.AskAsync("run", "list")).AsArray();
        Assert.Equal("cancelled", (string)Assert.Single(runs)!["outcome"]!);
        await job.AssertSoundAsync();

        var finished = (await job.NightAsync(TestRun.FirstNight)).Ended(0);

        var photos = finished.Json["tasks"]!.AsArray().Single(task => (string)task!["task"]! == "photos");
        Assert.Equal("cached", (string)photos!["state"]!);
        Assert.Equal((await run.DemoAsync()).NightFingerprint(TestRun.FirstNight), Fingerprints.OfRun(finished.Json));
    }
}
