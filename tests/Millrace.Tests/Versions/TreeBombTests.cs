using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Trees that nobody makes by accident.</summary>
public sealed class TreeBombTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly ObjectStore _store;
    readonly TreeStore _trees;
    readonly ContentHash _good;

    public TreeBombTests()
    {
        _store = new ObjectStore(_scratch["objects"]);
        _trees = new TreeStore(_store);
        _good = Put(0, File("a"));
    }

    public void Dispose()
    {
        _store.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_tree_that_says_that_it_has_countless_files_is_not_walked()
    {
        var bomb = Double(_good, levels: 50, count => Math.Min(count, long.MaxValue / 4) * 2);

        AssertRefused("tree-too-large", bomb);
    }

    [Fact]
    public void A_tree_that_has_more_files_than_it_says_is_damaged()
    {
        var bomb = Double(_good, levels: 50, _ => 1);

        AssertRefused("tree-damaged", bomb);
    }

    [Fact]
    public void A_tree_of_folders_without_files_is_damaged()
    {
        var bomb = Double(Put(0), levels: 50, _ => 1000);

        AssertRefused("tree-damaged", bomb);
    }

    [Fact]
    public void Two_trees_that_differ_in_nothing_but_their_nodes_are_not_compared_for_ever()
    {
        var left = Double(_good, levels: 50, _ => 1000);
        // The same names and files, with other sums all the way down.
        var right = Double(Put(0, File("a") with { SizeBytes = 2 }), levels: 50, _ => 1001);

        Assert.Equal("tree-damaged", Code(() => new TreeDiff(_trees).Compare(left, right).Count()));
    }

    [Fact]
    public void A_tree_that_is_too_deep_is_damaged()
    {
        var tree = _good;
        for (var i = 0; i <= TreeStore.DepthMax; i++)
            tree = Put(0, Folder("d", tree, 1));

        AssertRefused("tree-damaged", tree);
    }

    [Fact]
    public void Nodes_of_one_folder_are_in_order()
    {
        var (first, second) = (Put(0, File("a"), File("m")), Put(0, File("l"), File("z")));
        ContentHash[] bad =
        [
            // The last name of one is behind the first of the next.
            Put(1, Folder("a", first, 2), Folder("l", second, 2)),
            // One node under two names.
            Put(1, Folder("a", first, 2), Folder("b", first, 2)),
            // Another level than the one below.
            Put(2, Folder("a", first, 2)),
            Put(1, Folder("a", Put(0), 1)),
        ];

        foreach (var tree in bad)
        {
            AssertRefused("tree-damaged", tree);
            Assert.Equal("tree-damaged", Code(() => _trees.Entries(tree).Count()));
        }

        Assert.Null(TreeNode.TryRead(new TreeNode(1, []).ToBytes()));
    }

    [Fact]
    public void A_large_object_is_not_taken_into_memory_to_see_that_it_is_no_node()
    {
        var large = _store.Put(new byte[TreeStore.NodeSizeMax + 1]);

        Assert.Equal("tree-damaged", Code(() => _trees.Read(large)));
    }

    [Fact]
    public async Task What_an_import_lacks_is_named_and_a_bomb_in_one_ends()
    {
        await using var here = await TestCheckout.MakeAsync();
        var objects = here.Workspace.Objects;
        var missing = ContentHash.Of([1, 2, 3]);
        var bomb = objects.Put(new TreeNode(0, [File("a")]).ToBytes());
        for (var i = 0; i < 50; i++)
            bomb = objects.Put(new TreeNode(0, [Folder("a", bomb, 1), Folder("b", bomb, 1)]).ToBytes());
        var tree = objects.Put(new TreeNode(0, [Folder("lost", missing, 1), Folder("x", bomb, 1)]).ToBytes());
        await here.Workspace.Imports.RecordAsync(
            "photos", tree, 1, "elsewhere", [], TestContext.Current.CancellationToken);

        var roots = new List<ObjectRoot>();
        await foreach (var root in here.Workspace.Imports.RootsAsync(TestContext.Current.CancellationToken))
            roots.Add(root);

        Assert.Contains(new ObjectRoot(missing, "lost in import photos"), roots);
        Assert.InRange(roots.Count, 50, 60);
    }

    void AssertRefused(string code, ContentHash tree)
    {
        Assert.Equal(code, Code(() => _trees.Files(tree).Count()));
        Assert.Equal(code, Code(() => new TreeDiff(_trees).Compare(null, tree).Count()));
        Assert.Equal(code, Code(() => new TreeDiff(_trees).Compare(tree, _good).Count()));
    }

    static string Code(Func<object> walk) => Assert.Throws<MillraceException>(() => walk()).Code;

    ContentHash Double(ContentHash bottom, int levels, Func<long, long> says)
    {
        var (tree, count) = (bottom, 1L);
        for (var i = 0; i < levels; i++)
        {
            tree = Put(0, Folder("a", tree, count), Folder("b", tree, count));
            count = says(count);
        }

        return tree;
    }

    ContentHash Put(int level, params TreeEntry[] entries) => _store.Put(new TreeNode(level, entries).ToBytes());

    static TreeEntry File(string name) => new(name, TreeEntryKind.File, ContentHash.Of([1]), 1, 1);

    static TreeEntry Folder(string name, ContentHash hash, long files) =>
        new(name, TreeEntryKind.Folder, hash, 1, files);
}
