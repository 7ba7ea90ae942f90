using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Tests.VersionsRoom;
using Millrace.Versions.Remotes;
using Millrace.Versions.Urls;

namespace Millrace.Tests.AppServing;

/// <summary>Push, clone and import over the own S3 server.</summary>
public sealed class OwnServiceSyncTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_pushed_to_a_bucket_is_cloned_from_it()
    {
        await using var service = await OwnService.StartAsync();
        await using var ann = await TestCheckout.MakeAsync();
        await using var ben = await TestCheckout.MakeAsync();
        await ann.CommitAsync(
            "Many", [.. Enumerable.Range(0, 500).Select(i => ($"d{i % 7}/f{i}", $"text {i}"))]);

        using var there = Open(ann, service.Settings("photos"));
        var pushed = await new VersionSync(ann.Versions, "lab", there).PushAsync(new(), null, Cancel);
        using var from = Open(ben, service.Settings("photos"));
        var (fetched, _) = await new VersionSync(ben.Versions, "lab", from).CloneAsync(
            null, [], true, cancellationToken: Cancel);

        Assert.InRange(pushed.RequestCount, 5, 20);
        Assert.InRange(fetched.RequestCount, 3, 20);
        Assert.Equal("text 499", ben.Read("d2/f499"));
        Assert.Empty(await ben.StatusAsync());
    }

    [Fact]
    public async Task What_a_deleted_branch_had_is_swept_from_the_bucket()
    {
        await using var service = await OwnService.StartAsync();
        await using var ann = await TestCheckout.MakeAsync();
        await using var ben = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("kept", "kept"));
        using var there = Open(ann, service.Settings("photos"));
        var sync = new VersionSync(ann.Versions, "lab", there);
        await sync.PushAsync(new(), null, Cancel);
        await ann.Versions.MakeBranchAsync("draft", "HEAD", Cancel);
        await ann.Versions.CheckoutAsync("draft", cancellationToken: Cancel);
        await ann.CommitAsync("Two", ("draft", new string('x', 300_000)));
        await sync.PushAsync(new(), null, Cancel);

        await sync.DeleteAsync(["draft"], Cancel);
        var report = await new RemoteSweep(there, Path.Join(ann.Folder, ".millrace/sweep"), null, TimeProvider.System)
            .SweepAsync([sync], new SweepOptions { Grace = TimeSpan.Zero }, Cancel);

        Assert.Equal((3L, 3L, 0L), (report.DroppedCount, report.NeededCount, report.UnneededCount));
        using var from = Open(ben, service.Settings("photos"));
        await new VersionSync(ben.Versions, "lab", from).CloneAsync(null, [], true, cancellationToken: Cancel);
        Assert.Equal("kept", ben.Read("kept"));
    }

    [Fact]
    public async Task A_file_of_a_bucket_is_taken_again_only_when_it_has_changed()
    {
        await using var service = await OwnService.StartAsync();
        await using var here = await TestCheckout.MakeAsync();
        using var bucket = Open(here, service.Settings("data"));
        var settings = service.Settings("data");
        await bucket.Backend.TryPutAsync("labels.csv", "one"u8.ToArray(), Cancel);
        var import = new UrlImport(here.Versions, null, TimeProvider.System);
        var options = new UrlImportOptions { IsUpdate = true, Service = settings };

        var first = await import.ImportAsync(settings.Url + "/labels.csv", "labels.csv", options, Cancel);
        var again = await import.ImportAsync(settings.Url + "/labels.csv", "labels.csv", options, Cancel);
        await bucket.Backend.PutAsync("labels.csv", new MemoryStream("three"u8.ToArray()), 5, Cancel);
        var changed = await import.ImportAsync(settings.Url + "/labels.csv", "labels.csv", options, Cancel);

        Assert.Equal((true, false, true), (first.IsTaken, again.IsTaken, changed.IsTaken));
        Assert.Equal("three", here.Read("labels.csv"));
    }

    [Fact]
    public async Task A_file_of_a_bucket_that_is_replaced_while_it_is_read_is_no_mixture()
    {
        await using var service = await OwnService.StartAsync();
        await using var here = await TestCheckout.MakeAsync();
        var settings = service.Settings("data");
        using var bucket = Open(here, settings);
        var (one, other) = (new byte[9 << 20], new byte[9 << 20]);
        other.AsSpan().Fill(1);
        await bucket.Backend.PutAsync("large", new MemoryStream(one), one.Length, Cancel);
        var backend = new S3Backend(BackendAddress.Parse(settings.Url, "/"), settings);
        var (size, tag, _) = await backend.StatAsync("large", Cancel);
        await using var stream = new ServiceStream(backend, "large", size, tag);
        await stream.ReadExactlyAsync(new byte[8 << 20], Cancel);

        await bucket.Backend.PutAsync("large", new MemoryStream(other), other.Length, Cancel);
        var failed = await Assert.ThrowsAsync<MillraceException>(
            async () => await stream.ReadExactlyAsync(new byte[1 << 20], Cancel));

        Assert.Equal("source-changed", failed.Code);
    }

    static ObjectRemote Open(TestCheckout checkout, RemoteSettings settings) => ObjectRemote.Open(
        settings, checkout.Folder, Path.Join(checkout.Folder, ".millrace", "remotes", "lab"));
}
