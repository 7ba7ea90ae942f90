using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;
using Millrace.Versions;
using Millrace.Versions.Remotes;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Push, fetch, pull and clone over a remote that is a folder.</summary>
public sealed class RemoteSyncTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_has_the_commits_the_files_and_the_tags()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"), ("photos/1.jpg", "first"));
        var two = await ann.CommitAsync("Two", ("a.txt", "two"), ("photos/2.jpg", "second"));
        await ann.Versions.MakeTagAsync("v1", "HEAD~1", "As delivered", Cancel);
        await PushAsync(ann, scratch, new PushRequest { Tags = true });

        await using var ben = await CloneAsync(scratch);

        Assert.Equal("two", ben.Read("a.txt"));
        Assert.Equal("first", ben.Read("photos/1.jpg"));
        Assert.Empty(await ben.StatusAsync());
        Assert.Equal(two.Id, (await ben.Versions.HeadAsync(Cancel)).Commit);
        var tag = Assert.Single(await ben.Versions.Refs.TagsAsync(Cancel));
        Assert.Equal(("v1", two.Commit.Parents[0], "As delivered"), (tag.Name, tag.Commit, tag.Message));
        Assert.Equal("lab/main", Assert.Single(await ben.Versions.Refs.RemoteBranchesAsync(Cancel)).Name);
    }

    [Fact]
    public async Task A_second_push_sends_nothing()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        var first = await PushAsync(ann, scratch);

        var second = await PushAsync(ann, scratch);

        Assert.False(first.IsUpToDate);
        Assert.True(second.IsUpToDate);
        Assert.Equal(0, second.Objects.SizeBytes);
        // Its ref, its format and its list of packs: somebody may have deleted some.
        Assert.Equal(3, second.RequestCount);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_push_sends_again_what_somebody_deleted_there(bool hasNewCommit, bool isForgotten)
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        var large = Convert.ToHexString(Noise.Of(300_000, 1));
        await ann.CommitAsync("One", ("a.txt", "one"), ("d/large", large));
        await PushAsync(ann, scratch);
        foreach (var pack in Directory.GetFiles(scratch["packs"], "*.pack"))
        {
            var was = await File.ReadAllBytesAsync(pack, Cancel);
            File.Delete(pack);
            if (hasNewCommit)
                await ann.CommitAsync("More", ("more.txt", Path.GetFileName(pack)));
            if (isForgotten)
            {
                foreach (var known in Directory.GetDirectories(Path.Join(ann.Folder, ".millrace", "remotes")))
                    Directory.Delete(known, recursive: true);
            }

            var report = await PushAsync(ann, scratch, new PushRequest { IsChecked = isForgotten });

            Assert.Equal(0, report.LackingCount);
            Assert.InRange(report.Objects.SentCount, 1, 20);
            await using var ben = await CloneAsync(scratch);
            Assert.Equal(("one", large), (ben.Read("a.txt"), ben.Read("d/large")));
            Assert.True((await PushAsync(ann, scratch)).IsUpToDate, $"{was.Length} bytes");
        }
    }

    [Fact]
    public async Task A_push_says_what_is_neither_there_nor_here()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"), ("b.txt", "two"));
        await PushAsync(ann, scratch);
        await using var ben = await CloneAsync(scratch, ["a.txt"]);
        foreach (var pack in Directory.GetFiles(scratch["packs"], "*.pack"))
            File.Delete(pack);

        var report = await PushAsync(ben, scratch);

        Assert.Equal((1L, "b.txt"), (report.LackingCount, Assert.Single(report.Lacking)));
        Assert.Equal(0, (await PushAsync(ann, scratch, new PushRequest { IsChecked = true })).LackingCount);
        await using var eve = await CloneAsync(scratch);
        Assert.Equal("two", eve.Read("b.txt"));
    }

    [Fact]
    public async Task A_push_of_an_edit_looks_only_at_what_is_new()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync(
            "Many", [.. Enumerable.Range(0, 300).Select(i => ($"d{i % 10}/f{i}", $"text {i}"))]);
        await PushAsync(ann, scratch);
        await ann.CommitAsync("Edit", ("d3/f3", "another"));

        var report = await PushAsync(ann, scratch);

        // One content, one commit, two folders.
        Assert.Equal(4, report.Objects.SentCount);
        Assert.InRange(report.Objects.ObjectCount, 4, 8);
    }

    [Fact]
    public async Task A_push_that_is_not_forward_is_refused_until_it_is_pulled()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        await PushAsync(ann, scratch);
        await using var ben = await CloneAsync(scratch);
        await ben.CommitAsync("Ben's", ("ben.txt", "ben"));
        await PushAsync(ben, scratch);
        await ann.CommitAsync("Ann's", ("ann.txt", "ann"));

        var refused = await Assert.ThrowsAsync<MillraceException>(() => PushAsync(ann, scratch));
        var (_, merged) = await PullAsync(ann, scratch);
        var pushed = await PushAsync(ann, scratch);
        await PullAsync(ben, scratch);

        Assert.Equal("push-rejected", refused.Code);
        Assert.Contains("pull", refused.Hint, StringComparison.Ordinal);
        Assert.False(merged.IsFastForward);
        Assert.Equal("ben", ann.Read("ben.txt"));
        Assert.Equal(merged.Commit, Assert.Single(pushed.Refs).After);
        Assert.Equal("ann", ben.Read("ann.txt"));
    }

    [Fact]
    public async Task A_forced_push_replaces_what_is_there()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await using var ben = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        var other = await ben.CommitAsync("Other", ("b.txt", "other"));
        await PushAsync(ann, scratch);

        await PushAsync(ben, scratch, new PushRequest { IsForced = true });

        await using var clone = await CloneAsync(scratch);
        Assert.Equal(other.Id, (await clone.Versions.HeadAsync(Cancel)).Commit);
        Assert.False(clone.Exists("a.txt"));
    }

    [Fact]
    public async Task A_fetch_leaves_the_checkout_and_the_branches()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        await PushAsync(ann, scratch);
        await using var ben = await CloneAsync(scratch);
        var two = await ann.CommitAsync("Two", ("a.txt", "two"));
        await PushAsync(ann, scratch);

        var report = await FetchAsync(ben, scratch, new FetchRequest());
        var again = await FetchAsync(ben, scratch, new FetchRequest());

        Assert.Equal("one", ben.Read("a.txt"));
        Assert.Equal(two.Id, await ben.Versions.ResolveAsync("lab/main", Cancel));
        Assert.True(report.Objects.SentCount > 0);
        Assert.True(again.IsUpToDate);
    }

    [Fact]
    public async Task A_sparse_clone_has_some_files_and_loses_none_of_the_others()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync(
            "One", ("a.txt", "one"), ("photos/1.jpg", "first"), ("video/1.mp4", "film"), ("video/deep/2.mp4", "more"));
        await PushAsync(ann, scratch);

        await using var ben = await CloneAsync(scratch, ["photos"]);
        Assert.True(ben.Exists("photos/1.jpg"));
        Assert.False(ben.Exists("a.txt"));
        Assert.False(ben.Exists("video"));
        Assert.False(ben.Workspace.Objects.Contains(ContentHash.Of("film"u8)));
        Assert.Empty(await ben.StatusAsync());
        var commit = await ben.CommitAsync("Another", ("photos/3.jpg", "third"), ("new.txt", "new"));
        await PushAsync(ben, scratch);

        Assert.Equal(
            ["a.txt", "new.txt", "photos/1.jpg", "photos/3.jpg", "video/1.mp4", "video/deep/2.mp4"],
            ben.Versions.ListFiles(commit.Commit.Tree).Select(file => file.Path));
        await PullAsync(ann, scratch);
        Assert.Equal(("film", "third"), (ann.Read("video/1.mp4"), ann.Read("photos/3.jpg")));
    }

    [Fact]
    public async Task A_sparse_clone_takes_more_paths_when_they_are_named()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"), ("photos/1.jpg", "first"), ("video/1.mp4", "film"));
        await PushAsync(ann, scratch);
        await using var ben = await CloneAsync(scratch, ["photos"]);

        await ben.Versions.RestoreAsync(["video"], "HEAD", false, both: true, cancellationToken: Cancel);

        Assert.Equal("film", ben.Read("video/1.mp4"));
        Assert.Empty(await ben.StatusAsync());
        File.Delete(Path.Join(ben.Folder, "video/1.mp4"));
        Assert.Equal(["deleted video/1.mp4"], await ben.StatusAsync());
        Assert.False(ben.Exists("a.txt"));
    }

    [Fact]
    public async Task A_deletion_in_a_sparse_clone_takes_only_what_it_had()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("d/kept.txt", "kept"), ("d/e/1.jpg", "first"), ("d/e/2.jpg", "second"));
        await PushAsync(ann, scratch);
        await using var ben = await CloneAsync(scratch, ["d/e"]);
        Directory.Delete(Path.Join(ben.Folder, "d"), recursive: true);

        await ben.Versions.AddAsync(["d"], cancellationToken: Cancel);
        var commit = await ben.Versions.CommitAsync(new CommitRequest("Gone"), Cancel);

        Assert.Equal(["d/kept.txt"], ben.Versions.ListFiles(commit.Commit.Tree).Select(file => file.Path));
    }

    [Fact]
    public async Task A_fetch_without_contents_brings_them_at_the_checkout()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        await PushAsync(ann, scratch);
        await using var ben = await CloneAsync(scratch);
        await ann.CommitAsync("Two", ("a.txt", new string('x', 100_000)));
        await PushAsync(ann, scratch);

        await FetchAsync(ben, scratch, new FetchRequest { WithContents = false });
        var hash = ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(new string('x', 100_000)));
        Assert.False(ben.Workspace.Objects.Contains(hash));
        await ben.Versions.MergeAsync("lab/main", cancellationToken: Cancel);

        Assert.Equal(100_000, ben.Read("a.txt").Length);
    }

    [Fact]
    public async Task A_branch_below_another_is_refused()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await using var ben = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        await ben.CommitAsync("One", ("a.txt", "one"));
        await ben.Versions.MakeBranchAsync("main2/x", "HEAD", Cancel);
        await ann.Versions.MakeBranchAsync("main2", "HEAD", Cancel);
        await PushAsync(ann, scratch, new PushRequest { Refs = ["main2"] });

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => PushAsync(ben, scratch, new PushRequest { Refs = ["main2/x"] }));

        Assert.Equal("ref-name", refused.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("millrace-ref 2\ncommit 00\n")]
    [InlineData("millrace-ref 1\n")]
    [InlineData("millrace-ref 1\ncommit zz\n")]
    [InlineData("millrace-ref 1\nevil ../../x\n")]
    public async Task A_ref_that_is_none_is_an_error_that_names_it(string text)
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        await PushAsync(ann, scratch);
        await File.WriteAllTextAsync(scratch["refs/heads/main"], text, Cancel);

        var damaged = await Assert.ThrowsAsync<MillraceException>(() => FetchAsync(ann, scratch, new FetchRequest()));

        Assert.Equal("remote-damaged", damaged.Code);
        Assert.Contains("refs/heads/main", damaged.Message, StringComparison.Ordinal);
        Assert.Contains("push", damaged.Hint, StringComparison.Ordinal);
        await PushAsync(ann, scratch, new PushRequest { IsForced = true });
        Assert.Single((await FetchAsync(ann, scratch, new FetchRequest())).Refs);
    }

    [Fact]
    public async Task A_ref_to_a_commit_that_is_not_there_moves_nothing_here()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"));
        await PushAsync(ann, scratch);
        await File.WriteAllTextAsync(
            scratch["refs/heads/main"], $"millrace-ref 1\ncommit {ContentHash.Of("nothing"u8)}\n", Cancel);
        var before = await ann.Versions.ResolveAsync("lab/main", Cancel);

        var missing = await Assert.ThrowsAsync<MillraceException>(() => FetchAsync(ann, scratch, new FetchRequest()));

        Assert.Equal("object-missing", missing.Code);
        Assert.Equal(before, await ann.Versions.ResolveAsync("lab/main", Cancel));
    }

    [Fact]
    public async Task A_push_that_is_cut_off_moves_no_ref_and_goes_on_where_it_was()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync(
            "One", [.. Enumerable.Range(0, 50).Select(i => ($"f{i}", Convert.ToHexString(Noise.Of(2000, i))))]);
        var (whole, _) = await PushCutAsync(ann, scratch["whole"], int.MaxValue);

        for (var cut = 0; ; cut++)
        {
            var (before, isCut) = await PushCutAsync(ann, scratch[$"cut-{cut}"], cut);
            if (!isCut)
                break;
            Assert.False(File.Exists(scratch[$"cut-{cut}/refs/heads/main"]));
            var (after, isCutAgain) = await PushCutAsync(ann, scratch[$"cut-{cut}"], int.MaxValue);
            Assert.False(isCutAgain);
            Assert.Equal(whole, before + after);
        }

        await using var ben = await TestCheckout.MakeAsync();
        using var remote = ObjectRemote.Open(
            new RemoteSettings { Url = scratch["cut-3"] }, ben.Folder, Path.Join(ben.Folder, "known"));
        await new VersionSync(ben.Versions, "lab", remote).CloneAsync(null, [], true, cancellationToken: Cancel);
        Assert.Equal(Convert.ToHexString(Noise.Of(2000, 7)), ben.Read("f7"));
    }

    static async Task<(long Bytes, bool IsCut)> PushCutAsync(TestCheckout from, string folder, int writes)
    {
        var backend = new CutBackend(new FolderBackend(folder)) { WritesLeft = writes };
        using var remote = new ObjectRemote(backend, folder + "-known");
        try
        {
            await new VersionSync(from.Versions, "lab", remote).PushAsync(new(), null, Cancel);
            return (backend.BytesWritten, false);
        }
        catch (MillraceException exception) when (exception.Code == "remote-unavailable")
        {
            return (backend.BytesWritten, true);
        }
    }

    [Fact]
    public async Task A_fetch_takes_again_what_was_lost_although_no_branch_moved()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        var commit = await ann.CommitAsync("One", ("a.txt", "one"), ("photos/1.jpg", "first"));
        await PushAsync(ann, scratch);
        await using var ben = await CloneAsync(scratch);
        var objects = ben.Workspace.Objects;
        var folder = ben.Versions.Find(commit.Commit.Tree, "photos")!.Hash;
        ContentHash[] lost = [ContentHash.Of("one"u8), folder];
        new ObjectErasure(objects).Erase(lost, Cancel);
        Assert.False(objects.Contains(lost[0]));

        var first = await FetchAsync(ben, scratch, new FetchRequest());
        var second = await FetchAsync(ben, scratch, new FetchRequest());

        Assert.All(lost, hash => Assert.True(objects.Contains(hash)));
        Assert.False(first.IsUpToDate);
        Assert.True(second.IsUpToDate);
        // The list of refs, and the one ref.
        Assert.Equal(2, second.RequestCount);
    }

    [Fact]
    public async Task A_fetch_of_what_nobody_has_any_more_is_no_error()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        await ann.CommitAsync("One", ("a.txt", "one"), ("b.txt", "two"));
        await PushAsync(ann, scratch);
        await using var ben = await CloneAsync(scratch);
        var hash = ContentHash.Of("one"u8);
        using (var remote = Open(ann, scratch))
        using (var room = new ObjectStore(Path.Join(ann.Folder, ".millrace", "tmp", "room")))
            await remote.EraseAsync([hash], room, Cancel);
        new ObjectErasure(ben.Workspace.Objects).Erase([hash, ContentHash.Of("two"u8)], Cancel);

        await FetchAsync(ben, scratch, new FetchRequest());

        Assert.False(ben.Workspace.Objects.Contains(hash));
        Assert.True(ben.Workspace.Objects.Contains(ContentHash.Of("two"u8)));
    }

    [Fact]
    public async Task A_name_that_two_things_have_is_refused_when_it_is_given_and_when_it_is_used()
    {
        using var scratch = new ScratchFolder();
        await using var ann = await TestCheckout.MakeAsync();
        var one = await ann.CommitAsync("One", ("a.txt", "one"));
        var two = await ann.CommitAsync("Two", ("a.txt", "two"));
        await PushAsync(ann, scratch);
        string[] taken = ["lab/main", one.Id.ToString(), one.Id.ToString().ToUpperInvariant()];

        foreach (var name in taken)
        {
            Assert.Equal("ref-name", await CodeAsync(() => ann.Versions.MakeTagAsync(name, "HEAD", null, Cancel)));
            Assert.Equal("ref-name", await CodeAsync(() => ann.Versions.MakeBranchAsync(name, "HEAD", Cancel)));
            Assert.Equal("ref-name", await CodeAsync(() => ann.Versions.RenameBranchAsync("main", name, Cancel)));
            Assert.Equal("ref-name", await CodeAsync(() => ann.Versions.CheckoutAsync(
                "HEAD", new CheckoutOptions { NewBranch = name }, Cancel)));
        }

        // As an earlier version, or a fetch, may have put them.
        await ann.Versions.Refs.AddTagAsync("lab/main", one.Id, null, "A", Cancel);
        await ann.Versions.Refs.AddTagAsync(two.Id.ToString(), one.Id, null, "A", Cancel);
        await ann.Versions.Refs.AddTagAsync(one.Id.ToString(), one.Id, null, "A", Cancel);
        Assert.Equal("ref-ambiguous", await CodeAsync(() => ann.Versions.ResolveAsync("lab/main", Cancel)));
        Assert.Equal("ref-ambiguous", await CodeAsync(() => ann.Versions.ResolveAsync($"{two.Id}~1", Cancel)));
        Assert.Equal(one.Id, await ann.Versions.ResolveAsync(one.Id.ToString(), Cancel));

        static async Task<string> CodeAsync(Func<Task> call) =>
            (await Assert.ThrowsAsync<MillraceException>(call)).Code;
    }

    static ObjectRemote Open(TestCheckout checkout, ScratchFolder scratch) => ObjectRemote.Open(
        new RemoteSettings { Url = scratch.Path }, checkout.Folder,
        Path.Join(checkout.Folder, ".millrace", "remotes", "lab"));

    static async Task<SyncReport> PushAsync(TestCheckout from, ScratchFolder to, PushRequest? request = null)
    {
        using var remote = Open(from, to);
        return await new VersionSync(from.Versions, "lab", remote).PushAsync(request ?? new(), null, Cancel);
    }

    static async Task<SyncReport> FetchAsync(TestCheckout to, ScratchFolder from, FetchRequest request)
    {
        using var remote = Open(to, from);
        return await new VersionSync(to.Versions, "lab", remote).FetchAsync(request, null, Cancel);
    }

    static async Task<(SyncReport Fetched, MergeReport Merged)> PullAsync(TestCheckout to, ScratchFolder from)
    {
        using var remote = Open(to, from);
        return await new VersionSync(to.Versions, "lab", remote).PullAsync(
            null, new FetchRequest(), cancellationToken: Cancel);
    }

    static async Task<TestCheckout> CloneAsync(ScratchFolder from, string[]? paths = null)
    {
        var clone = await TestCheckout.MakeAsync($"remotes:\n  lab:\n    url: {from.Path}\n");
        using var remote = Open(clone, from);
        await new VersionSync(clone.Versions, "lab", remote).CloneAsync(
            null, paths ?? [], true, cancellationToken: Cancel);
        return clone;
    }
}
