using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>A file on one side of a merge and a folder on the other.</summary>
public sealed class MergeCollisionTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Their_folder_in_the_place_of_our_file_lies_beside_it()
    {
        await using var checkout = await CollisionAsync();

        var report = await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);

        Assert.Equal("ours", checkout.Read("a"));
        Assert.Equal("theirs", checkout.Read("a.THEIRS~side/f"));
        Assert.Equal("deep", checkout.Read("a.THEIRS~side/g/h"));
        Assert.Equal("theirs", checkout.Read("q"));
        Assert.Equal(["a.THEIRS~side/f", "a.THEIRS~side/g/h"], report.Beside.Order(StringComparer.Ordinal));
        Assert.Contains(report.Conflicts, conflict => conflict is { Path: "a/f", IsFileAndFolder: true });
        Assert.Equal("file against folder", (await checkout.Versions.StatusAsync(Cancel)).Reasons["a/f"]);
    }

    [Fact]
    public async Task A_merge_with_a_file_against_a_folder_is_taken_back_whole()
    {
        await using var checkout = await CollisionAsync();
        await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);

        await checkout.Versions.AbortMergeAsync(Cancel);

        Assert.Equal(("ours", "1"), (checkout.Read("a"), checkout.Read("q")));
        Assert.False(checkout.Exists("a.THEIRS~side"));
        Assert.Empty(await checkout.StatusAsync());
        var again = await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);
        Assert.False(again.IsUpToDate);
    }

    [Fact]
    public async Task A_merge_is_taken_back_also_where_the_other_sides_are_gone_from_the_disk()
    {
        await using var checkout = await CollisionAsync();
        await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);
        Directory.Delete(Path.Join(checkout.Folder, "a.THEIRS~side"), recursive: true);

        await checkout.Versions.AbortMergeAsync(Cancel);

        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task Nobody_commits_a_merge_that_is_half_taken_back()
    {
        await using var checkout = await CollisionAsync();
        await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);
        await checkout.Versions.AddAsync([""], cancellationToken: Cancel);
        // What the user put into the place of one is left.
        var folder = Path.Join(checkout.Folder, "a.THEIRS~side", "f");
        File.Delete(folder);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Join(folder, "mine"), "mine");
        var file = Path.Join(checkout.Folder, ".millrace", "versions", "MERGE");
        var going = await File.ReadAllBytesAsync(file, Cancel);
        await checkout.Versions.AbortMergeAsync(Cancel);
        Assert.False(File.Exists(file));

        // As a kill before the last step leaves it.
        await File.WriteAllBytesAsync(file, going, Cancel);
        var head = (await checkout.Versions.HeadAsync(Cancel)).Commit!.Value;
        checkout.Versions.State.WriteJournal(new Millrace.Versions.Files.CheckoutJournal(
            "main", head.ToString(), checkout.Versions.ReadCommit(head).Tree.ToString(), 1));

        Assert.Equal("merge-unfinished", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CommitAsync(new CommitRequest("x"), Cancel))).Code);
        await checkout.Versions.AbortMergeAsync(Cancel);
        Assert.Equal("1", checkout.Read("q"));
        Assert.Equal("mine", checkout.Read("a.THEIRS~side/f/mine"));
    }

    [Fact]
    public async Task Both_may_add_a_file_and_a_folder_of_one_name_and_each_path_is_resolved_by_its_name()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("base", ("q", "1"));
        await checkout.Versions.MakeBranchAsync("side", "HEAD", Cancel);
        await checkout.CommitAsync("ours", ("n", "file"));
        await checkout.Versions.CheckoutAsync("side", cancellationToken: Cancel);
        await checkout.CommitAsync("theirs", ("n/f", "folder"));
        await checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel);

        await checkout.Versions.MergeAsync("side", cancellationToken: Cancel);

        Assert.Equal("folder", checkout.Read("n.THEIRS~side/f"));
        Assert.Equal("conflicts-left", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CommitAsync(new CommitRequest("x"), Cancel))).Code);
        await checkout.Versions.AddAsync(["n/f"], cancellationToken: Cancel);
        var merged = await checkout.Versions.CommitAsync(new CommitRequest("x"), Cancel);
        Assert.Equal(2, merged.Commit.Parents.Count);
    }

    [Fact]
    public async Task A_folder_of_the_user_in_the_place_of_a_file_is_named_with_what_helps()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", ("a", "1"));
        File.Delete(Path.Join(checkout.Folder, "a"));
        checkout.Write("a/mine", "mine");

        var restored = await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.RestoreAsync(["a"], null, isStaged: false, cancellationToken: Cancel));
        var forced = await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CheckoutAsync("HEAD", new CheckoutOptions { IsForced = true }, Cancel));

        Assert.All([restored, forced], refused =>
        {
            Assert.Equal("local-changes", refused.Code);
            Assert.Contains("Move each away", refused.Hint, StringComparison.Ordinal);
            Assert.DoesNotContain("--force", refused.Hint, StringComparison.Ordinal);
        });
        Assert.Equal("mine", checkout.Read("a/mine"));
    }

    static async Task<TestCheckout> CollisionAsync()
    {
        var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("base", ("a", "1"), ("q", "1"));
        await checkout.Versions.CheckoutAsync(
            "HEAD", new CheckoutOptions { NewBranch = "side" }, Cancel);
        File.Delete(Path.Join(checkout.Folder, "a"));
        await checkout.CommitAsync("theirs", ("a/f", "theirs"), ("a/g/h", "deep"), ("q", "theirs"));
        await checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel);
        await checkout.CommitAsync("ours", ("a", "ours"));
        return checkout;
    }
}
