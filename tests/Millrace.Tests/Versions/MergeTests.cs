using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

public sealed class MergeTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_branch_goes_forward_when_nothing_was_done_here()
    {
        await using var checkout = await TwoBranchesAsync([("a", "2")], []);

        var report = await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);

        Assert.True(report.IsFastForward);
        Assert.Equal("2", checkout.Read("a"));
        Assert.Empty(await checkout.StatusAsync());
        Assert.True((await checkout.Versions.MergeAsync("side", cancellationToken: Cancel)).IsUpToDate);
    }

    [Fact]
    public async Task What_only_one_side_changed_is_merged_into_a_commit_of_both()
    {
        await using var checkout = await TwoBranchesAsync([("a", "2"), ("new", "1")], [("b", "2")]);

        var report = await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);

        Assert.Equal(2, checkout.Versions.ReadCommit(report.Commit!.Value).Parents.Count);
        Assert.Equal(("2", "2", "1"), (checkout.Read("a"), checkout.Read("b"), checkout.Read("new")));
        Assert.Empty(await checkout.StatusAsync());
        Assert.Equal(report.Commit, (await checkout.Versions.HeadAsync(Cancel)).Commit);
    }

    [Fact]
    public async Task A_conflict_keeps_both_and_waits_for_add()
    {
        await using var checkout = await TwoBranchesAsync([("a", "theirs"), ("c", "1")], [("a", "ours")]);

        var report = await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);

        Assert.Null(report.Commit);
        Assert.Equal("ours", checkout.Read("a"));
        Assert.Equal("theirs", checkout.Read("a.THEIRS~side"));
        Assert.Contains("conflict a", await checkout.StatusAsync());
        Assert.Equal("conflicts-left", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CommitAsync(new CommitRequest("x"), Cancel))).Code);
        Assert.Equal("merge-unfinished", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CheckoutAsync("side", cancellationToken: Cancel))).Code);

        checkout.Write("a", "both");
        File.Delete(Path.Join(checkout.Folder, "a.THEIRS~side"));
        await checkout.Versions.AddAsync(["a"], cancellationToken: Cancel);
        var merged = await checkout.Versions.CommitAsync(new CommitRequest(""), Cancel);

        Assert.Equal(2, merged.Commit.Parents.Count);
        Assert.Equal("Merge 'side' into main", merged.Commit.Message);
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_merge_with_conflicts_is_taken_back_whole()
    {
        await using var checkout = await TwoBranchesAsync([("a", "theirs"), ("c", "1")], [("a", "ours")]);
        await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);

        await checkout.Versions.AbortMergeAsync(Cancel);

        Assert.Equal("ours", checkout.Read("a"));
        Assert.False(checkout.Exists("a.THEIRS~side"));
        Assert.False(checkout.Exists("c"));
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_merge_whose_commit_was_cut_off_when_the_branch_had_moved_is_not_made_again()
    {
        await using var checkout = await TwoBranchesAsync([("a", "theirs")], [("a", "ours")]);
        await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);
        await checkout.Versions.AddAsync(["a"], cancellationToken: Cancel);
        var file = Path.Join(checkout.Folder, ".millrace", "versions", "MERGE");
        var going = await File.ReadAllBytesAsync(file, Cancel);
        var merged = await checkout.Versions.CommitAsync(new CommitRequest(""), Cancel);
        await File.WriteAllBytesAsync(file, going, Cancel);

        Assert.Equal("nothing-staged", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CommitAsync(new CommitRequest(""), Cancel))).Code);
        await File.WriteAllBytesAsync(file, going, Cancel);
        checkout.Write("a", "later");
        await checkout.Versions.AddAsync(["a"], cancellationToken: Cancel);
        var next = await checkout.Versions.CommitAsync(new CommitRequest("later"), Cancel);

        Assert.Equal([merged.Id], next.Commit.Parents);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task A_merge_does_not_touch_what_the_user_changed()
    {
        await using var checkout = await TwoBranchesAsync([("a", "theirs")], [("b", "ours")]);
        checkout.Write("a", "mine");

        Assert.Equal("local-changes", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.MergeAsync("side", cancellationToken: Cancel))).Code);

        Assert.Equal("mine", checkout.Read("a"));
        Assert.Equal(["modified a"], await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_second_merge_begins_where_the_first_ended()
    {
        await using var checkout = await TwoBranchesAsync([("a", "2")], [("b", "2")]);
        await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);
        await checkout.Versions.CheckoutAsync("side", cancellationToken: Cancel);
        await checkout.CommitAsync("more", ("a", "3"));
        await checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel);

        var report = await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);

        Assert.Empty(report.Conflicts);
        Assert.Equal("3", checkout.Read("a"));
    }

    static async Task<TestCheckout> TwoBranchesAsync((string, string)[] theirs, (string, string)[] ours)
    {
        var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("start", ("a", "1"), ("b", "1"));
        await checkout.Versions.CheckoutAsync("HEAD", new CheckoutOptions { NewBranch = "side" }, Cancel);
        await checkout.CommitAsync("theirs", theirs);
        await checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel);
        if (ours.Length > 0)
            await checkout.CommitAsync("ours", ours);
        return checkout;
    }
}
