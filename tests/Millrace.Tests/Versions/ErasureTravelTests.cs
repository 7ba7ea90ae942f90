using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;
using Millrace.Versions.Remotes;

namespace Millrace.Tests.VersionsRoom;

/// <summary>What was erased in one workspace is known in the others, by way of remotes.</summary>
public sealed class ErasureTravelTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static ContentHash Secret => ContentHash.Of("secret"u8);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_clone_writes_the_rest_and_says_what_was_erased(bool alsoThere)
    {
        using var scratch = new ScratchFolder();
        await using var ann = await PushedAsync(scratch);

        await EraseAsync(ann, alsoThere);
        if (!alsoThere)
            await PushAsync(ann, "lab");
        await using var ben = await MakeAsync(scratch);
        var at = await CloneAsync(ben, "lab");

        Assert.Equal("note", ben.Read("note"));
        Assert.False(ben.Exists("p"));
        Assert.Equal(["p"], at!.Erased);
        Assert.Equal(1, at.WrittenFiles);
        Assert.False(ben.Workspace.Objects.Contains(Secret));
        Assert.Equal("object-erased", Assert.Throws<MillraceException>(
            () => ben.Workspace.Objects.Read(Secret)).Code);
    }

    [Fact]
    public async Task A_new_remote_is_told_by_the_push_and_a_clone_of_it_passes_it_on()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await PushedAsync(scratch);
        await EraseAsync(ann, alsoThere: true);

        var first = await PushAsync(ann, "two");
        await using var ben = await MakeAsync(scratch);
        await CloneAsync(ben, "two");
        await PushAsync(ben, "three");
        await using var cid = await MakeAsync(scratch);
        var at = await CloneAsync(cid, "three");

        Assert.Equal(1, first.ErasedCount);
        Assert.Equal("note", cid.Read("note"));
        Assert.Equal(["p"], at!.Erased);
        var tombstone = Assert.Single(await cid.Workspace.Tombstones.ListAsync(Tombstone.ObjectKind, Cancel));
        Assert.Equal(("request 8", "Ann"), (tombstone.Reason, tombstone.ErasedBy));
    }

    [Fact]
    public async Task What_was_erased_is_not_sent_again_by_one_who_still_has_it()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await PushedAsync(scratch);
        await using var ben = await MakeAsync(scratch);
        await CloneAsync(ben, "lab");
        await EraseAsync(ann, alsoThere: true);
        using (var remote = ben.Workspace.OpenRemote("lab"))
            await new VersionSync(ben.Versions, "lab", remote).FetchAsync(new FetchRequest(), null, Cancel);

        await PushAsync(ben, "two");

        Assert.Equal("secret", ben.Read("p"));
        using var two = ben.Workspace.OpenRemote("two");
        Assert.False(await two.ContainsAsync(Secret, Cancel));
    }

    [Fact]
    public async Task What_was_erased_and_stored_again_is_not_sent_when_a_push_looks_for_what_is_lost()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await PushedAsync(scratch);
        await EraseAsync(ann, alsoThere: true);
        ann.Workspace.Objects.Put("secret"u8);
        await PushAsync(ann, "two");

        using var two = ann.Workspace.OpenRemote("two");
        await new VersionSync(ann.Versions, "two", two).PushAsync(
            new PushRequest { IsChecked = true }, null, Cancel);

        Assert.False(await two.ContainsAsync(Secret, Cancel));
    }

    [Fact]
    public async Task A_clone_without_files_learns_of_it_when_it_asks_for_them()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await PushedAsync(scratch);
        await using var ben = await MakeAsync(scratch);
        using (var remote = ben.Workspace.OpenRemote("lab"))
            await new VersionSync(ben.Versions, "lab", remote).CloneAsync("main", [], false, cancellationToken: Cancel);
        await EraseAsync(ann, alsoThere: true);

        var report = await ben.Versions.RestoreAsync([""], "HEAD", false, both: true, cancellationToken: Cancel);

        Assert.Equal("note", ben.Read("note"));
        Assert.Equal(["p"], report.Erased);
        Assert.Equal(1, report.ChangedCount);
    }

    [Fact]
    public async Task Restoring_what_was_erased_says_so_and_counts_nothing()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await PushedAsync(scratch);
        await EraseAsync(ann, alsoThere: false);
        File.Delete(Path.Join(ann.Folder, "p"));

        var report = await ann.Versions.RestoreAsync(["p"], null, isStaged: false, cancellationToken: Cancel);

        Assert.Equal(0, report.ChangedCount);
        Assert.Equal(["p"], report.Erased);
        Assert.False(ann.Exists("p"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("millrace-erased 1\nauthor A\ntime 2026-03-01T00:00:00.000000Z\n")]
    [InlineData("millrace-erased 1\nauthor A\ntime 2026-03-01T00:00:00.000000Z\nobject xyz\n")]
    [InlineData("millrace-erased 2\nauthor A\n")]
    public async Task What_tells_of_no_erasure_is_refused_by_its_name(string text)
    {
        using var scratch = new ScratchFolder();
        await using var ann = await PushedAsync(scratch);
        var file = Path.Join(scratch["lab"], "refs", "erased", new string('a', 32) + "-0");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, text, Cancel);
        await using var ben = await MakeAsync(scratch);

        var refused = await Assert.ThrowsAsync<MillraceException>(() => CloneAsync(ben, "lab"));

        Assert.Equal("remote-damaged", refused.Code);
        Assert.Contains("refs/erased/", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_that_was_cut_off_goes_on_with_its_branch()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await PushedAsync(scratch);
        await ann.Versions.CheckoutAsync("HEAD", new CheckoutOptions { NewBranch = "b2" }, Cancel);
        await ann.CommitAsync("Two", ("only", "b2"));
        await PushAsync(ann, "lab");
        await using var ben = await MakeAsync(scratch);
        using (var remote = ben.Workspace.OpenRemote("lab"))
        {
            using var stop = new CancellationTokenSource();
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new VersionSync(ben.Versions, "lab", remote)
                .CloneAsync("b2", [], true, cancellationToken: stop.Token));
        }

        using (var remote = ben.Workspace.OpenRemote("lab"))
        {
            await new VersionSync(ben.Versions, "lab", remote).PullAsync(
                null, new FetchRequest(), cancellationToken: Cancel);
        }

        Assert.Equal("b2", ben.Read("only"));
        Assert.Equal("b2", (await ben.Versions.HeadAsync(Cancel)).Branch);
    }

    static async Task<TestCheckout> PushedAsync(ScratchFolder scratch)
    {
        var ann = await MakeAsync(scratch);
        await ann.CommitAsync("One", ("p", "secret"), ("note", "note"));
        await PushAsync(ann, "lab");
        return ann;
    }

    static Task<TestCheckout> MakeAsync(ScratchFolder scratch) => TestCheckout.MakeAsync(
        $"remotes:\n  default: lab\n  lab:\n    url: {scratch["lab"]}\n  two:\n    url: {scratch["two"]}\n"
        + $"  three:\n    url: {scratch["three"]}\n");

    static async Task EraseAsync(TestCheckout from, bool alsoThere) => await new WorkspaceErasure(from.Workspace)
        .EraseAsync(
            new WorkspaceErasureRequest
            {
                Objects = [Secret],
                Reason = "request 8",
                By = "Ann",
                WithRemotes = alsoThere,
            },
            Cancel);

    static async Task<SyncReport> PushAsync(TestCheckout from, string name)
    {
        using var remote = from.Workspace.OpenRemote(name);
        return await new VersionSync(from.Versions, name, remote).PushAsync(new PushRequest(), null, Cancel);
    }

    static async Task<CheckoutReport?> CloneAsync(TestCheckout to, string name)
    {
        using var remote = to.Workspace.OpenRemote(name);
        var (_, at) = await new VersionSync(to.Versions, name, remote).CloneAsync(
            null, [], true, cancellationToken: Cancel);
        return at;
    }
}
