using System.Net;
using Amazon.S3.Model;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>kill -9 of clients of the S3 server, and of the server.</summary>
public sealed class S3KillTests(TestRun run, ITestOutputHelper output)
{
    const string Bucket = "kills";
    const string KeyVariable = "KILLS_KEY";
    const string SecretVariable = "KILLS_SECRET";
    const int Kills = 2;
    const int FullKills = 30;
    const int ServerKills = 3;
    const int FullServerKills = 40;
    const int Writers = 4;
    const int MostPutBytes = 300_000;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("push")]
    [InlineData("clone")]
    [InlineData("move of objects")]
    public async Task A_client_that_is_killed_loses_nothing_and_completes_when_it_is_run_again(string name)
    {
        await using var service = await StartAsync();
        string[] options =
        [
            "--endpoint", service.Address.ToString(), "--access-key-env", KeyVariable, "--secret-key-env",
            SecretVariable,
        ];
        var url = $"s3://{Bucket}/copy-{VersionCommand.CopyMark}";
        var command = name switch
        {
            "push" => new VersionCommand(name, "push", "lab", "main", "second")
            {
                PrepareCopy = (place, copy) => place.RunAsync(
                    ["remote", "add", "lab", $"s3://{Bucket}/copy-{copy}", .. options]),
                AfterEnd = async place =>
                {
                    // Whoever has only the remote has all of it.
                    Directory.Delete(Path.Join(place.Workspace, ".millrace"), recursive: true);
                    await place.RunAsync("pull", "lab", "main");
                    await place.RunAsync("fetch", "lab");
                    await place.AssertSoundAsync();
                },
            },
            "clone" => new VersionCommand(name, ["clone", $"s3://{Bucket}/all", "../clone", .. options])
            {
                Prepare = async place =>
                {
                    await place.RunAsync(["remote", "add", "lab", $"s3://{Bucket}/all", .. options]);
                    await place.RunAsync("push", "--all");
                },
                GoOn = VersionCommand.GoOnCloning,
                AfterEnd = VersionCommand.CloneHasAll,
            },
            _ => new VersionCommand(name, ["move", "--objects", url, .. options]) { DoneCodes = ["move-nothing"] },
        };
        using var template = await (await run.VersionsAsync()).CopyAsync(
            null, (KeyVariable, service.AccessKey), (SecretVariable, service.SecretKey));
        using var disturbance = await Disturbance.MakeAsync(template, command);
        var chance = new Random(run.Seed);

        for (var kill = 0; kill < (TestRun.IsFull ? FullKills : Kills); kill++)
            await disturbance.KillAsync(chance.NextDouble(), output);

        await VersionPlace.AssertSoundAsync(service.Cli);
    }

    [Fact]
    public async Task Every_put_that_was_acknowledged_before_the_server_died_is_there()
    {
        await using var service = await StartAsync();
        var chance = new Random(run.Seed);
        var acknowledged = new Dictionary<string, int>();
        var kills = TestRun.IsFull ? FullServerKills : ServerKills;
        for (var kill = 0; kill < kills; kill++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var writers = Enumerable.Range(0, Writers)
                .Select(writer => PutUntilItEndsAsync(service, $"{kill}/{writer}", chance.Next(), stop.Token))
                .ToList();
            await Task.WhenAny(Task.Delay(chance.Next(300, 900), Cancel), Task.WhenAll(writers));
            await service.KillAsync();
            await stop.CancelAsync();
            foreach (var puts in await Task.WhenAll(writers))
                puts.ForEach(put => acknowledged.Add(put.Key, put.Seed));
            await service.ServeAsync();

            using var s3 = service.Client();
            foreach (var (key, seed) in acknowledged.Where(put => kill == kills - 1
                || put.Key.StartsWith($"{kill}/", StringComparison.Ordinal)))
            {
                using var got = await s3.GetObjectAsync(Bucket, key, Cancel);
                using var bytes = new MemoryStream();
                await got.ResponseStream.CopyToAsync(bytes, Cancel);
                Assert.Equal(Content(seed), bytes.ToArray());
            }
        }

        await AssertNothingIsPartialAsync(service, kills);
        output.WriteLine($"{kills} kills of the server, {acknowledged.Count} objects acknowledged");
        await service.KillAsync();
        await VersionPlace.AssertSoundAsync(service.Cli);
        await service.ServeAsync();
    }

    [Fact]
    public async Task A_push_whose_server_died_goes_on_when_the_server_is_back()
    {
        await using var service = await StartAsync();
        using var place = await (await run.VersionsAsync()).CopyAsync(
            null, (KeyVariable, service.AccessKey), (SecretVariable, service.SecretKey));
        await AddRemoteAsync();
        await using (var push = place.Cli.Start("push", "--all"))
        {
            await push.UntilItSaysAsync("objects");
            await service.KillAsync();
            var result = await push.EndAsync();
            if (result.ExitCode != 0)
                result.Ended(6).Says("hint:");
        }

        await service.ServeAsync();
        await place.RunAsync("remote", "remove", "lab");
        await AddRemoteAsync();
        await place.RunAsync("push", "--all");

        Directory.Delete(Path.Join(place.Workspace, ".millrace"), recursive: true);
        await place.RunAsync("fetch", "lab");
        await place.AssertSoundAsync();
        await VersionPlace.AssertSoundAsync(service.Cli);

        Task AddRemoteAsync() => place.RunAsync(
            "remote", "add", "lab", $"s3://{Bucket}/pushed", "--endpoint", service.Address.ToString(),
            "--access-key-env", KeyVariable, "--secret-key-env", SecretVariable);
    }

    async Task<S3Service> StartAsync()
    {
        var service = await S3Service.StartAsync(run);
        using var s3 = service.Client();
        await s3.PutBucketAsync(Bucket, Cancel);
        return service;
    }

    static byte[] Content(int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[random.Next(MostPutBytes)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Puts one object after the other until the server is gone.</summary>
    /// <returns>Those that it acknowledged.</returns>
    static async Task<List<(string Key, int Seed)>> PutUntilItEndsAsync(
        S3Service service, string prefix, int seed, CancellationToken cancellationToken)
    {
        var puts = new List<(string, int)>();
        using var s3 = service.Client();
        try
        {
            for (var number = 0; ; number++)
            {
                var request = new PutObjectRequest
                {
                    BucketName = Bucket,
                    Key = $"{prefix}-{number}-{seed + number}",
                    InputStream = new MemoryStream(Content(seed + number)),
                };
                var put = await s3.PutObjectAsync(request, cancellationToken);
                Assert.Equal(HttpStatusCode.OK, put.HttpStatusCode);
                puts.Add((request.Key, seed + number));
            }
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
        {
            // The server is gone.
            return puts;
        }
    }

    /// <summary>What was not acknowledged may be there; then it is whole.</summary>
    static async Task AssertNothingIsPartialAsync(S3Service service, int kills)
    {
        using var s3 = service.Client();
        for (var kill = 0; kill < kills; kill++)
        {
            var page = await s3.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = Bucket, Prefix = $"{kill}/" }, Cancel);
            foreach (var entry in page.S3Objects ?? [])
            {
                var seed = int.Parse(entry.Key[(entry.Key.IndexOf('-', entry.Key.IndexOf('-') + 1) + 1)..]);
                Assert.Equal(Content(seed).Length, entry.Size);
            }
        }
    }
}
