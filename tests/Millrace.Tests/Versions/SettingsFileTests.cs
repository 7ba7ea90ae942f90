using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>The workspace's own <c>millrace.yaml</c> among the files that are versioned.</summary>
public sealed class SettingsFileTests
{
    const string Settings = "millrace.yaml";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_its_name_with_force_stages_it()
    {
        await using var checkout = await MakeAsync();
        checkout.Write("a", "1");
        checkout.Write("d/millrace.yaml", "one of somebody else");

        var report = await checkout.Versions.AddAsync([""], takesIgnored: true, cancellationToken: Cancel);

        Assert.Equal(2, report.FileCount);
        Assert.Equal(["staged a", "staged d/millrace.yaml"], await checkout.StatusAsync());
        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.AddAsync([Settings], cancellationToken: Cancel));
        Assert.Equal("path-ignored", refused.Code);
        Assert.Contains("--force", refused.Hint, StringComparison.Ordinal);
        await checkout.Versions.AddAsync([Settings], takesIgnored: true, cancellationToken: Cancel);
        Assert.Contains($"staged {Settings}", await checkout.StatusAsync());
    }

    [Fact]
    public async Task What_commits_have_of_it_is_never_written_and_never_shown()
    {
        await using var checkout = await MakeAsync();
        checkout.Write("a", "1");
        await checkout.Versions.AddAsync(["a", Settings], takesIgnored: true, cancellationToken: Cancel);
        await checkout.Versions.CommitAsync(new CommitRequest("one"), Cancel);
        const string Own = "versions:\n  author: Ben <ben@example.org>\n";
        checkout.Write(Settings, Own);

        Assert.Empty(await checkout.StatusAsync());
        await checkout.Versions.RestoreAsync([""], "HEAD", isStaged: false, both: true, cancellationToken: Cancel);
        await checkout.Versions.RestoreAsync([Settings], "HEAD", isStaged: false, cancellationToken: Cancel);
        await checkout.Versions.CheckoutAsync("HEAD", new CheckoutOptions { IsForced = true }, Cancel);

        Assert.Equal(Own, checkout.Read(Settings));
        checkout.Write("a", "2");
        var next = await checkout.Versions.CommitAsync(new CommitRequest("two") { StagesAll = true }, Cancel);
        var before = checkout.Versions.ReadCommit(next.Commit.Parents[0]).Tree;
        Assert.Equal(
            checkout.Versions.Find(before, Settings)!.Hash,
            checkout.Versions.Find(next.Commit.Tree, Settings)!.Hash);
        File.Delete(Path.Join(checkout.Folder, Settings));
        Assert.Empty(await checkout.StatusAsync());
        await checkout.Versions.AddAsync([""], cancellationToken: Cancel);
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_branch_with_it_and_one_without_leave_it_alone()
    {
        await using var checkout = await MakeAsync();
        await checkout.CommitAsync("one", ("a", "1"));
        await checkout.Versions.MakeBranchAsync("without", "HEAD", Cancel);
        await checkout.Versions.AddAsync([Settings], takesIgnored: true, cancellationToken: Cancel);
        await checkout.Versions.CommitAsync(new CommitRequest("with"), Cancel);
        var text = checkout.Read(Settings);

        await checkout.Versions.CheckoutAsync("without", cancellationToken: Cancel);
        Assert.Equal(text, checkout.Read(Settings));
        Assert.Empty(await checkout.StatusAsync());
        await checkout.Versions.MergeAsync("main", cancellationToken: Cancel);

        Assert.Equal(text, checkout.Read(Settings));
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task Only_what_is_stored_is_counted()
    {
        await using var checkout = await MakeAsync();
        checkout.Write("a", "1");
        using var pipe = System.Diagnostics.Process.Start("mkfifo", [Path.Join(checkout.Folder, "pipe")]);
        await pipe.WaitForExitAsync(Cancel);

        var report = await checkout.Versions.AddAsync([""], cancellationToken: Cancel);
        await checkout.Versions.CommitAsync(new CommitRequest("one"), Cancel);

        Assert.Equal((1, 1), (report.FileCount, report.Changes.Count));
        Assert.Equal(1, (await checkout.Versions.StatusAsync(Cancel)).FileCount);
    }

    static async Task<TestCheckout> MakeAsync()
    {
        var checkout = await TestCheckout.MakeAsync();
        File.Delete(Path.Join(checkout.Folder, ".millraceignore"));
        return checkout;
    }
}
