using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>A disk that fills up in the middle of a night.</summary>
public sealed class FullDiskTests(TestRun run)
{
    const long LargeBytes = 256 << 20;

    // From no room at all, where the workspace can hardly be opened, to nearly enough for the night.
    static readonly long[] Rooms = [0, 16 << 10, 64 << 10, 128 << 10, 192 << 10, 256 << 10, 384 << 10, 512 << 10];

    [Fact]
    public async Task A_full_disk_is_told_and_the_same_command_ends_the_night_when_there_is_room()
    {
        await using var disk = await SmallDisk.MountAsync(LargeBytes);
        using var job = await run.AfterFirstNightAsync();
        await Shell.CopyAsync(job.Workspace, disk["workspace"]);
        job.Workspace = disk["workspace"];
        var failures = 0;

        foreach (var room in Rooms)
        {
            await disk.LeaveFreeAsync(room);
            var night = await job.NightAsync(TestRun.SecondNight);
            if (night.ExitCode != 0)
            {
                failures++;
                // Whatever it was that found no room: rows, the log of a table, or the catalog.
                Assert.Matches("disk-full|The disk of .* is full", night.Ended(6).Messages);
                night.Says("hint:");
            }

            await disk.LeaveFreeAsync(LargeBytes);
            await job.AssertSoundAsync();
        }

        var finished = (await job.NightAsync(TestRun.SecondNight)).Ended(0);
        Assert.True(failures > 2, $"The disk was too large: {failures} of {Rooms.Length} runs failed.");
        Assert.Equal(
            (await run.DemoAsync()).NightFingerprint(TestRun.SecondNight), Fingerprints.OfRun(finished.Json));
        await job.AssertSoundAsync();
    }
}
