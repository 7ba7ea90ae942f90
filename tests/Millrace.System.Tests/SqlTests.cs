using Amazon.S3.Model;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Queries with the packaged binary.</summary>
public sealed class SqlTests(TestRun run)
{
    const string Endless = "select sum(a.i * b.i) from range(10000000) a(i), range(10000000) b(i)";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_that_has_seen_enough_ends_the_query_without_a_word()
    {
        using var scratch = new ScratchFolder();
        (await run.Cli(scratch.Path).RunAsync("init")).Ended(0);

        var printed = await Shell.RunInAsync(
            scratch.Path, "timeout", "60", "bash", "-o", "pipefail", "-c",
            $"'{run.Program}' sql --format jsonl 'select range as i from range(100000000000)' | head -n 2");

        Assert.Equal("{\"i\":0}\n{\"i\":1}\n", printed);
    }

    [Fact]
    public async Task An_interrupted_query_ends_at_once()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);
        await using var query = cli.Start("sql", $"select 1 as begun; {Endless}");
        // The count of rows is the last thing that the first statement says.
        await query.UntilItSaysAsync("1 rows");

        query.Interrupt();

        (await query.EndAsync()).Ended(130).Says("Cancelled.");
    }

    [Fact]
    public async Task A_query_that_takes_too_long_or_too_much_is_ended_with_its_reason()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);

        (await cli.RunAsync("sql", "--timeout", "1s", Endless)).Ended(6).Says("(sql-timeout)", "after 1 s");
        (await cli.RunAsync(
            "sql", "--memory-limit", "64mb", "--temp-limit", "16mb", "--output", "x.csv",
            "select sha256(i::varchar) as h from range(3000000) r(i) order by h")).Ended(6).Says("(memory-limit)");
        Assert.False(File.Exists(scratch["x.csv"]));
        Assert.Empty(Directory.GetFiles(scratch.Path, ".tmp-*"));
    }

    [Fact]
    public async Task Every_format_goes_to_a_file_and_comes_back()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);
        const string Rows = "select i, 'text ' || i as s from range(5000) r(i)";
        foreach (var name in new[] { "a.csv", "a.json", "a.jsonl", "a.parquet" })
        {
            (await cli.RunAsync("sql", Rows, "--output", name)).Ended(0).Says($"5,000 rows to {name}");
            var back = (await cli.RunAsync("sql", "--json", $"select sum(i)::bigint as s, max(s) as m from '{name}'"))
                .Ended(0);
            Assert.Equal("[{\"s\":12497500,\"m\":\"text 999\"}]\n", back.Output);
        }

        (await cli.RunAsync("sql", Rows, "--output", "a.arrow")).Ended(0);
        (await cli.RunAsync("ingest", "a.arrow", "--into", "arrow")).Ended(0);
        (await cli.RunAsync("sql", Rows, "--output", "a.csv")).Ended(4).Says("(target-exists)");
        (await cli.RunAsync("sql", "select 1 as one", "--output", "a.csv", "--replace")).Ended(0);
        Assert.Equal("one\n1\n", await File.ReadAllTextAsync(scratch["a.csv"], Stop));
        (await cli.RunAsync("sql", Rows, "--output", "a.unknown")).Ended(2).Says("(option-conflict)");
    }

    [Theory]
    [InlineData("--param", "=1")]
    [InlineData("--param", "a b=1")]
    [InlineData("--memory-limit", "none")]
    [InlineData("--memory-limit", "1kb")]
    [InlineData("--timeout", "soon")]
    [InlineData("--threads", "0")]
    [InlineData("--rows", "0")]
    [InlineData("--key", "id")]
    public async Task An_option_that_means_nothing_is_refused(string option, string value)
    {
        using var scratch = new ScratchFolder();

        (await run.Cli(scratch.Path).RunAsync("sql", "select 1", option, value)).Ended(2).Says("error (option-");
    }

    [Fact]
    public async Task Files_of_an_S3_service_are_read_and_a_name_that_is_not_there_is_told()
    {
        await using var service = await S3Service.StartAsync(run);
        using var s3 = service.Client();
        await s3.PutBucketAsync("data", Stop);
        foreach (var (key, text) in new[] { ("in/a.csv", "a\n1\n"), ("in/b.csv", "a\n2\n") })
        {
            await s3.PutObjectAsync(
                new PutObjectRequest { BucketName = "data", Key = key, ContentBody = text }, Stop);
        }

        var cli = run.Cli(
            service.Workspace, ("AWS_ACCESS_KEY_ID", service.AccessKey), ("AWS_SECRET_ACCESS_KEY", service.SecretKey),
            ("AWS_ENDPOINT_URL", service.Address.ToString()));

        var sum = (await cli.RunAsync("sql", "--json", "select sum(a)::bigint as s from 's3://data/in/*.csv'"))
            .Ended(0);
        (await cli.RunAsync("sql", "from 's3://data/in/a.csv'", "--save-as", "t")).Ended(0);
        var why = (await cli.RunAsync("why", "t", "--json")).Ended(0);
        (await cli.RunAsync("sql", "from 's3://data/none/*.csv'")).Ended(3).Says("(source-missing)");

        Assert.Equal("[{\"s\":3}]\n", sum.Output);
        Assert.Contains("s3://data/in/a.csv", why.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_of_others_does_not_reach_a_pipe_as_anything_but_itself()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);

        var csv = (await cli.RunAsync("sql", "--format", "csv", "select chr(27) || '[2J' as \"a\"\";drop\"")).Ended(0);
        var error = (await cli.RunAsync("sql", "from \"x'; drop table t; --\"")).Ended(3);

        Assert.Equal("\"a\"\";drop\"\n\u001b[2J\n", csv.Output);
        error.Says("There is no table 'x'; drop table t; --'.");
    }
}
