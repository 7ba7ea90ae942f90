using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>A process that is killed at some system call, and what the next one finds.</summary>
public sealed class CutOffTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Child_checks_out()
    {
        await using var checkout = await TestCheckout.AtAsync(ChildTest.Folder);
        await checkout.Versions.CheckoutAsync("second", cancellationToken: Cancel);
    }

    [Fact(Explicit = true)]
    public async Task Child_adds_and_commits()
    {
        await using var checkout = await TestCheckout.AtAsync(ChildTest.Folder);
        await checkout.CommitAsync("three");
    }

    [Theory]
    [InlineData("fchmod:signal=KILL:when=9")]
    [InlineData("renameat2:signal=KILL:when=3")]
    [InlineData("unlinkat:signal=KILL:when=1")]
    [InlineData("syncfs:signal=KILL:when=1")]
    [InlineData("rename:signal=KILL:when=2")]
    public async Task A_checkout_that_was_cut_off_is_completed(string fault)
    {
        await using var place = await TwoVersionsAsync();
        await ChildTest.RunAsync(typeof(CutOffTests), nameof(Child_checks_out), place.Folder, fault);

        await using var checkout = await TestCheckout.AtAsync(place.Folder);
        var before = await checkout.Versions.StatusAsync(Cancel);
        var report = await checkout.Versions.CheckoutAsync("second", cancellationToken: Cancel);

        Assert.True(before.Unfinished is null or "second");
        Assert.Equal("second", report.Branch);
        for (var i = 0; i < 30; i++)
            Assert.Equal($"second {i}", checkout.Read($"d{i % 3}/f{i}"));
        Assert.False(checkout.Exists("gone"));
        Assert.Equal("new", checkout.Read("new/n29"));
        Assert.Equal("user's", checkout.Read("mine"));
        Assert.Equal(["untracked mine"], await checkout.StatusAsync());
    }

    [Theory]
    [InlineData("fsync:signal=KILL:when=1")]
    [InlineData("fsync:signal=KILL:when=3")]
    [InlineData("fsync:signal=KILL:when=5")]
    [InlineData("rename:signal=KILL:when=1")]
    [InlineData("pwrite64:signal=KILL:when=9")]
    public async Task A_commit_that_was_cut_off_is_whole_or_was_never_made(string fault)
    {
        await using var place = await TwoVersionsAsync();
        place.Write("d0/f0", "third");
        await ChildTest.RunAsync(typeof(CutOffTests), nameof(Child_adds_and_commits), place.Folder, fault);

        await using var checkout = await TestCheckout.AtAsync(place.Folder);
        Assert.Equal("third", checkout.Read("d0/f0"));
        var head = (await checkout.Versions.HeadAsync(Cancel)).Commit!.Value;
        var commit = checkout.Versions.ReadCommit(head);
        if (commit.Message != "three")
            commit = (await checkout.CommitAsync("three")).Commit;

        Assert.Equal(
            ContentHash.Of("third"u8), checkout.Versions.Find(commit.Tree, "d0/f0")!.Hash);
        var report = await new ObjectCheck(checkout.Workspace.Objects).CheckAsync(
            checkout.Workspace.RootSources, null, Cancel);
        Assert.True(report.Missing.Count == 0 && report.Damaged.Count == 0);
    }

    static async Task<TestCheckout> TwoVersionsAsync()
    {
        var checkout = await TestCheckout.MakeAsync();
        var files = Enumerable.Range(0, 30);
        await checkout.CommitAsync("one", [("gone", "x"), .. files.Select(i => ($"d{i % 3}/f{i}", $"first {i}"))]);
        await checkout.Versions.CheckoutAsync("HEAD", new CheckoutOptions { NewBranch = "second" }, Cancel);
        File.Delete(Path.Join(checkout.Folder, "gone"));
        await checkout.CommitAsync(
            "two",
            [.. files.Select(i => ($"d{i % 3}/f{i}", $"second {i}")), .. files.Select(i => ($"new/n{i}", "new"))]);
        await checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel);
        checkout.Write("mine", "user's");
        await checkout.CloseAsync();
        return checkout;
    }
}
