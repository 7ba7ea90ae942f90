using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>A disk that is full at some step of a command.</summary>
public sealed class VersionFullDiskTests(TestRun run, ITestOutputHelper output)
{
    const long LargeBytes = 1L << 30;
    const long FullStep = 128 << 10;
    const long MostRoom = 64L << 20;

    // From no room at all, where the workspace can hardly be opened.
    static readonly long[] Rooms = [0, 128 << 10, 3 << 20];

    [Theory]
    [InlineData("add")]
    [InlineData("commit")]
    [InlineData("commit of all")]
    [InlineData("checkout")]
    [InlineData("merge")]
    [InlineData("push")]
    [InlineData("fetch")]
    [InlineData("gc")]
    [InlineData("import-url")]
    public async Task A_full_disk_is_told_loses_nothing_and_the_same_command_ends_when_there_is_room(string name)
    {
        var command = VersionCommand.Local.Single(command => command.Name == name);
        await using var disk = await SmallDisk.MountAsync(LargeBytes);
        using var template = await (await run.VersionsAsync()).CopyAsync(disk.Path);
        using var disturbance = await Disturbance.MakeAsync(template, command);
        var isEnough = false;
        var failures = 0;
        for (var i = 0; !isEnough && (TestRun.IsFull ? i * FullStep < MostRoom : i < Rooms.Length); i++)
        {
            var room = TestRun.IsFull ? i * FullStep : Rooms[i];
            await disturbance.CheckAsync($"with room for {room} bytes", async (place, arguments) =>
            {
                await disk.LeaveFreeAsync(room);
                var result = await place.Cli.RunAsync(arguments);
                await disk.LeaveFreeAsync(LargeBytes);
                isEnough = result.ExitCode == 0;
                output.WriteLine($"{room} bytes: {result.ExitCode} {result.Messages}");
                if (!isEnough)
                {
                    failures++;
                    result.Ended(6).Says("disk-full", "hint:");
                }
            });
        }

        Assert.True(failures > 0, "The disk was never full.");
    }
}
