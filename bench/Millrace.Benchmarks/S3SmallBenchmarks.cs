using System.Globalization;
using Amazon.S3;
using Amazon.S3.Model;
using Millrace.Buckets;
using Millrace.Catalog;

namespace Millrace.Benchmarks;

/// <summary>What S3 costs for each request: objects of 4 KiB from 16 clients at a time, getting them beside nginx and
/// putting them beside files that are synced one by one; and pages of a long listing.</summary>
/// <remarks>Gets and puts are presigned and pages anyone's, so that the client signs nothing meanwhile.</remarks>
static class S3SmallBenchmarks
{
    const int Size = 4 * 1024;
    const int Rounds = 7;
    const int Clients = 16;
    const int Objects = 2048;
    const int Keys = 100_000;
    const int PageSize = 1000;
    const int Pages = 20;
    const string Bucket = "bench";
    const string Listed = "listed";

    public static async Task RunAsync()
    {
        var folder = Path.Join(Environment.CurrentDirectory, $"bench-s3-small-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            var program = await PublishedProgram.BuildAsync();
            await using var server = await S3Server.StartAsync(program, folder);
            await using var nginx = await NginxServer.StartAsync(folder);
            await FillAsync(Path.Join(folder, "workspace"));
            await MeasureAsync(folder, server, nginx);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A bucket with many keys that name one object.</summary>
    static async Task FillAsync(string folder)
    {
        await using var workspace = await Workspace.OpenAsync(folder);
        var buckets = workspace.Buckets;
        await buckets.CreateAsync(Listed, "bench");
        using var body = await buckets.StoreAsync(new MemoryStream(new byte[Size]), Size);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Keys), new ParallelOptions { MaxDegreeOfParallelism = 256 },
            async (number, token) => await buckets.PutAsync(
                Listed,
                new ObjectVersion
                {
                    Key = Key(number),
                    Owner = "bench",
                    SizeBytes = Size,
                    ETag = body.ETag,
                    Parts = [body.Part],
                },
                WriteConditions.None, token));
    }

    static async Task MeasureAsync(string folder, S3Server server, NginxServer nginx)
    {
        using var http = new HttpClient();
        using var s3 = server.Client();
        await s3.PutBucketAsync(Bucket);
        await s3.PutBucketPolicyAsync(Listed, $$"""
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket",
             "Resource": "arn:aws:s3:::{{Listed}}"}]}
            """);
        var random = new Random(1);
        var content = new byte[Size];
        random.NextBytes(content);
        await File.WriteAllBytesAsync(Path.Join(nginx.Root, "small"), content);
        await PutAsync(http, Presign(s3, "small", HttpVerb.PUT), content);
        var report = new BenchmarkReport(
            "s3-small", "S3: what each request costs",
            $"Objects of 4 KiB, {Objects} of them in a run from {Clients} clients at once over loopback; puts have new "
            + $"content each and are durable when they are answered. {Pages} pages of {PageSize} keys, one after the "
            + $"other, out of {Keys} keys. CPU is the client's alone.",
            Rounds, [ReportColumn.PerSecond, ReportColumn.Cpu]);
        var url = Presign(s3, "small", HttpVerb.GET);
        var get = report.Add("GET of 4 KiB from millrace", Objects, _ => ManyAsync(_ => http.GetByteArrayAsync(url)));
        var getNginx = report.Add(
            "GET of 4 KiB from nginx", Objects, _ => ManyAsync(_ => http.GetByteArrayAsync(nginx.Url("small"))));
        var urls = new string[Objects];
        var put = report.Add(
            "PUT of 4 KiB to millrace", Objects,
            round => ManyAsync(number => PutAsync(http, urls[number], Content(round, number))),
            round => Task.Run(() =>
            {
                for (var number = 0; number < Objects; number++)
                    urls[number] = Presign(s3, $"new-{round}-{number}", HttpVerb.PUT);
            }));
        var files = report.Add(
            "a file of 4 KiB written and synced", Objects,
            round => ManyAsync(
                number => WriteAsync(Path.Join(folder, $"file-{round}-{number}"), Content(round, number))));
        report.Add(
            $"page of {PageSize} keys out of {Keys}", Pages, async _ =>
            {
                for (var page = 0; page < Pages; page++)
                    await ListAsync(http, server.Address, Keys / Pages * page);
            });
        report.Compare("GET", get, getNginx);
        report.Compare("PUT", put, files);
        await report.RunAsync();
    }

    static Task ManyAsync(Func<int, Task> run) => Parallel.ForEachAsync(
        Enumerable.Range(0, Objects), new ParallelOptions { MaxDegreeOfParallelism = Clients },
        async (number, _) => await run(number));

    static async Task ListAsync(HttpClient http, string address, int after)
    {
        var text = await http.GetStringAsync(
            $"{address}/{Listed}?list-type=2&max-keys={PageSize}&start-after={Key(after)}");
        if (text.Split("<Key>").Length - 1 != PageSize && after + PageSize < Keys)
            throw new InvalidOperationException("The page has other keys than were asked for.");
    }

    static async Task PutAsync(HttpClient http, string url, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using var response = await http.PutAsync(url, body);
        response.EnsureSuccessStatusCode();
    }

    static Task WriteAsync(string path, byte[] content) => Task.Run(() =>
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, content, 0);
        DurableFile.Sync(file, path);
    });

    /// <summary>Other bytes for each object, or deduplication would write nothing.</summary>
    static byte[] Content(int round, int number)
    {
        var bytes = new byte[Size];
        new Random((round * Objects) + number).NextBytes(bytes);
        return bytes;
    }

    static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $"photos/2026/{number:D8}.jpg");

    static string Presign(AmazonS3Client s3, string key, HttpVerb verb) => s3.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = Bucket,
        Key = key,
        Verb = verb,
        Protocol = Protocol.HTTP,
#pragma warning disable RS0030 // The SDK wants a time of its own clock.
        Expires = DateTime.UtcNow.AddMinutes(30),
#pragma warning restore RS0030
    });
}
