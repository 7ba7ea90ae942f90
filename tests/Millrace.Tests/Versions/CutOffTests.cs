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

    [Fact(Explicit = true)]
    public async Task Child_goes_to_the_branch_of_a_clone()
    {
        await using var checkout = await TestCheckout.AtAsync(ChildTest.Folder);
        await BeginAsync(checkout);
    }

    [Fact(Explicit = true)]
    public async Task Child_makes_a_branch_and_goes_there()
    {
        await using var checkout = await TestCheckout.AtAsync(ChildTest.Folder);
        await checkout.Versions.CheckoutAsync("second", new CheckoutOptions { NewBranch = "third" }, Cancel);
    }

    [Fact(Explicit = true)]
    public async Task Child_merges()
    {
        await using var checkout = await TestCheckout.AtAsync(ChildTest.Folder);
        await checkout.Versions.MergeAsync("second", cancellationToken: Cancel);
    }

    [Theory]
    [InlineData("rename:signal=KILL:when=2")]
    [InlineData("renameat:signal=KILL:when=3")]
    [InlineData("syncfs:signal=KILL:when=1")]
    [InlineData("syncfs:signal=KILL:when=2")]
    public async Task A_merge_with_conflicts_that_was_cut_off_is_completed_or_taken_back(string fault)
    {
        await using var place = await TwoVersionsAsync();
        await using (var checkout = await TestCheckout.AtAsync(place.Folder))
            await checkout.CommitAsync("three", [.. Enumerable.Range(0, 6).Select(i => ($"d{i % 3}/f{i}", "third"))]);
        await ChildTest.RunAsync(typeof(CutOffTests), nameof(Child_merges), place.Folder, fault);
        var copy = place.Folder + ".copy";
        await Git.Program.RunAsync("cp", place.Folder, ["-a", place.Folder, copy], "");

        await using var completed = await TestCheckout.AtAsync(place.Folder);
        var before = await completed.Versions.StatusAsync(Cancel);
        if (before.Unfinished is not null && before.MergeOf is null)
            await completed.Versions.CheckoutAsync("main", cancellationToken: Cancel);
        else if (before.Unfinished is not null)
            Assert.Equal("merge-unfinished", (await Assert.ThrowsAsync<MillraceException>(
                () => completed.Versions.AddAsync([""], cancellationToken: Cancel))).Code);
        if (before.MergeOf is null || before.Unfinished is not null)
            await completed.Versions.MergeAsync("second", cancellationToken: Cancel);
        await using var aborted = await TestCheckout.AtAsync(copy);
        var state = await aborted.Versions.StatusAsync(Cancel);
        if (state.MergeOf is not null)
            await aborted.Versions.AbortMergeAsync(Cancel);
        else if (state.Unfinished is not null)
            await aborted.Versions.CheckoutAsync("main", cancellationToken: Cancel);

        var after = await completed.Versions.StatusAsync(Cancel);
        Assert.Equal((null, "second"), (after.Unfinished, after.MergeOf));
        Assert.Equal(6, after.Conflicts.Count);
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(i < 6 ? "third" : $"second {i}", completed.Read($"d{i % 3}/f{i}"));
            Assert.Equal(i < 6, completed.Exists($"d{i % 3}/f{i}.THEIRS~second"));
            Assert.Equal(i < 6 ? "third" : $"first {i}", aborted.Read($"d{i % 3}/f{i}"));
            Assert.False(aborted.Exists($"d{i % 3}/f{i}.THEIRS~second"));
        }

        Assert.Equal("second 4", completed.Read("d1/f4.THEIRS~second"));
        Assert.False(Directory.EnumerateFiles(Path.Join(place.Folder, "d0"), "*.2").Any());
        Assert.Empty(await aborted.StatusAsync());
        Directory.Delete(copy, recursive: true);
    }

    [Theory]
    [InlineData("rename:signal=KILL:when=1")]
    [InlineData("rename:signal=KILL:when=2")]
    [InlineData("pwrite64:signal=KILL:when=2")]
    [InlineData("pwrite64:signal=KILL:when=4")]
    [InlineData("fdatasync:signal=KILL:when=1")]
    [InlineData("renameat:signal=KILL:when=3")]
    [InlineData("syncfs:signal=KILL:when=1")]
    public async Task A_clone_that_was_cut_off_has_nothing_staged_or_says_how_it_is_completed(string fault)
    {
        await using var place = await ClonedAsync();
        await ChildTest.RunAsync(
            typeof(CutOffTests), nameof(Child_goes_to_the_branch_of_a_clone), place.Folder, fault);

        await using var checkout = await TestCheckout.AtAsync(place.Folder);
        var before = await checkout.Versions.StatusAsync(Cancel);
        if (before.Unfinished is null)
        {
            Assert.Empty(before.Staged);
            await BeginAsync(checkout);
        }
        else
        {
            Assert.Equal("main", before.Unfinished);
            await checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel);
        }

        await AssertSecondAsync(checkout, "main");
    }

    [Theory]
    [InlineData("rename:signal=KILL:when=1")]
    [InlineData("rename:signal=KILL:when=2")]
    [InlineData("pwrite64:signal=KILL:when=4")]
    [InlineData("renameat:signal=KILL:when=3")]
    [InlineData("syncfs:signal=KILL:when=1")]
    public async Task A_checkout_of_a_new_branch_that_was_cut_off_is_completed_by_the_same_command(string fault)
    {
        await using var place = await TwoVersionsAsync();
        await ChildTest.RunAsync(
            typeof(CutOffTests), nameof(Child_makes_a_branch_and_goes_there), place.Folder, fault);

        await using var checkout = await TestCheckout.AtAsync(place.Folder);
        await checkout.Versions.CheckoutAsync("second", new CheckoutOptions { NewBranch = "third" }, Cancel);

        await AssertSecondAsync(checkout, "third");
        var again = await Assert.ThrowsAsync<MillraceException>(() => checkout.Versions.CheckoutAsync(
            "second", new CheckoutOptions { NewBranch = "third" }, Cancel));
        Assert.Equal("branch-exists", again.Code);
    }

    [Theory]
    [InlineData("fchmod:signal=KILL:when=9")]
    [InlineData("renameat:signal=KILL:when=3")]
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
        await AssertSecondAsync(checkout, "second");
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

    static async Task AssertSecondAsync(TestCheckout checkout, string branch)
    {
        Assert.Equal(branch, (await checkout.Versions.HeadAsync(Cancel)).Branch);
        for (var i = 0; i < 30; i++)
            Assert.Equal($"second {i}", checkout.Read($"d{i % 3}/f{i}"));
        Assert.False(checkout.Exists("gone"));
        Assert.Equal("new", checkout.Read("new/n29"));
        Assert.Equal("user's", checkout.Read("mine"));
        Assert.Equal(["untracked mine"], await checkout.StatusAsync());
    }

    static async Task BeginAsync(TestCheckout checkout) => await checkout.Versions.BeginAsync(
        "main", (await checkout.Versions.Refs.BranchAsync("second", Cancel))!.Value, null, Cancel);

    /// <summary>A workspace that has commits and neither a branch of its own nor files, as a clone that has just been
    /// fetched.</summary>
    static async Task<TestCheckout> ClonedAsync()
    {
        var place = await TwoVersionsAsync();
        Directory.Delete(Path.Join(place.Folder, ".millrace", "versions"), recursive: true);
        foreach (var name in new[] { "d0", "d1", "d2" })
            Directory.Delete(Path.Join(place.Folder, name), recursive: true);
        File.Delete(Path.Join(place.Folder, "gone"));
        await using var checkout = await TestCheckout.AtAsync(place.Folder);
        await checkout.Versions.Refs.MoveBranchAsync(
            "main", await checkout.Versions.Refs.BranchAsync("main", Cancel), null, "test", "Ann", Cancel);
        return place;
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
