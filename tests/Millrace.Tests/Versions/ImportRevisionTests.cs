using System.Text;
using Millrace.Objects;
using Millrace.Versions;
using Millrace.Versions.Dvc;

namespace Millrace.Tests.VersionsRoom;

public sealed class ImportRevisionTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_import_is_one_commit_whoever_asks_for_it()
    {
        await using var here = await TestCheckout.MakeAsync();
        var tree = await ImportAsync(here.Workspace, ("data/a", "1"));

        var commit = await here.Versions.ResolveAsync("import:photos", Cancel);
        await here.Versions.MakeBranchAsync("theirs", "import:photos", Cancel);

        Assert.Equal(commit, await here.Versions.ResolveAsync("import:photos", Cancel));
        Assert.Equal(commit, await here.Versions.ResolveAsync("theirs", Cancel));
        Assert.Equal(tree, here.Versions.ReadCommit(commit).Tree);
        Assert.Equal(["data/a"], here.Versions.ListFiles(tree).Select(file => file.Path));
    }

    [Fact]
    public async Task What_an_import_has_is_staged_and_committed()
    {
        await using var here = await TestCheckout.MakeAsync();
        await here.CommitAsync("first", ("own", "1"), ("data/own", "1"));
        await ImportAsync(here.Workspace, ("data/a", "1"), ("data/b", "2"), ("c", "3"));

        var report = await here.Versions.TakeAsync("import:photos", [], cancellationToken: Cancel);
        await here.Versions.CommitAsync(new CommitRequest("theirs"), Cancel);

        Assert.Equal(new TakeReport(3, 3, 3), report);
        Assert.Equal(("1", "2", "3"), (here.Read("data/a"), here.Read("data/b"), here.Read("c")));
        Assert.Equal(("1", "1"), (here.Read("own"), here.Read("data/own")));
        Assert.Empty(await here.StatusAsync());
        Assert.Equal(
            new TakeReport(3, 0, 0), await here.Versions.TakeAsync("import:photos", [], cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_part_of_an_import_is_taken_by_its_path()
    {
        await using var here = await TestCheckout.MakeAsync();
        await ImportAsync(here.Workspace, ("data/a", "1"), ("data/b", "2"), ("c", "3"));

        await here.Versions.TakeAsync("import:photos", ["data/b"], cancellationToken: Cancel);
        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => here.Versions.TakeAsync("import:photos", ["data/z"], cancellationToken: Cancel));

        Assert.Equal(["staged data/b"], await here.StatusAsync());
        Assert.False(here.Exists("c"));
        Assert.Equal("path-unknown", refused.Code);
    }

    [Fact]
    public async Task A_file_that_differs_is_not_replaced_and_one_that_is_equal_stays()
    {
        await using var here = await TestCheckout.MakeAsync();
        await ImportAsync(here.Workspace, ("a", "theirs"), ("b", "equal"), ("d", "new"));
        here.Write("a", "mine");
        here.Write("b", "equal");
        var writtenAt = File.GetLastWriteTimeUtc(Path.Join(here.Folder, "b"));

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => here.Versions.TakeAsync("import:photos", [], cancellationToken: Cancel));

        Assert.Equal("local-changes", refused.Code);
        Assert.Equal("mine", here.Read("a"));
        Assert.False(here.Exists("d"));
        Assert.Equal(
            new TakeReport(3, 3, 2),
            await here.Versions.TakeAsync("import:photos", [], isForced: true, cancellationToken: Cancel));
        Assert.Equal("theirs", here.Read("a"));
        Assert.Equal(writtenAt, File.GetLastWriteTimeUtc(Path.Join(here.Folder, "b")));
    }

    [Fact]
    public async Task Paths_of_an_import_are_restored_as_those_of_a_commit()
    {
        await using var here = await TestCheckout.MakeAsync();
        await here.CommitAsync("first", ("data/a", "mine"));
        await ImportAsync(here.Workspace, ("data/a", "theirs"));

        await here.Versions.RestoreAsync(["data/a"], "import:photos", isStaged: false, cancellationToken: Cancel);

        Assert.Equal("theirs", here.Read("data/a"));
        Assert.Equal(["modified data/a"], await here.StatusAsync());
    }

    [Fact]
    public async Task An_import_that_is_only_attached_or_unknown_says_what_to_do()
    {
        await using var here = await TestCheckout.MakeAsync();
        await here.Workspace.Imports.RecordAsync(
            "photos", null, 1, "/elsewhere",
            [new AttachedFile("a", new DvcDigest(DvcDigest.Md5, new string('0', 32), IsFolder: false), 1, false)],
            Cancel);

        var attached = await Assert.ThrowsAsync<MillraceException>(
            () => here.Versions.TakeAsync("import:photos", [], cancellationToken: Cancel));
        var unknown = await Assert.ThrowsAsync<MillraceException>(
            () => here.Versions.ResolveAsync("import:photoz", Cancel));

        Assert.Equal("import-attached", attached.Code);
        Assert.Contains("millrace dvc fetch photos", attached.Hint, StringComparison.Ordinal);
        Assert.Equal("import-missing", unknown.Code);
        Assert.Contains("'photos'", unknown.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beside_git_pointers_take_the_places_of_dvc_files()
    {
        await using var place = await DvcPlaceAsync();
        place.Write("data/train/1", "1");

        var report = await place.Tree.TakeAsync("import:photos", [], cancellationToken: Cancel);

        Assert.Equal(
            ["data/train.millrace", "model.bin.millrace", ".gitignore"], report.Files);
        Assert.Equal(("1", "2", "m"), (
            place.Read("data/train/1"), place.Read("data/train/2"), place.Read("model.bin")));
        Assert.Equal("/train\n", place.Read("data/.gitignore"));
        Assert.Equal("/model.bin\n", place.Read(".gitignore"));
        Assert.Empty(place.Status());
        Assert.Empty((await place.Tree.TakeAsync("import:photos", [], cancellationToken: Cancel)).Files);
        Assert.Equal(
            "?? .gitignore\n?? data/train.millrace\n?? model.bin.millrace\n",
            await place.GitAsync("status", "--short", "-uall"));
    }

    [Fact]
    public async Task Beside_git_an_import_is_a_revision_with_pointers()
    {
        await using var place = await DvcPlaceAsync();

        var pointers = await place.Tree.PointersAsync("import:photos", Cancel);
        var folder = await place.Tree.FindAsync("data", "import:photos", Cancel);
        await place.Tree.RestoreAsync(["data"], "import:photos", cancellationToken: Cancel);

        Assert.Equal(["data/train", "model.bin"], pointers.Select(found => found.Path));
        Assert.Equal((TreeEntryKind.Folder, 2), (folder.Kind, folder.FileCount));
        Assert.True(place.Exists("data/train.millrace"));
        Assert.False(place.Exists("model.bin"));
        Assert.Empty(await place.Tree.DiffAsync("import:photos", null, [], Cancel));
    }

    [Fact]
    public async Task Beside_git_what_git_keeps_and_what_differs_is_refused()
    {
        await using var place = await DvcPlaceAsync();
        place.Write("data/train/1", "mine");

        var differs = await Assert.ThrowsAsync<MillraceException>(
            () => place.Tree.TakeAsync("import:photos", [], cancellationToken: Cancel));
        place.Write("model.bin", "m");
        await place.GitAsync("add", "-f", "model.bin");
        var tracked = await Assert.ThrowsAsync<MillraceException>(
            () => place.Tree.TakeAsync("import:photos", [], isForced: true, cancellationToken: Cancel));

        Assert.Equal(("local-changes", "tracked-by-git"), (differs.Code, tracked.Code));
        Assert.Equal("mine", place.Read("data/train/1"));
        Assert.False(place.Exists("data/train.millrace"));
    }

    [Fact]
    public async Task Beside_git_links_into_a_cache_are_replaced_when_that_is_asked_for()
    {
        await using var place = await DvcPlaceAsync();
        place.Write("cache/m", "m");
        File.CreateSymbolicLink(Path.Join(place.Folder, "model.bin"), "cache/m");
        Directory.CreateDirectory(Path.Join(place.Folder, "data/train"));
        File.CreateSymbolicLink(Path.Join(place.Folder, "data/train/1"), "../../cache/m");

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => place.Tree.TakeAsync("import:photos", [], cancellationToken: Cancel));
        await place.Tree.TakeAsync("import:photos", [], isForced: true, cancellationToken: Cancel);

        Assert.Equal("path-is-link", refused.Code);
        Assert.Null(new FileInfo(Path.Join(place.Folder, "model.bin")).LinkTarget);
        Assert.Equal(("m", "1"), (place.Read("model.bin"), place.Read("data/train/1")));
        Assert.Equal("m", place.Read("cache/m"));
        Assert.Empty(place.Status());
    }

    [Fact]
    public async Task Beside_git_a_path_gets_the_pointer_that_is_asked_for()
    {
        await using var place = await GitPlace.MakeAsync();
        await ImportAsync(place.Workspace, ("data/train/1", "1"), ("data/test/1", "2"));

        await place.Tree.TakeAsync("import:photos", ["data/train"], cancellationToken: Cancel);

        Assert.True(place.Exists("data/train.millrace"));
        Assert.False(place.Exists("data/test"));
    }

    [Fact]
    public async Task Beside_git_a_pointer_never_comes_to_name_only_the_part_that_is_here()
    {
        await using var place = await GitPlace.MakeAsync();
        place.Write("data/a", "1");
        place.Write("data/b", "2");
        await place.AddAsync("data");
        await place.CommitAsync("first");
        var pointer = place.Read("data.millrace");
        await place.Tree.RemoveAsync(["data"], Cancel);
        Directory.Delete(Path.Join(place.Folder, "data"), recursive: true);
        await place.GitAsync("checkout", "-q", "HEAD", "--", "data.millrace", ".gitignore");
        await place.CheckoutAsync("data/a");

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => place.Tree.RestoreAsync(["data/a"], "HEAD", cancellationToken: Cancel));
        await place.CheckoutAsync("data");
        await place.Tree.RestoreAsync(["data/a"], "HEAD", cancellationToken: Cancel);

        Assert.Equal("pointer-moved", refused.Code);
        Assert.Equal(pointer, place.Read("data.millrace"));
    }

    static async Task<GitPlace> DvcPlaceAsync()
    {
        var place = await GitPlace.MakeAsync();
        place.Write("data/train.dvc", "outs:\n- path: train\n");
        place.Write("data/.gitignore", "/train\n");
        place.Write("model.bin.dvc", "outs:\n- path: model.bin\n");
        await place.GitAsync("add", "-A");
        await place.GitAsync("commit", "-q", "-m", "dvc");
        await ImportAsync(place.Workspace, ("data/train/1", "1"), ("data/train/2", "2"), ("model.bin", "m"));
        return place;
    }

    static async Task<ContentHash> ImportAsync(Workspace workspace, params (string Path, string Text)[] files)
    {
        using var batch = workspace.Objects.BeginBatch();
        var tree = new TreeStore(workspace.Objects).Apply(batch, null, files.ToDictionary(
            file => file.Path,
            TreeEntry? (file) => new TreeEntry(
                "", TreeEntryKind.File, batch.Put(Encoding.UTF8.GetBytes(file.Text)), file.Text.Length, 1)));
        await batch.CommitAsync(Cancel);
        await workspace.Imports.RecordAsync("photos", tree.Hash, tree.SizeBytes, "/elsewhere", [], Cancel);
        return tree.Hash;
    }
}
