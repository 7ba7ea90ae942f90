using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>kill -9 of a workspace's move between the embedded catalog and PostgreSQL.</summary>
public sealed class PostgresMoveTests(TestRun run, PostgresServer server, ITestOutputHelper output)
    : IClassFixture<PostgresServer>
{
    const int Kills = 2;
    const int FullKills = 30;

    [Fact]
    public async Task A_move_to_postgres_that_is_killed_loses_nothing_and_completes_when_it_is_run_again()
    {
        await server.CreateDatabaseAsync("there");
        var command = new VersionCommand(
            "move of the catalog", "move", "--catalog", server.Connection("there"), "--schema",
            $"copy_{VersionCommand.CopyMark}")
        {
            DoneCodes = ["move-nothing"],
            AfterEnd = place =>
            {
                Assert.Contains(
                    "postgres", File.ReadAllText(Path.Join(place.Workspace, "millrace.yaml")),
                    StringComparison.Ordinal);
                return Task.CompletedTask;
            },
        };

        await KillAsync(command);
    }

    [Fact]
    public async Task A_move_back_from_postgres_that_is_killed_loses_nothing_and_completes_when_it_is_run_again()
    {
        await server.CreateDatabaseAsync("back");
        var command = new VersionCommand("move back of the catalog", "move", "--catalog", "sqlite")
        {
            PrepareCopy = (place, copy) => place.RunAsync(
                "move", "--catalog", server.Connection("back"), "--schema", $"copy_{copy}"),
            DoneCodes = ["move-nothing"],
            AfterEnd = place =>
            {
                Assert.True(File.Exists(Path.Join(place.Workspace, ".millrace/catalog.db")));
                return Task.CompletedTask;
            },
        };

        await KillAsync(command);
    }

    async Task KillAsync(VersionCommand command)
    {
        using var disturbance = await Disturbance.MakeAsync(await run.VersionsAsync(), command);
        var chance = new Random(run.Seed);
        for (var kill = 0; kill < (TestRun.IsFull ? FullKills : Kills); kill++)
            await disturbance.KillAsync(chance.NextDouble(), output);
    }
}
