using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>kill -9 at random moments of each command that changes something.</summary>
public sealed class VerbKillTests(TestRun run, ITestOutputHelper output)
{
    const int Kills = 2;
    const int FullKills = 40;

    public static TheoryData<string> Commands => [.. VersionCommand.Local.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_that_is_killed_loses_nothing_and_completes_when_it_is_run_again(string name)
    {
        var command = VersionCommand.Local.Single(command => command.Name == name);
        var chance = new Random(run.Seed + VersionCommand.Local.ToList().IndexOf(command));
        using var disturbance = await Disturbance.MakeAsync(await run.VersionsAsync(), command);
        for (var kill = 0; kill < (TestRun.IsFull ? FullKills : Kills); kill++)
            await disturbance.KillAsync(chance.NextDouble(), output);
    }
}
