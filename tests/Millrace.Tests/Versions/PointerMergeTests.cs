using System.Text;
using Millrace.Versions;
using Millrace.Versions.BesideGit;

namespace Millrace.Tests.VersionsRoom;

public sealed class PointerMergeTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_side_changed_is_taken()
    {
        await using var place = await GitPlace.MakeAsync();
        var old = await PointerAsync(place, ("a", "1"), ("b", "1"), ("gone", "1"));
        var ours = await PointerAsync(place, ("a", "2"), ("b", "1"), ("gone", "1"), ("x/y", "1"));
        var theirs = await PointerAsync(place, ("a", "1"), ("b", "3"), ("z", "1"));

        var result = await place.Tree.MergeAsync(old, ours, theirs, "data.millrace", Cancel);

        Assert.Empty(result.Conflicts);
        Assert.Equal("a=2 b=3 x/y=1 z=1", Text(place, result.Merged));
    }

    [Fact]
    public async Task Where_both_changed_a_file_ours_stays_with_theirs_beside_it()
    {
        await using var place = await GitPlace.MakeAsync();
        var old = await PointerAsync(place, ("a", "1"), ("d", "1"));
        var ours = await PointerAsync(place, ("a", "2"), ("d", "2"), ("f", "ours"), ("g/h", "ours"));
        var theirs = await PointerAsync(place, ("a", "3"), ("f/k", "theirs"), ("g", "theirs"));

        var result = await place.Tree.MergeAsync(old, ours, theirs, "data.millrace", Cancel);

        Assert.Equal(["data/a", "data/d", "data/f/k", "data/g"], result.Conflicts);
        Assert.Equal(
            "a=2 a.THEIRS~git=3 d=2 f=ours f.THEIRS~git/k=theirs g/h=ours g.THEIRS~git=theirs",
            Text(place, result.Merged));
    }

    [Fact]
    public async Task Folders_that_both_sides_added_are_merged()
    {
        await using var place = await GitPlace.MakeAsync();
        var ours = await PointerAsync(place, ("a", "1"), ("same", "1"));
        var theirs = await PointerAsync(place, ("b", "1"), ("same", "1"));

        var result = await place.Tree.MergeAsync(ReadOnlyMemory<byte>.Empty, ours, theirs, "data.millrace", Cancel);

        Assert.Equal(("a=1 b=1 same=1", 0), (Text(place, result.Merged), result.Conflicts.Count));
    }

    [Fact]
    public async Task A_side_that_is_not_here_is_named()
    {
        await using var place = await GitPlace.MakeAsync();
        var ours = await PointerAsync(place, ("a", "1"));
        var theirs = new Pointer("data", TreeEntryKind.Folder, Millrace.Objects.ContentHash.Of("x"u8), 1, 1).ToBytes();

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => place.Tree.MergeAsync(ReadOnlyMemory<byte>.Empty, ours, theirs, "data.millrace", Cancel));

        Assert.Equal("object-missing", refused.Code);
        Assert.Contains("millrace fetch", refused.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_both_changed_stay_ours_and_are_named()
    {
        await using var place = await GitPlace.MakeAsync();
        var texts = new List<byte[]>();
        for (var i = 0; i < 3; i++)
        {
            place.Write("f.csv", $"{i}");
            await place.AddAsync("f.csv");
            texts.Add(Encoding.UTF8.GetBytes(place.Read("f.csv.millrace")));
        }

        var both = await place.Tree.MergeAsync(texts[0], texts[1], texts[2], "f.csv.millrace", Cancel);
        var one = await place.Tree.MergeAsync(texts[0], texts[0], texts[2], "f.csv.millrace", Cancel);

        Assert.Equal("f.csv", Assert.Single(both.Conflicts));
        Assert.Equal(texts[1], both.Merged.ToBytes());
        Assert.Empty(one.Conflicts);
        Assert.Equal(texts[2], one.Merged.ToBytes());
    }

    static async Task<byte[]> PointerAsync(GitPlace place, params (string Path, string Text)[] files)
    {
        if (place.Exists("data"))
            Directory.Delete(Path.Join(place.Folder, "data"), recursive: true);
        foreach (var (path, text) in files)
            place.Write($"data/{path}", text);
        await place.AddAsync("data");
        return Encoding.UTF8.GetBytes(place.Read("data.millrace"));
    }

    static string Text(GitPlace place, Pointer pointer) => string.Join(
        ' ', place.Workspace.Versions.ListFiles(pointer.Hash).Select(
            file => $"{file.Path}={Encoding.UTF8.GetString(place.Workspace.Objects.Read(file.Entry.Hash))}"));
}
