using Amazon.S3;
using Amazon.S3.Model;
using Millrace.Catalog;

namespace Millrace.Benchmarks;

/// <summary>Objects of 64 MiB over S3 on loopback: getting them beside nginx, putting them beside dd with fsync on the
/// same disk. One client, one connection, the same HTTP client for both servers.</summary>
/// <remarks>Requests are presigned, so that the client signs and hashes nothing meanwhile: what is measured is the
/// server. Needs nginx-light from Debian's packages.</remarks>
static class S3Benchmarks
{
    const int Size = 64 << 20;
    const int Rounds = 7;
    const int ObjectsInRound = 4;
    const int BufferSize = 1 << 20;

    public static async Task RunAsync()
    {
        var folder = Path.Join(Environment.CurrentDirectory, $"bench-s3-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            var program = await PublishedProgram.BuildAsync();
            await using var server = await S3Server.StartAsync(program, folder);
            await using var nginx = await NginxServer.StartAsync(folder);
            await MeasureAsync(folder, server, nginx);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task MeasureAsync(string folder, S3Server server, NginxServer nginx)
    {
        var random = new Random(1);
        var contents = Enumerable.Range(0, ObjectsInRound).Select(_ => new byte[Size]).ToArray();
        Renew(random, contents);
        using var http = new HttpClient();
        using var s3 = server.Client();
        await s3.PutBucketAsync("bench");
        await PutAsync(http, Presign(s3, "first", HttpVerb.PUT), contents[0]);
        await File.WriteAllBytesAsync(Path.Join(nginx.Root, "first"), contents[0]);
        const long Bytes = (long)Size * ObjectsInRound;
        var report = new BenchmarkReport(
            "s3", "S3: objects of 64 MiB",
            $"{ObjectsInRound} random objects of 64 MiB in a row over loopback; puts have new content each time and "
            + "are durable when they are answered. Signing is the client's time too. CPU is the client's alone.",
            Rounds, [ReportColumn.Throughput, ReportColumn.Cpu]);
        var get = report.Add("GET from millrace", Bytes, _ => GetAsync(http, Same(Presign(s3, "first", HttpVerb.GET))));
        // What nobody has read yet is compared with its SHA-256, and later with what was found right.
        report.Add(
            "GET from millrace, the first time", Bytes, round => GetAsync(
                http, [.. Enumerable.Range(0, ObjectsInRound).Select(
                    i => Presign(s3, $"fresh-{round}-{i}", HttpVerb.GET))]),
            async round =>
            {
                Renew(random, contents);
                for (var i = 0; i < ObjectsInRound; i++)
                    await PutAsync(http, Presign(s3, $"fresh-{round}-{i}", HttpVerb.PUT), contents[i]);
            });
        var getNginx = report.Add("GET from nginx", Bytes, _ => GetAsync(http, Same(nginx.Url("first"))));
        var signed = report.Add("PUT to millrace, signed with its SHA-256", Bytes, async round =>
        {
            for (var i = 0; i < ObjectsInRound; i++)
                await PutSignedAsync(s3, $"signed-{round}-{i}", contents[i]);
        }, _ => Task.Run(() => Renew(random, contents)));
        var put = report.Add("PUT to millrace", Bytes, async round =>
        {
            for (var i = 0; i < ObjectsInRound; i++)
                await PutAsync(http, Presign(s3, $"new-{round}-{i}", HttpVerb.PUT), contents[i]);
        }, _ => Task.Run(() => Renew(random, contents)));
        var source = Path.Join(folder, "source");
        var dd = report.Add("dd with fsync to the same disk", Bytes, async round =>
        {
            for (var i = 0; i < ObjectsInRound; i++)
            {
                await PublishedProgram.ExecuteAsync(
                    "dd", folder, [$"if={source}", $"of={folder}/dd-{round}-{i}", "bs=1M", "conv=fsync"]);
            }
        }, async _ =>
        {
            await File.WriteAllBytesAsync(source, contents[0]);
            using var written = File.OpenHandle(source, FileMode.Open, FileAccess.ReadWrite);
            DurableFile.Sync(written, source);
        });
        report.Compare("GET", get, getNginx);
        report.Compare("PUT", put, dd);
        report.Compare("PUT, signed with its SHA-256", signed, dd);
        await report.RunAsync();
    }

    /// <summary>Other bytes for each object, or deduplication would write nothing.</summary>
    static void Renew(Random random, byte[][] contents)
    {
        foreach (var content in contents)
            random.NextBytes(content);
    }

    static string[] Same(string url) => [.. Enumerable.Repeat(url, ObjectsInRound)];

    static async Task GetAsync(HttpClient http, string[] urls)
    {
        var buffer = new byte[BufferSize];
        foreach (var url in urls)
        {
            using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            await using var stream = await response.Content.ReadAsStreamAsync();
            var total = 0L;
            for (var count = await stream.ReadAsync(buffer); count > 0; count = await stream.ReadAsync(buffer))
                total += count;
            if (total != Size)
                throw new InvalidOperationException($"{total} bytes of {Size} came.");
        }
    }

    /// <summary>The client hashes too, before it sends.</summary>
    static async Task PutSignedAsync(AmazonS3Client s3, string key, byte[] content)
    {
        using var body = new MemoryStream(content);
        await s3.PutObjectAsync(new PutObjectRequest
        {
            BucketName = "bench",
            Key = key,
            InputStream = body,
            UseChunkEncoding = false,
            AutoCloseStream = false,
        });
    }

    static async Task PutAsync(HttpClient http, string url, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using var response = await http.PutAsync(url, body);
        response.EnsureSuccessStatusCode();
    }

    static string Presign(AmazonS3Client s3, string key, HttpVerb verb) => s3.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = "bench",
        Key = key,
        Verb = verb,
        Protocol = Protocol.HTTP,
#pragma warning disable RS0030 // The SDK wants a time of its own clock.
        Expires = DateTime.UtcNow.AddMinutes(30),
#pragma warning restore RS0030
    });
}
