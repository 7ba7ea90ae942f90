using System.Collections.Concurrent;
using System.Globalization;
using Amazon.S3;
using Amazon.S3.Model;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>The server at its limits: memory, disk, sweeps and its own death.</summary>
public sealed class S3StressTests(TestRun run, ITestOutputHelper output)
{
    const string Bucket = "photos";
    const int Clients = 8;
    const int PartSize = 5 << 20;

    /// <summary>What a large body may add to a server that has answered a few requests. It has 1 MiB in Kestrel, six
    /// blocks of 1 MiB that are read ahead, 1 MiB that is cut and 1 MiB that is written: 9 MiB of live memory. The
    /// collector may let twice that grow before it looks.</summary>
    const long BytesOfBodyMax = 27L << 20;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eight_large_bodies_at_once_take_constant_memory()
    {
        await using var service = await S3Service.StartAsync(run);
        using var s3 = service.Client();
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        await s3.PutBucketAsync(Bucket, Cancel);
        await PutAsync(s3, http, "small", 0, 1 << 20);
        var before = await PeakMemoryAsync(service);
        var size = TestRun.IsFull ? 1L << 30 : 256L << 20;

        // Half of them zeros, which are stored once.
        await Task.WhenAll(Enumerable.Range(1, Clients).Select(
            number => PutAsync(s3, http, $"large-{number}", number % 2 == 0 ? 0UL : (ulong)number, size)));

        var after = await PeakMemoryAsync(service);
        output.WriteLine($"{before >> 20} MiB, then {after >> 20} MiB");
        Assert.True(
            after - before < Clients * BytesOfBodyMax,
            $"It held {before >> 20} MiB before and up to {after >> 20} MiB with {Clients} of {size >> 20} MiB.");
        await AssertGetAsync(s3, http, "large-1", 1, size);
    }

    [Fact]
    public async Task What_was_answered_survives_a_kill_and_uploads_go_on()
    {
        await using var service = await S3Service.StartAsync(run);
        using var http = new HttpClient();
        using (var s3 = service.Client())
            await s3.PutBucketAsync(Bucket, Cancel);
        var written = new Written();
        var (upload, firstTag) = await BeginUploadAsync(service);

        for (var kill = 0; kill < (TestRun.IsFull ? 10 : 3); kill++)
        {
            using var enough = new CountdownEvent(Clients * (kill + 2));
            var clients = Enumerable.Range(0, Clients)
                .Select(client => PutUntilDeadAsync(service, written, kill, client, enough)).ToList();
            var half = UploadHalfAsync(service, upload);
            await Task.Run(() => enough.Wait(Cancel), Cancel);
            await service.KillAsync();
            await Task.WhenAll(clients.Append(half));
            await service.ServeAsync();

            await AssertWrittenAsync(service, http, written);
        }

        await CompleteUploadAsync(service, http, upload, firstTag);
        await service.AssertSoundAsync();
    }

    [Fact]
    public async Task A_full_disk_is_answered_and_nothing_that_was_there_is_lost()
    {
        const long Room = 96 << 20;
        await using var disk = await SmallDisk.MountAsync(Room);
        await using var service = await S3Service.StartAsync(run, disk["workspace"]);
        using var s3 = service.Client();
        using var http = new HttpClient();
        await s3.PutBucketAsync(Bucket, Cancel);
        await PutAsync(s3, http, "earlier", 1, 3 << 20);
        var refused = 0;

        foreach (var free in (long[])[0, 64 << 10, 1 << 20, 4 << 20])
        {
            await disk.LeaveFreeAsync(free);
            foreach (var (key, size) in ((string, int)[])[("large", 6 << 20), ("small", 20_000)])
            {
                using var body = new NoiseStream((ulong)free + 2, size);
                using var content = new StreamContent(body);
                using var answer = await http.PutAsync(
                    S3Service.Presign(s3, HttpVerb.PUT, Bucket, $"{key}-{free}"), content, Cancel);
                if (answer.IsSuccessStatusCode)
                    continue;
                refused++;
                Assert.True((int)answer.StatusCode is 507 or 503, $"{answer}");
            }

            await AssertGetAsync(s3, http, "earlier", 1, 3 << 20);
            await disk.LeaveFreeAsync(Room);
            await PutAsync(s3, http, $"later-{free}", (ulong)free + 3, 6 << 20);
            await AssertGetAsync(s3, http, $"later-{free}", (ulong)free + 3, 6 << 20);
            await service.AssertSoundAsync();
        }

        Assert.True(refused >= 4, $"The disk was too large: {refused} puts were refused.");
    }

    [Fact]
    public async Task A_sweep_takes_nothing_from_puts_uploads_and_deletions_beside_it()
    {
        await using var service = await S3Service.StartAsync(run);
        using var http = new HttpClient();
        using (var s3 = service.Client())
            await s3.PutBucketAsync(Bucket, Cancel);
        var written = new Written();
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients / 2)
            .Select(client => PutAndDeleteAsync(service, written, client, enough.Token))
            .Append(UploadManyAsync(service, written, enough.Token)).ToList();

        foreach (var grace in (string[])["0", "1s", "0", "1s", "0"])
            (await service.Cli.RunAsync("gc", "--grace", grace)).Ended(0);
        await enough.CancelAsync();
        await Task.WhenAll(clients);
        (await service.Cli.RunAsync("gc", "--grace", "0")).Ended(0);

        await AssertWrittenAsync(service, http, written);
        await service.AssertSoundAsync();
    }

    static async Task PutAsync(
        AmazonS3Client s3, HttpClient http, string key, ulong seed, long size)
    {
        using var body = new NoiseStream(seed, size);
        using var content = new StreamContent(body, 1 << 16);
        using var answer = await http.PutAsync(S3Service.Presign(s3, HttpVerb.PUT, Bucket, key), content, Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{answer}");
        Assert.Equal(body.ETag, answer.Headers.ETag!.Tag);
    }

    static async Task AssertGetAsync(
        AmazonS3Client s3, HttpClient http, string key, ulong seed, long size)
    {
        using var expected = new NoiseStream(seed, size);
        await using var got = await http.GetStreamAsync(S3Service.Presign(s3, HttpVerb.GET, Bucket, key), Cancel);
        var (left, right) = (new byte[1 << 16], new byte[1 << 16]);
        var total = 0L;
        while (await got.ReadAtLeastAsync(left, left.Length, throwOnEndOfStream: false, Cancel) is > 0 and var count)
        {
            Assert.Equal(count, expected.Read(right.AsSpan(0, count)));
            Assert.True(left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count)), $"'{key}' differs after {total}.");
            total += count;
        }

        Assert.Equal(size, total);
    }

    static async Task PutUntilDeadAsync(
        S3Service service, Written written, int kill, int client, CountdownEvent enough)
    {
        using var s3 = service.Client();
        var name = $"{kill}-{client}";
        var chance = new Random((kill * Clients) + client);
        try
        {
            for (var i = 0; ; i++)
            {
                var item = new Item((ulong)chance.NextInt64(1, long.MaxValue), chance.Next(3) switch
                {
                    0 => chance.Next(1000),
                    1 => chance.Next(100_000),
                    _ => chance.Next(1, 8 << 20),
                });
                written.Begun[$"{name}-{i}"] = item;
                await s3.PutObjectAsync(
                    new PutObjectRequest { BucketName = Bucket, Key = $"{name}-{i}", InputStream = item.Content() },
                    Cancel);
                written.Answered[$"{name}-{i}"] = item;
                if (!enough.IsSet)
                    enough.Signal();
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or AmazonS3Exception or IOException)
        {
            // The server is dead.
        }
    }

    static async Task PutAndDeleteAsync(
        S3Service service, Written written, int client, CancellationToken enough)
    {
        using var s3 = service.Client();
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            // Every client writes some of the same bytes, which one deletes while another puts them.
            var item = new Item((ulong)(i % 7) + 1, 300_000 + (client % 2));
            var key = $"{client}-{i}";
            await s3.PutObjectAsync(
                new PutObjectRequest { BucketName = Bucket, Key = key, InputStream = item.Content() }, Cancel);
            written.Begun[key] = item;
            if (i % 3 == 0)
            {
                await s3.CopyObjectAsync(Bucket, key, Bucket, $"{key}-copy", Cancel);
                written.Begun[$"{key}-copy"] = item;
                written.Answered[$"{key}-copy"] = item;
            }

            if (i % 8 == 7)
                written.Answered[key] = item;
            else
                await s3.DeleteObjectAsync(Bucket, key, Cancel);
        }
    }

    static async Task UploadManyAsync(S3Service service, Written written, CancellationToken enough)
    {
        using var s3 = service.Client();
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            var key = $"upload-{i}";
            var parts = (Item[])[new((ulong)i + 100, PartSize), new((ulong)i + 200, 70_000)];
            var begun = await s3.InitiateMultipartUploadAsync(Bucket, key, Cancel);
            var tags = new List<PartETag>();
            foreach (var part in parts)
                tags.Add(await UploadPartAsync(s3, key, begun.UploadId, tags.Count + 1, part));
            var whole = new Item(parts[0].Seed, parts[0].Size, parts[1]);
            written.Begun[key] = whole;
            if (i % 2 == 0)
            {
                await s3.AbortMultipartUploadAsync(Bucket, key, begun.UploadId, Cancel);
                continue;
            }

            await s3.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = Bucket,
                    Key = key,
                    UploadId = begun.UploadId,
                    PartETags = tags,
                },
                Cancel);
            written.Answered[key] = whole;
        }
    }

    /// <summary>What was answered is there, and what was not is there whole or not at all.</summary>
    static async Task AssertWrittenAsync(S3Service service, HttpClient http, Written written)
    {
        using var s3 = service.Client();
        var listed = new HashSet<string>();
        var request = new ListObjectsV2Request { BucketName = Bucket };
        ListObjectsV2Response page;
        do
        {
            page = await s3.ListObjectsV2Async(request, Cancel);
            listed.UnionWith((page.S3Objects ?? []).Select(item => item.Key));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);

        Assert.Empty(written.Answered.Keys.Except(listed));
        Assert.Empty(listed.Except(written.Begun.Keys));
        foreach (var key in listed)
        {
            var got = await http.GetByteArrayAsync(S3Service.Presign(s3, HttpVerb.GET, Bucket, key), Cancel);
            Assert.True(got.AsSpan().SequenceEqual(written.Begun[key].Bytes()), $"'{key}' has other bytes.");
        }
    }

    static async Task<(string Upload, PartETag First)> BeginUploadAsync(S3Service service)
    {
        using var s3 = service.Client();
        var begun = await s3.InitiateMultipartUploadAsync(Bucket, "parts", Cancel);
        return (begun.UploadId, await UploadPartAsync(s3, "parts", begun.UploadId, 1, new Item(1, PartSize)));
    }

    static async Task<PartETag> UploadPartAsync(AmazonS3Client s3, string key, string upload, int number, Item part)
    {
        var answer = await s3.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = Bucket,
                Key = key,
                UploadId = upload,
                PartNumber = number,
                InputStream = part.Content(),
            },
            Cancel);
        return new PartETag(number, answer.ETag);
    }

    static async Task UploadHalfAsync(S3Service service, string upload)
    {
        using var s3 = service.Client();
        try
        {
            while (true)
                await UploadPartAsync(s3, "parts", upload, 2, new Item(2, PartSize));
        }
        catch (Exception exception) when (exception is HttpRequestException or AmazonS3Exception or IOException)
        {
            // The server is dead.
        }
    }

    static async Task CompleteUploadAsync(S3Service service, HttpClient http, string upload, PartETag first)
    {
        using var s3 = service.Client();
        var second = await UploadPartAsync(s3, "parts", upload, 2, new Item(3, 1_000_000));
        await s3.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest
            {
                BucketName = Bucket,
                Key = "parts",
                UploadId = upload,
                PartETags = [first, second],
            },
            Cancel);
        var got = await http.GetByteArrayAsync(S3Service.Presign(s3, HttpVerb.GET, Bucket, "parts"), Cancel);
        Assert.Equal(new Item(1, PartSize, new Item(3, 1_000_000)).Bytes(), got);
    }

    static async Task<long> PeakMemoryAsync(S3Service service)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{service.ServerId}/status", Cancel);
        var peak = lines.First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        var kilobytes = peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>What an object was made of.</summary>
    sealed record Item(ulong Seed, int Size, Item? Next = null)
    {
        public MemoryStream Content() => new(Bytes());

        public byte[] Bytes()
        {
            using var noise = new NoiseStream(Seed, Size);
            var bytes = new byte[Size];
            noise.ReadExactly(bytes);
            return Next is null ? bytes : [.. bytes, .. Next.Bytes()];
        }
    }

    sealed class Written
    {
        public ConcurrentDictionary<string, Item> Begun { get; } = new();

        public ConcurrentDictionary<string, Item> Answered { get; } = new();
    }
}
