using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Clients that take what is everyone's: time, sockets, turns.</summary>
public sealed class S3SlowClientTests(TestRun run)
{
    const string Bucket = "photos";
    const int SharedSize = 32 << 20;
    const int Neighbours = 4;
    const int Turns = 5;
    const int IdleSockets = 500;
    const int ConnectionsOfAddress = 1024;
    const int Beyond = 100;

    // All of nobody's turns, and as many again that must be told to come later.
    const int AnonymousTurns = 256;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_that_drip_or_never_read_are_closed_and_hold_up_nobody()
    {
        await using var service = await S3Service.StartAsync(run, options: ["--patience", "3"]);
        using var s3 = service.Client();
        await s3.PutBucketAsync(Bucket, Cancel);
        var contents = Enumerable.Range(1, Neighbours).Select(Bytes).ToList();
        await PutAsync(s3, "shared", contents[0]);
        using var body = await RawConnection.OpenAsync(service.Address);
        using var headers = await RawConnection.OpenAsync(service.Address);
        using var deaf = await RawConnection.OpenAsync(service.Address, receiveSize: 4096);
        await body.SendAsync(
            "PUT", S3Service.Presign(s3, HttpVerb.PUT, Bucket, "shared").PathAndQuery, "Content-Length: 100000");
        await headers.SendAsync("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        await deaf.SendAsync("GET", S3Service.Presign(s3, HttpVerb.GET, Bucket, "shared").PathAndQuery);

        var drips = Task.WhenAll(body.DripAsync(), headers.DripAsync());
        await Task.WhenAll(contents.Select(content => TakeTurnsAsync(s3, content, contents)));
        await drips;
        await deaf.UntilGivenUpAsync();

        Assert.Contains(contents, content => content.AsSpan().SequenceEqual(ReadAsync(s3, "shared").Result));
        await service.AssertSoundAsync();

        static byte[] Bytes(int seed)
        {
            var bytes = new byte[SharedSize];
            new Random(seed).NextBytes(bytes);
            return bytes;
        }
    }

    [Fact]
    public async Task Idle_sockets_keep_nobody_out_and_one_address_cannot_take_all_connections()
    {
        await using var service = await S3Service.StartAsync(run);
        using var s3 = service.Client();
        await s3.PutBucketAsync(Bucket, Cancel);
        await PutAsync(s3, "small", [1, 2, 3]);
        var target = S3Service.Presign(s3, HttpVerb.GET, Bucket, "small").PathAndQuery;
        var connections = new List<RawConnection>();
        try
        {
            await OpenManyAsync(service, connections, IdleSockets);
            Assert.Equal([1, 2, 3], await ReadAsync(s3, "small"));

            await OpenManyAsync(service, connections, ConnectionsOfAddress + Beyond - IdleSockets);
            await UntilAsync(() => Task.FromResult(connections.Count(connection => connection.IsClosed()) >= Beyond));
            var open = connections.First(connection => !connection.IsClosed());
            await open.SendAsync("GET", target);
            using var neighbour = await RawConnection.OpenAsync(service.Address, from: "127.0.0.2");
            await neighbour.SendAsync("GET", target);

            Assert.Equal("HTTP/1.1 200 OK", await open.StatusAsync());
            Assert.Equal("HTTP/1.1 200 OK", await neighbour.StatusAsync());
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }

        // The server hears of their end in its own time.
        await UntilAsync(async () =>
        {
            using var fresh = await RawConnection.OpenAsync(service.Address);
            await fresh.SendAsync("GET", target);
            return await fresh.StatusAsync() == "HTTP/1.1 200 OK";
        });
    }

    [Fact]
    public async Task Whoever_has_no_key_is_answered_before_the_body_and_cannot_take_all_turns()
    {
        await using var service = await S3Service.StartAsync(run, options: ["--patience", "300"]);
        using var s3 = service.Client();
        await s3.PutBucketAsync(Bucket, Cancel);
        await PutAsync(s3, "small", [1, 2, 3]);
        using var unsigned = await RawConnection.OpenAsync(service.Address);
        using var wronglySigned = await RawConnection.OpenAsync(service.Address);
        using var asking = await RawConnection.OpenAsync(service.Address);
        // Signed for another key.
        var forged = S3Service.Presign(s3, HttpVerb.PUT, Bucket, "other").PathAndQuery
            .Replace("/other?", "/small?", StringComparison.Ordinal);
        await unsigned.SendAsync("PUT", $"/{Bucket}/small", "Content-Length: 5000000000");
        await wronglySigned.SendAsync("PUT", forged, "Content-Length: 5000000000");
        await asking.SendAsync("PUT", forged, "Content-Length: 5000000000", "Expect: 100-continue");

        Assert.Equal("HTTP/1.1 403 Forbidden", await unsigned.StatusAsync());
        Assert.Equal("HTTP/1.1 403 Forbidden", await wronglySigned.StatusAsync());
        Assert.Equal("HTTP/1.1 403 Forbidden", await asking.StatusAsync());

        var connections = new List<RawConnection>();
        try
        {
            // A form says who it is from in its body, so that it takes a turn before that is known.
            await OpenManyAsync(service, connections, 2 * AnonymousTurns);
            foreach (var connection in connections)
            {
                await connection.SendAsync(
                    "POST", $"/{Bucket}", "Content-Type: multipart/form-data; boundary=x", "Content-Length: 100000");
            }

            Assert.Equal("HTTP/1.1 503 Service Unavailable", await FirstStatusAsync(connections));
            await PutAsync(s3, "small", [4, 5, 6]);
            Assert.Equal([4, 5, 6], await ReadAsync(s3, "small"));
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    static async Task OpenManyAsync(S3Service service, List<RawConnection> connections, int count)
    {
        for (var i = 0; i < count; i++)
            connections.Add(await RawConnection.OpenAsync(service.Address));
    }

    static async Task<string> FirstStatusAsync(List<RawConnection> connections)
    {
        var first = await Task.WhenAny(connections.Select(connection => connection.StatusAsync()));
        return await first;
    }

    static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        timeout.CancelAfter(TimeSpan.FromMinutes(1));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await holds())
            await pace.WaitForNextTickAsync(timeout.Token);
    }

    static async Task TakeTurnsAsync(AmazonS3Client s3, byte[] own, List<byte[]> all)
    {
        for (var turn = 0; turn < Turns; turn++)
        {
            await PutAsync(s3, "shared", own);
            var read = await ReadAsync(s3, "shared");
            Assert.Contains(all, content => content.AsSpan().SequenceEqual(read));
            var page = await s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket }, Cancel);
            Assert.Equal(["shared"], page.S3Objects.Select(item => item.Key));
        }
    }

    static async Task PutAsync(AmazonS3Client s3, string key, byte[] content)
    {
        var answer = await s3.PutObjectAsync(
            new PutObjectRequest { BucketName = Bucket, Key = key, InputStream = new MemoryStream(content) }, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.HttpStatusCode);
    }

    static async Task<byte[]> ReadAsync(AmazonS3Client s3, string key)
    {
        using var got = await s3.GetObjectAsync(Bucket, key, Cancel);
        using var read = new MemoryStream();
        await got.ResponseStream.CopyToAsync(read, Cancel);
        return read.ToArray();
    }
}
