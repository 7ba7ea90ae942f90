using Amazon.S3.Model;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>A push of several packs that is cut off in the middle, and run again.</summary>
public sealed class CutPushTests(TestRun run, ITestOutputHelper output)
{
    const int FileCount = 10;
    const int FileSize = 16 << 20;
    const string Bucket = "remotes";

    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_push_to_a_folder_that_was_cut_off_sends_only_the_rest_when_it_is_run_again()
    {
        using var place = await LargePlaceAsync();
        var packs = place["remote/packs"];
        await place.RunAsync("remote", "add", "lab", "../remote");

        await CutAsync(place, () => Task.FromResult(
            Directory.Exists(packs) && Directory.EnumerateFiles(packs, "*.idx").Any()));
        var there = new DirectoryInfo(packs).EnumerateFiles("*.pack")
            .ToDictionary(file => file.Name, file => (file.Length, file.LastWriteTimeUtc));
        var sent = await PushAgainAsync(place);

        AssertOnlyTheRest(there.Values.Sum(file => file.Length), sent);
        Assert.All(there, file =>
        {
            var now = new FileInfo(Path.Join(packs, file.Key));
            Assert.Equal(file.Value, (now.Length, now.LastWriteTimeUtc));
        });
        (await place.Cli.RunAsync("clone", "../remote", "../clone", "--no-checkout")).Ended(0);
        await VersionPlace.AssertSoundAsync(place.In("clone"));
    }

    [Fact]
    public async Task A_push_to_s3_that_was_cut_off_sends_only_the_rest_when_it_is_run_again()
    {
        await using var service = await S3Service.StartAsync(run);
        using var s3 = service.Client();
        await s3.PutBucketAsync(Bucket, Cancel);
        using var place = await LargePlaceAsync(("CUT_KEY", service.AccessKey), ("CUT_SECRET", service.SecretKey));
        string[] options =
        [
            "--endpoint", service.Address.ToString(), "--access-key-env", "CUT_KEY", "--secret-key-env", "CUT_SECRET",
        ];
        await place.RunAsync(["remote", "add", "lab", $"s3://{Bucket}/all", .. options]);

        await CutAsync(place, async () => (await ListAsync()).Any(
            entry => entry.Key.EndsWith(".idx", StringComparison.Ordinal)));
        var there = (await ListAsync()).Where(entry => entry.Key.EndsWith(".pack", StringComparison.Ordinal)).ToList();
        var sent = await PushAgainAsync(place);

        AssertOnlyTheRest(there.Sum(entry => entry.Size!.Value), sent);
        var after = (await ListAsync()).ToDictionary(entry => entry.Key);
        Assert.All(there, entry => Assert.Equal(
            (entry.Size, entry.ETag, entry.LastModified),
            (after[entry.Key].Size, after[entry.Key].ETag, after[entry.Key].LastModified)));
        (await place.Cli.RunAsync(["clone", $"s3://{Bucket}/all", "../clone", "--no-checkout", .. options])).Ended(0);
        await VersionPlace.AssertSoundAsync(place.In("clone"));

        async Task<List<S3Object>> ListAsync() =>
            (await s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket }, Cancel)).S3Objects ?? [];
    }

    async Task<VersionPlace> LargePlaceAsync(params (string Name, string? Value)[] environment)
    {
        var place = await (await run.VersionsAsync()).CopyAsync(null, environment);
        for (var i = 0; i < FileCount; i++)
            place.Write($"large/f{i}", FileSize, 70_000 + i);
        await place.CommitAsync("large files");
        return place;
    }

    /// <summary>Kills a push as soon as something of it can be seen at the remote.</summary>
    static async Task CutAsync(VersionPlace place, Func<Task<bool>> isBegun)
    {
        await using var push = place.Cli.Start("push", "lab", "main");
        using var poll = new PeriodicTimer(Poll);
        while (!await isBegun())
            await poll.WaitForNextTickAsync(Cancel);
        Assert.True(await push.KillAtAsync(TimeSpan.Zero), "The push ended before it could be cut off.");
    }

    async Task<long> PushAgainAsync(VersionPlace place)
    {
        var report = (await place.Cli.RunAsync("push", "lab", "main", "--json")).Ended(0).Json;
        output.WriteLine(report.ToJsonString());
        return (long)report["bytes"]!;
    }

    /// <summary>What is there already is more than nothing, and it is not sent again.</summary>
    void AssertOnlyTheRest(long thereBytes, long sentBytes)
    {
        output.WriteLine($"{thereBytes} bytes were there, {sentBytes} were sent");
        var all = (long)FileCount * FileSize;
        Assert.True(thereBytes > all / 20);
        // Indexes and small files are the rest.
        Assert.InRange(thereBytes + sentBytes, all, all + (all / 10));
    }
}
