using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>PostgreSQL as a source and as the catalog.</summary>
public sealed class PostgresTests(TestRun run, PostgresServer server) : IClassFixture<PostgresServer>
{
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
