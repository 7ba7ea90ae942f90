using Amazon.S3.Model;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Two folders, as on two machines, whose catalog is on one PostgreSQL server and whose tables and objects are
/// in one bucket.</summary>
public sealed class SharedWorkspaceTests(TestRun run, PostgresServer postgres) : IClassFixture<PostgresServer>
{
    const string Bucket = "lake";
    const int Commits = 10;
    const int FullCommits = 50;
    const int FirstKill = 2;
    const int KillStep = 9;
    const int FullKillStep = 1;
    const int Rows = 10;

    const string SmallPipeline = """
        var job = Pipeline.Create("small", args);
        var count = job.Number("count", 10);
        var numbers = job.Sql("numbers", $"select n, n * n as square from range({count}) numbers(n)", key: ["n"]);
        job.Sql("sums", $"select 1 as id, sum(square)::bigint as total from {numbers}", key: ["id"]);
        return await job.RunAsync();
        """;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_pipeline_made_in_one_is_there_in_the_other_with_its_lineage()
    {
        using var scratch = new ScratchFolder();
        await using var service = await StartAsync(scratch, "pipelines");
        var (first, second) = (run.Cli(scratch["first"]), run.Cli(scratch["second"]));
        await File.WriteAllTextAsync(scratch["first/small.cs"], SmallPipeline, Stop);
        File.Copy(scratch["first/small.cs"], scratch["second/small.cs"]);

        (await first.RunAsync("run", "small.cs", "--json")).Ended(0);

        var sum = (await second.RunAsync("sql", "select total from sums", "--json")).Ended(0);
        Assert.Equal("[{\"total\":285}]\n", sum.Output);
        var again = (await second.RunAsync("run", "small.cs", "--json")).Ended(0);
        Assert.All(again.Json["tasks"]!.AsArray(), task => Assert.Equal("cached", (string)task!["state"]!));
        var why = (await second.RunAsync("why", "table:sums")).Ended(0);
        Assert.Contains("numbers", why.Output, StringComparison.Ordinal);
        (await second.RunAsync("run", "small.cs", "--count", "3")).Ended(0);
        Assert.Equal(
            "[{\"total\":5}]\n", (await first.RunAsync("sql", "select total from sums", "--json")).Ended(0).Output);
        Assert.False(Directory.Exists(scratch["first/.millrace/tables"]));
        await AssertSoundAsync(first, second);
    }

    [Fact]
    public async Task Another_engine_reads_the_tables_where_they_lie()
    {
        using var scratch = new ScratchFolder();
        await using var service = await StartAsync(scratch, "engines");
        var cli = run.Cli(scratch["first"]);
        for (var i = 0; i < 12; i++)
        {
            await WriteRowsAsync(scratch[$"first/{i}.csv"], i * Rows);
            (await cli.RunAsync("ingest", $"{i}.csv", "--into", "t")).Ended(0);
        }

        var found = await ClickHouse.QueryAsync(
            scratch.Path,
            $"select count(), sum(id), max(text) from deltaLake('{service.Address}{Bucket}/tables/t', "
            + $"'{service.AccessKey}', '{service.SecretKey}') settings optimize_trivial_count_query = 0");

        Assert.Equal($"{12 * Rows}\t{12 * Rows * ((12 * Rows) - 1) / 2}\ttext 99", found.Trim());
    }

    [Fact]
    public async Task Two_that_write_one_table_at_once_lose_no_row()
    {
        using var scratch = new ScratchFolder();
        await using var service = await StartAsync(scratch, "writers");
        var commits = TestRun.IsFull ? FullCommits : Commits;
        string[] folders = ["first", "second"];

        await Task.WhenAll(folders.Select(async (folder, number) =>
        {
            for (var i = 0; i < commits; i++)
            {
                await WriteRowsAsync(scratch[$"{folder}/{i}.csv"], ((number * commits) + i) * Rows);
                (await run.Cli(scratch[folder]).RunAsync("ingest", $"{i}.csv", "--into", "t")).Ended(0);
            }
        }));

        var (first, second) = (run.Cli(scratch["first"]), run.Cli(scratch["second"]));
        Assert.Equal(2 * commits * Rows, await CountAsync(first));
        Assert.Equal(2 * commits * Rows, await CountAsync(second));
        var history = (await second.RunAsync("table", "history", "t", "--json")).Ended(0).Json;
        Assert.Equal(2 * commits, history.AsArray().Count);
        await AssertSoundAsync(first, second);
    }

    [Fact]
    public async Task A_kill_at_any_message_to_the_servers_loses_nothing_and_the_same_command_completes()
    {
        using var scratch = new ScratchFolder();
        await using var service = await StartAsync(scratch, "kills");
        var (first, second) = (run.Cli(scratch["first"]), run.Cli(scratch["second"]));
        var done = 0;
        var isKilled = true;
        for (var message = FirstKill; isKilled; message += TestRun.IsFull ? FullKillStep : KillStep)
        {
            await WriteRowsAsync(scratch[$"first/{message}.csv"], message * Rows);
            string[] ingest = ["ingest", $"{message}.csv", "--into", "t"];
            var killed = await first.Traced(
                "-o", "/dev/null", "-e", $"inject=sendmsg,sendto:signal=SIGKILL:when={message}").RunAsync(ingest);
            isKilled = killed.ExitCode != 0;
            if (done > 0)
                Assert.Contains(await CountAsync(second), new[] { done * Rows, (done + 1) * Rows });

            (await first.RunAsync(ingest)).Ended(0);
            done++;
            Assert.Equal(done * Rows, await CountAsync(second));
        }

        Assert.True(done > 3, $"{done} kills");
        await AssertSoundAsync(first, second);
    }

    async Task<S3Service> StartAsync(ScratchFolder scratch, string schema)
    {
        var service = await S3Service.StartAsync(run);
        using (var s3 = service.Client())
            await s3.PutBucketAsync(new PutBucketRequest { BucketName = Bucket }, Stop);
        await postgres.CreateDatabaseAsync(schema);
        await File.WriteAllTextAsync(
            scratch["credentials"],
            $"[default]\naws_access_key_id = {service.AccessKey}\naws_secret_access_key = {service.SecretKey}\n", Stop);
        File.SetUnixFileMode(scratch["credentials"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (var folder in (string[])["first", "second"])
        {
            Directory.CreateDirectory(scratch[folder]);
            await File.WriteAllTextAsync(scratch[$"{folder}/millrace.yaml"], Settings(service, scratch, schema), Stop);
        }

        return service;
    }

    string Settings(S3Service service, ScratchFolder scratch, string schema) => $"""
        catalog:
          kind: postgres
          connection: {postgres.Connection(schema)}
          schema: shared
        objects:
          url: s3://{Bucket}/objects
          endpoint: {service.Address.GetLeftPart(UriPartial.Authority)}
          credentials-file: {scratch["credentials"]}
        tables:
          url: s3://{Bucket}/tables
          endpoint: {service.Address.GetLeftPart(UriPartial.Authority)}
          credentials-file: {scratch["credentials"]}

        """;

    static Task WriteRowsAsync(string file, int from) => File.WriteAllLinesAsync(
        file, Enumerable.Range(from, Rows).Select(i => $"{i},text {i}").Prepend("id,text"), Stop);

    static async Task<int> CountAsync(Cli cli)
    {
        var counted = (await cli.RunAsync("sql", "--json", "select count(*) n, count(distinct id) d from t")).Ended(0);
        Assert.Equal((int)counted.Json[0]!["n"]!, (int)counted.Json[0]!["d"]!);
        return (int)counted.Json[0]!["n"]!;
    }

    static async Task AssertSoundAsync(params Cli[] places)
    {
        foreach (var cli in places)
        {
            var check = await cli.RunAsync("fsck", "--json");
            Assert.True((bool)check.Ended(0).Json["clean"]!, check.ToString());
        }
    }
}
