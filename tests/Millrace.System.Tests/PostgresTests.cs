using Millrace.SystemTests.Fixtures;
using Npgsql;

namespace Millrace.SystemTests;

/// <summary>PostgreSQL as a source and as the catalog.</summary>
public sealed class PostgresTests(TestRun run, PostgresServer server) : IClassFixture<PostgresServer>
{
    const string SmallPipeline = """
        var job = Pipeline.Create("small", args);
        var count = job.Number("count", 10);
        var numbers = job.Sql("numbers", $"select n, n * n as square from range({count}) numbers(n)", key: ["n"]);
        job.Sql("sums", $"select 1 as id, sum(square)::bigint as total from {numbers}", key: ["id"]);
        return await job.RunAsync();
        """;

    [Fact]
    public async Task A_demo_on_postgres_gives_what_one_on_sqlite_gives()
    {
        using var scratch = new ScratchFolder();
        await server.CreateDatabaseAsync("site");
        var undisturbed = await run.DemoAsync();
        string[] command =
            [.. UndisturbedDemo.Command("demo"), "--postgres", server.Connection("site") + ";Password=not-to-be-kept"];

        var demo = (await run.Cli(scratch.Path).RunAsync(command)).Ended(0);

        Assert.Equal(undisturbed.Fingerprint, Fingerprints.OfDemo(demo.Json));
        Assert.False(File.Exists(scratch["demo/site/site.db"]));
        var runs = await run.Cli(scratch.Path).RunAsync("run", "list", "--json", "--workspace", "demo/workspace");
        Assert.Contains("Host=127.0.0.1", runs.Ended(0).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("not-to-be-kept", runs.Output, StringComparison.Ordinal);
        var why = await run.Cli(scratch.Path).RunAsync(
            "why", "model:photo-popularity@production", "--json", "--workspace", "demo/workspace");
        Assert.Contains("\"127.0.0.1/site/photos\"", why.Ended(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workspace_keeps_its_catalog_on_postgres()
    {
        using var scratch = new ScratchFolder();
        await server.CreateDatabaseAsync("catalogs");
        await File.WriteAllTextAsync(
            scratch["millrace.yaml"],
            $"catalog:\n  kind: postgres\n  connection: {server.Connection("catalogs")}\n  schema: numbers\n",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(scratch["small.cs"], SmallPipeline, TestContext.Current.CancellationToken);
        var cli = run.Cli(scratch.Path);

        (await cli.RunAsync("run", "small.cs", "--json")).Ended(0);
        var again = (await cli.RunAsync("run", "small.cs", "--json")).Ended(0);

        Assert.All(again.Json["tasks"]!.AsArray(), task => Assert.Equal("cached", (string)task!["state"]!));
        var sum = (await cli.RunAsync("sql", "select total from sums", "--json")).Ended(0);
        Assert.Equal("[{\"total\":285}]\n", sum.Output);
        (await cli.RunAsync("why", "table:sums")).Ended(0);
        var check = (await cli.RunAsync("fsck", "--json")).Ended(0);
        Assert.Equal((true, 2), ((bool)check.Json["clean"]!, (int)check.Json["tables"]!));
        Assert.False(File.Exists(scratch[".millrace/catalog.db"]));
        await using var connection = new NpgsqlConnection(server.Connection("catalogs") + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select count(*) from numbers.task_result", connection);
        Assert.Equal(2L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_catalog_server_that_is_not_there_is_named()
    {
        using var scratch = new ScratchFolder();
        await File.WriteAllTextAsync(
            scratch["millrace.yaml"],
            "catalog:\n  kind: postgres\n  connection: Host=127.0.0.1;Port=1;Database=absent;Username=nobody\n",
            TestContext.Current.CancellationToken);

        var result = (await run.Cli(scratch.Path).RunAsync("table", "list")).Ended(6);

        result.Says("catalog-unavailable", "127.0.0.1", "hint:");
    }
}
