using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>What a process that dies leaves behind must not matter.</summary>
public sealed class KillTests(TestRun run, ITestOutputHelper output)
{
    const int Kills = 6;
    const int FullKills = 20;

    // Kills fall on one workspace until a run reaches its end before its kill; the next ones fall on a new workspace.
    [Fact]
    public async Task A_demo_killed_at_random_moments_ends_like_an_undisturbed_one()
    {
        var seed = Seed();
        var chance = new Random(seed);
        var undisturbed = await run.DemoAsync();
        var wanted = TestRun.IsFull ? FullKills : Kills;
        var folders = new List<ScratchFolder> { new() };
        try
        {
            for (var kills = 0; kills < wanted;)
            {
                var folder = folders[^1];
                var moment = undisturbed.Duration * chance.NextDouble();
                var isChecked = chance.Next(2) == 0;
                await using var demo = run.Cli(folder.Path).Start(UndisturbedDemo.Command("demo"));
                var isKilled = await demo.KillAtAsync(moment);
                await demo.UntilNobodyIsLeftAsync();
                output.WriteLine($"{moment.TotalSeconds:F2} s: {(isKilled ? "killed" : "had ended")}");
                if (!isKilled)
                {
                    await AssertFinishedAsync(folder, (await demo.EndAsync()).Ended(0));
                    folders.Add(new ScratchFolder());
                    continue;
                }

                kills++;
                if (isChecked && Directory.Exists(folder["demo/workspace"]))
                {
                    await AssertSoundAsync(folder);
                }
            }

            foreach (var folder in folders)
            {
                var last = await run.Cli(folder.Path).RunAsync(UndisturbedDemo.Command("demo"));
                await AssertFinishedAsync(folder, last.Ended(0));
            }
        }
        finally
        {
            folders.ForEach(folder => folder.Dispose());
        }

        async Task AssertFinishedAsync(ScratchFolder folder, CliResult result)
        {
            Assert.Equal(undisturbed.Fingerprint, Fingerprints.OfDemo(result.Json));
            await AssertSoundAsync(folder);
            Assert.Equal(
                ["site", "workspace"], Directory.GetDirectories(folder["demo"]).Select(Path.GetFileName).Order());
        }
    }

    [Fact]
    public async Task A_killed_worker_fails_its_task_and_the_same_command_goes_on()
    {
        using var job = await run.BeforeFirstNightAsync();
        await using var night = job.Cli.Start(job.NightCommand(TestRun.FirstNight));
        await night.UntilItSaysAsync("✓ photo_files");

        // The photos are spread over all workers now, so each of them is needed.
        night.KillOneWorker();
        var result = (await night.EndAsync()).Ended(6);

        result.Says("worker-died", "photo_looks", "exit code 137", "hint: Run the same command again");
        await night.UntilNobodyIsLeftAsync();
        await job.AssertSoundAsync();
        var finished = (await job.NightAsync(TestRun.FirstNight)).Ended(0);
        Assert.Equal(
            (await run.DemoAsync()).NightFingerprint(TestRun.FirstNight), Fingerprints.OfRun(finished.Json));
    }

    async Task AssertSoundAsync(ScratchFolder folder)
    {
        var check = await run.Cli(folder.Path).RunAsync("fsck", "--json", "--workspace", "demo/workspace");
        Assert.True((bool)check.Ended(0).Json["clean"]!, check.ToString());
    }

    int Seed()
    {
        var seed = Environment.GetEnvironmentVariable("MILLRACE_SEED") is { } given
            ? int.Parse(given) : Environment.TickCount;
        output.WriteLine($"MILLRACE_SEED={seed}");
        Console.WriteLine($"Kills at random moments: MILLRACE_SEED={seed}");
        return seed;
    }
}
