using System.Globalization;
using Amazon.S3.Model;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Ingest and export with the packaged binary: what it must survive.</summary>
public sealed class IngestTests(TestRun run)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_line_of_a_gigabyte_costs_itself_and_little_memory()
    {
        const long Gigabyte = 1L << 30;
        const long MostKiB = 1 << 20;
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);
        using (var file = File.Create(scratch["long.csv"]))
        {
            file.Write("a,b\n1,x\n2,"u8);
            file.SetLength(file.Length + Gigabyte);
            file.Position = file.Length;
            file.Write("\n3,z\n"u8);
        }

        await using var running = cli.Start("ingest", "long.csv", "--into", "t", "--json");
        var peak = PeakKiBAsync(running.Id);
        var report = (await running.EndAsync()).Ended(0).Json;

        Assert.Equal((3, 2, 1), ((int)report["records"]!, (int)report["rows"]!, (int)report["quarantined"]!));
        Assert.InRange(await peak, 1, MostKiB);
        var kept = (await cli.RunAsync("sql", "--json", "select line, object from \"t$quarantine\"")).Ended(0).Json;
        Assert.Equal(3, (int)kept[0]!["line"]!);
        Assert.StartsWith("object:", (string)kept[0]!["object"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public async Task An_ingest_that_is_killed_adds_nothing_or_all_and_once_when_it_is_run_again(double moment)
    {
        const int Rows = 400_000;
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);
        await File.WriteAllLinesAsync(
            scratch["a.csv"], Enumerable.Range(0, Rows).Select(i => $"{i},{i * 7919 % 1009},text {i}").Prepend("a,b,c"),
            Stop);
        await using var running = cli.Start("ingest", "a.csv", "--into", "t");
        await running.KillAtAsync(TimeSpan.FromSeconds(2 * moment));

        (await cli.RunAsync("ingest", "a.csv", "--into", "t")).Ended(0);

        var count = (await cli.RunAsync("sql", "--json", "select count(*) n, sum(a)::bigint s from t")).Ended(0).Json;
        Assert.Equal(Rows, (long)count[0]!["n"]!);
        Assert.Equal(Rows * (Rows - 1L) / 2, (long)count[0]!["s"]!);
        (await cli.RunAsync("fsck")).Ended(0);
    }

    [Fact]
    public async Task Keys_of_a_bucket_come_in_and_a_table_goes_out_to_one()
    {
        await using var service = await S3Service.StartAsync(run);
        using var s3 = service.Client();
        await s3.PutBucketAsync("data", Stop);
        foreach (var (key, text) in new[] { ("in/a.csv", "a\n1\n"), ("in/b.csv", "a\n2\n"), ("in/c.txt", "no") })
        {
            await s3.PutObjectAsync(
                new PutObjectRequest { BucketName = "data", Key = key, ContentBody = text }, Stop);
        }

        string[] reached =
        [
            "--endpoint", service.Address.ToString(), "--access-key-env", "AWS_ACCESS_KEY_ID", "--secret-key-env",
            "AWS_SECRET_ACCESS_KEY",
        ];
        var cli = run.Cli(
            service.Workspace, ("AWS_ACCESS_KEY_ID", service.AccessKey), ("AWS_SECRET_ACCESS_KEY", service.SecretKey));

        var report = (await cli.RunAsync(["ingest", "s3://data/in/*.csv", "--into", "t", "--json", .. reached]))
            .Ended(0).Json;
        (await cli.RunAsync(["export", "t", "--to", "s3://data/out/t.jsonl", .. reached])).Ended(0);

        Assert.Equal(2, (int)report["rows"]!);
        Assert.Equal("s3://data/in/a.csv", (string)report["files"]![0]!["name"]!);
        using var got = await s3.GetObjectAsync("data", "out/t.jsonl", Stop);
        using var reader = new StreamReader(got.ResponseStream);
        Assert.Equal("{\"a\":1}\n{\"a\":2}\n", await reader.ReadToEndAsync(Stop));
    }

    [Fact]
    public async Task Rows_of_a_file_replace_those_of_the_same_key()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);
        await File.WriteAllTextAsync(scratch["a.csv"], "id,x\n1,a\n2,b\n", Stop);
        await File.WriteAllTextAsync(scratch["b.csv"], "id,x\n2,c\n3,d\n", Stop);
        (await cli.RunAsync("ingest", "a.csv", "--into", "t", "--key", "id")).Ended(0);

        (await cli.RunAsync("ingest", "b.csv", "--into", "t", "--key", "id")).Ended(0)
            .Says("1 rows are new, 1 changed, 0 were there already");

        (await cli.RunAsync("export", "t", "--to", "t.csv")).Ended(0);
        Assert.Equal(
            ["1,a", "2,c", "3,d"],
            (await File.ReadAllLinesAsync(scratch["t.csv"], Stop)).Skip(1).Order(StringComparer.Ordinal));
    }

    /// <summary>The most memory that a process had, looked at until it ends.</summary>
    static async Task<long> PeakKiBAsync(int id)
    {
        const string Line = "VmHWM:";
        var peak = 0L;
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await poll.WaitForNextTickAsync(Stop))
        {
            try
            {
                var lines = await File.ReadAllLinesAsync($"/proc/{id}/status", Stop);
                if (Array.Find(lines, line => line.StartsWith(Line, StringComparison.Ordinal)) is not { } found)
                {
                    return peak;
                }

                peak = Math.Max(peak, long.Parse(found[Line.Length..^2].Trim(), CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                return peak;
            }
        }

        return peak;
    }
}
