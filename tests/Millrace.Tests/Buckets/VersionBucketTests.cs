using Millrace.Buckets;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.VersionsRoom;
using Millrace.Versions;

namespace Millrace.Tests.BucketsRoom;

/// <summary>What the bucket of versions shows.</summary>
public sealed class VersionBucketTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Beside_git_it_shows_what_the_pointers_of_branches_and_tags_stand_for()
    {
        await using var place = await GitPlace.MakeAsync();
        place.Write("data/one", "1");
        place.Write("data/deep/two", "22");
        place.Write("data.txt", "333");
        place.Write("source.py", "pass");
        await place.AddAsync("data", "data.txt");
        await place.CommitAsync("First");
        await place.GitAsync("tag", "-a", "v1", "-m", "The first");
        await place.GitAsync("switch", "-q", "-c", "lab/next");
        place.Write("data/one", "4444");
        await place.CommitAsync("Second");
        var first = (await place.GitAsync("rev-parse", "main")).Trim();

        var view = place.Workspace.VersionView;
        var page = await view.ListAsync(new ListQuery { Max = 1000 }, Cancel);

        Assert.Equal(
            [
                "lab/next/data.txt", "lab/next/data/deep/two", "lab/next/data/one",
                "main/data.txt", "main/data/deep/two", "main/data/one",
                "v1/data.txt", "v1/data/deep/two", "v1/data/one",
            ],
            page.Versions.Select(version => version.Key));
        Assert.Equal(4, (await view.FindAsync("lab/next/data/one", Cancel))!.SizeBytes);
        Assert.Equal(4, (await view.FindAsync("HEAD/data/one", Cancel))!.SizeBytes);
        Assert.Equal(1, (await view.FindAsync("HEAD~1/data/one", Cancel))!.SizeBytes);
        Assert.Equal(1, (await view.FindAsync($"{first}/data/one", Cancel))!.SizeBytes);
        Assert.Equal(2, (await view.FindAsync($"{first[..8]}/data/deep/two", Cancel))!.SizeBytes);
        Assert.Equal("333", Text(place, await view.FindAsync("v1/data.txt", Cancel)));
        Assert.Equal(
            [$"{first[..8]}/data/deep/two", $"{first[..8]}/data/one"],
            (await view.ListAsync(new ListQuery { Prefix = $"{first[..8]}/data/", Max = 1000 }, Cancel))
                .Versions.Select(version => version.Key));
        Assert.Empty((await view.ListAsync(new ListQuery { Prefix = "none/", Max = 1000 }, Cancel)).Versions);
        Assert.InRange((await view.ModifiedAtAsync(Cancel))!.Value.Year, 2024, 9999);
        foreach (var key in (string[])
            ["v1/source.py", "v1/data", "v1/data/", "none/data/one", ":/First/data/one", "--help/x", "HEAD^{tree}/a"])
        {
            Assert.Null(await view.FindAsync(key, Cancel));
        }
    }

    [Fact]
    public async Task Beside_git_every_page_goes_on_where_the_one_before_ended()
    {
        await using var place = await GitPlace.MakeAsync();
        for (var i = 0; i < 4; i++)
            place.Write($"data/{i}/file", $"{i}");
        place.Write("data-x", "x");
        await place.AddAsync("data", "data-x");
        await place.CommitAsync("First");
        for (var i = 0; i < 70; i++)
            await place.GitAsync("branch", $"b{i:00}");

        var view = place.Workspace.VersionView;
        var whole = await view.ListAsync(new ListQuery { Max = 1000 }, Cancel);
        var names = await view.ListAsync(new ListQuery { Max = 1000, Delimiter = "/" }, Cancel);
        var keys = new List<string>();
        ObjectPage page;
        do
        {
            page = await view.ListAsync(
                new ListQuery { Max = 7, After = keys.Count == 0 ? "" : keys[^1] }, Cancel);
            keys.AddRange(page.Versions.Select(version => version.Key));
        }
        while (page.IsTruncated);

        Assert.Equal(71 * 5, whole.Versions.Count);
        Assert.Equal(whole.Versions.Select(version => version.Key), keys);
        Assert.Equal(keys.Order(Utf8Order.Instance), keys);
        Assert.Equal(71, names.CommonPrefixes.Count);
    }

    [Fact]
    public async Task Beside_git_what_was_not_fetched_and_what_is_no_pointer_is_left_out()
    {
        await using var place = await GitPlace.MakeAsync();
        place.Write("data/one", "1");
        await place.AddAsync("data");
        var pointer = place.Read("data.millrace");
        place.Write("broken.millrace", "no pointer");
        place.Write("gone.millrace", pointer.Replace("path data", "path gone", StringComparison.Ordinal).Replace(
            place.Tree.Pointers(Cancel).Single(found => found.Path == "data").Pointer!.Hash.ToString(),
            new string('a', 64), StringComparison.Ordinal));
        await place.GitAsync("add", "-A");
        await place.GitAsync("commit", "-q", "-m", "First");

        var page = await place.Workspace.VersionView.ListAsync(new ListQuery { Max = 1000 }, Cancel);

        Assert.Equal(["main/data/one"], page.Versions.Select(version => version.Key));
        Assert.Equal("object-missing", (await Assert.ThrowsAsync<MillraceException>(
            () => place.Workspace.VersionView.FindAsync("main/gone/one", Cancel))).Code);
    }

    [Fact]
    public async Task A_tag_that_is_named_like_a_folder_of_a_branch_is_listed_in_its_place()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("One", ("a", "1"), ("sub/old", "2"), ("z", "3"), ("sub/same", "4"));
        await checkout.Versions.MakeTagAsync("main/sub", "HEAD", null, Cancel);

        var page = await checkout.Workspace.VersionView.ListAsync(new ListQuery { Max = 1000 }, Cancel);

        Assert.Equal(
            ["main/a", "main/sub/a", "main/sub/old", "main/sub/same", "main/sub/sub/old", "main/sub/sub/same",
                "main/sub/z", "main/z"],
            page.Versions.Select(version => version.Key));
    }

    [Fact]
    public async Task A_tree_that_nobody_makes_by_accident_ends_a_listing()
    {
        using var scratch = new ScratchFolder();
        using var store = new ObjectStore(scratch["objects"]);
        foreach (var (bottom, says) in ((string?, long)[])[(null, 1000), ("a", 1)])
        {
            var tree = store.Put(new TreeNode(
                0, bottom is null ? [] : [new TreeEntry(bottom, TreeEntryKind.File, ContentHash.Of([1]), 1, 1)])
                .ToBytes());
            for (var i = 0; i < 50; i++)
            {
                tree = store.Put(new TreeNode(0,
                [
                    new TreeEntry("a", TreeEntryKind.Folder, tree, 1, says),
                    new TreeEntry("b", TreeEntryKind.Folder, tree, 1, says),
                ]).ToBytes());
            }

            var view = new VersionBucket(
                store, _ => Task.FromResult<IReadOnlyList<VersionRef>>(
                    [VersionRef.Of("main", tree, DateTimeOffset.UnixEpoch)]),
                (_, _) => Task.FromResult<VersionRef?>(null));

            Assert.Equal("tree-damaged", (await Assert.ThrowsAsync<MillraceException>(
                () => view.ListAsync(new ListQuery { Max = 1000 }, Cancel))).Code);
        }
    }

    static string Text(GitPlace place, ObjectVersion? version)
    {
        using var stream = place.Workspace.Objects.OpenRead(version!.Parts[0].Hash);
        return new StreamReader(stream).ReadToEnd();
    }
}
