using Millrace.Lineage;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

public sealed class CommitTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_way_to_name_a_commit_finds_it()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        var first = await checkout.CommitAsync("one", ("a", "1"));
        var second = await checkout.CommitAsync("two", ("a", "2"));
        var versions = checkout.Versions;
        await versions.MakeTagAsync("v1", "HEAD~1", "As delivered", Cancel);
        await versions.MakeBranchAsync("side/one", "v1", Cancel);

        foreach (var name in (string[])["HEAD", "@", "main", "main~0", second.Id.ToString(), second.Id.Short])
            Assert.Equal(second.Id, await versions.ResolveAsync(name, Cancel));
        foreach (var name in (string[])["HEAD~1", "HEAD^", "HEAD^1", "~", "v1", "side/one", first.Id.ToString()[..12],
            first.Commit.Time.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ")])
        {
            Assert.Equal(first.Id, await versions.ResolveAsync(name, Cancel));
        }

        foreach (var name in (string[])["HEAD~2", "HEAD^2", "nothing", "00000000", "HEAD~x", "2001-01-01"])
        {
            Assert.Equal("ref-unknown", (await Assert.ThrowsAsync<MillraceException>(
                () => versions.ResolveAsync(name, Cancel))).Code);
        }

        Assert.Contains("'main'", (await Assert.ThrowsAsync<MillraceException>(
            () => versions.ResolveAsync("mian", Cancel))).Hint, StringComparison.Ordinal);
        Assert.Equal("ref-name", (await Assert.ThrowsAsync<MillraceException>(
            () => versions.MakeBranchAsync("side", "v1", Cancel))).Code);
    }

    [Fact]
    public async Task A_commit_is_a_version_that_comes_from_the_one_before()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", ("a", "1"));
        var second = await checkout.CommitAsync("two", ("a", "2"));

        var version = await checkout.Workspace.Lineage.ResolveAsync(
            ThingName.Parse($"file:commit@{second.Id}"), Cancel);
        var why = await checkout.Workspace.Lineage.WhyAsync(version.Id, true, Cancel);

        Assert.Equal("commit", why.Run!.Name);
        Assert.Single(why.Next);
        Assert.Equal("two", checkout.Versions.Origin(second.Id, "a")!.Commit.Commit.Message);
        Assert.Equal(["two", "one"], checkout.Versions.Log(second.Id, "a").Select(entry => entry.Commit.Message));
    }

    [Fact]
    public async Task A_commit_without_changes_is_refused()
    {
        await using var checkout = await TestCheckout.MakeAsync();

        Assert.Equal("nothing-staged", await CodeAsync(checkout, new CommitRequest("x")));
        await checkout.CommitAsync("one", ("a", "1"));
        Assert.Equal("nothing-staged", await CodeAsync(checkout, new CommitRequest("x")));
        Assert.Equal("message-missing", await CodeAsync(checkout, new CommitRequest(" ") { AllowsEmpty = true }));
        await checkout.Versions.CommitAsync(new CommitRequest("empty") { AllowsEmpty = true }, Cancel);
        checkout.Write("a", "2");
        checkout.Write("untracked", "2");
        await checkout.Versions.CommitAsync(new CommitRequest("all") { StagesAll = true }, Cancel);

        Assert.Equal(["untracked untracked"], await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_hook_or_a_check_stops_a_commit_and_leaves_what_is_staged()
    {
        await using var checkout = await TestCheckout.MakeAsync(
            "hooks:\n  pre-commit:\n    - 'test -z \"$(ls forbidden 2>/dev/null)\" || { echo no; exit 3; }'\n");
        await checkout.CommitAsync("one", ("a", "1"));
        checkout.Write("forbidden", "x");
        await checkout.Versions.AddAsync([""], cancellationToken: Cancel);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CommitAsync(new CommitRequest("two"), Cancel));
        Assert.Equal("commit-refused", failure.Code);
        Assert.Contains("exit code 3", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["staged forbidden"], await checkout.StatusAsync());

        checkout.Versions.Checks.Add(context => Task.FromResult<string?>($"no {context.Message}"));
        Assert.Equal("commit-refused", await CodeAsync(checkout, new CommitRequest("three")));
        await checkout.Versions.CommitAsync(new CommitRequest("four") { SkipsChecks = true }, Cancel);
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task Only_one_process_changes_a_checkout()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        checkout.Versions.Wait = new CheckoutWait { Max = TimeSpan.Zero };
        using (checkout.Versions.State.Lock(Cancel))
        {
            Assert.Equal("checkout-busy", (await Assert.ThrowsAsync<MillraceException>(
                () => checkout.Versions.AddAsync([""], cancellationToken: Cancel))).Code);
        }
    }

    [Fact]
    public async Task Whoever_comes_second_says_for_whom_it_waits_and_goes_on_when_that_one_ends()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        var first = checkout.Versions.State.Lock(Cancel);
        var told = new TaskCompletionSource<int?>();
        checkout.Versions.Wait = new CheckoutWait { IsWaiting = told.SetResult };

        var add = Task.Run(() => checkout.Versions.AddAsync([""], cancellationToken: Cancel), Cancel);
        var holder = await told.Task;
        first.Dispose();

        await add;
        Assert.Equal(Environment.ProcessId, holder);
    }

    [Fact]
    public async Task A_wait_for_another_process_can_be_ended()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        using var held = checkout.Versions.State.Lock(Cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        checkout.Versions.Wait = new CheckoutWait { IsWaiting = _ => stop.Cancel() };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => checkout.Versions.AddAsync([""], cancellationToken: stop.Token));
    }

    [Fact]
    public async Task A_branch_that_another_moved_is_not_moved_over()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        var first = await checkout.CommitAsync("one", ("a", "1"));
        var second = await checkout.CommitAsync("two", ("a", "2"));

        Assert.Equal("ref-moved", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.Refs.MoveBranchAsync("main", first.Id, first.Id, "test", "x", Cancel))).Code);
        Assert.Equal(second.Id, await checkout.Versions.Refs.BranchAsync("main", Cancel));
        Assert.Equal(
            [second.Id, first.Id],
            (await checkout.Versions.Refs.MovesAsync("branch/main", 10, Cancel)).Select(move => move.After!.Value));
    }

    [Fact]
    public async Task Branches_and_tags_are_made_renamed_and_deleted()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", ("a", "1"));
        var versions = checkout.Versions;
        await versions.MakeBranchAsync("x", "HEAD", Cancel);
        await versions.RenameBranchAsync("x", "x/y", Cancel);
        await versions.RenameBranchAsync("trunk", null, Cancel);
        await versions.MakeTagAsync("t", "trunk", null, Cancel);

        Assert.Equal(
            ["trunk", "x/y"], (await versions.Refs.BranchesAsync(Cancel)).Select(branch => branch.Name));
        Assert.Equal("trunk", (await versions.HeadAsync(Cancel)).Branch);
        Assert.Equal("tag-exists", (await Assert.ThrowsAsync<MillraceException>(
            () => versions.MakeTagAsync("t", "HEAD", null, Cancel))).Code);
        Assert.Equal("branch-in-use", (await Assert.ThrowsAsync<MillraceException>(
            () => versions.DeleteBranchAsync("trunk", Cancel))).Code);
        await versions.DeleteBranchAsync("x/y", Cancel);
        await versions.DeleteTagAsync("t", Cancel);
        Assert.Single(await versions.Refs.BranchesAsync(Cancel));
        Assert.Empty(await versions.Refs.TagsAsync(Cancel));
    }

    static async Task<string> CodeAsync(TestCheckout checkout, CommitRequest request) =>
        (await Assert.ThrowsAsync<MillraceException>(() => checkout.Versions.CommitAsync(request, Cancel))).Code;
}
