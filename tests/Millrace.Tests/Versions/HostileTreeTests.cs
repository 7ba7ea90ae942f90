using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Trees that nobody but a hostile remote would write: each way to walk them ends with an error that says so.
/// </summary>
public sealed class HostileTreeTests : IDisposable
{
    const int FarTooDeep = 20_000;

    readonly ScratchFolder _scratch = new();
    readonly ObjectStore _store;
    readonly TreeStore _trees;

    public HostileTreeTests()
    {
        _store = new ObjectStore(_scratch["objects"]);
        _trees = new TreeStore(_store);
    }

    public void Dispose()
    {
        _store.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_tree_without_end_is_refused_before_the_stack_is_full()
    {
        var root = Node(0, File("a"));
        using (var batch = _store.BeginBatch())
        {
            for (var i = 0; i < FarTooDeep; i++)
                root = batch.Put(new TreeNode(0, [Folder("d", root)]).ToBytes());
            batch.Commit();
        }

        AssertRefused(root);
    }

    [Fact]
    public void A_tree_that_has_a_name_twice_is_refused() =>
        AssertRefused(Node(1, Folder("a", Node(0, File("a"), File("c"))), Folder("b", Node(0, File("b"), File("c")))));

    [Fact]
    public void A_tree_whose_nodes_are_not_in_order_is_refused() =>
        AssertRefused(Node(1, Folder("a", Node(0, File("x"))), Folder("b", Node(0, File("b")))));

    [Fact]
    public void A_tree_whose_levels_lie_is_refused() =>
        AssertRefused(Node(2, Folder("a", Node(0, File("a"))), Folder("b", Node(1, Folder("b", Node(0, File("b")))))));

    [Fact]
    public void A_tree_that_names_a_file_as_a_folder_is_refused()
    {
        var file = _store.Put("no folder"u8);

        AssertRefused(Node(0, Folder("a", file)));
    }

    void AssertRefused(ContentHash root)
    {
        using var batch = _store.BeginBatch();
        Assert.Equal("tree-damaged", Assert.Throws<MillraceException>(
            () => _trees.Files(root).Count()).Code);
        Assert.Equal("tree-damaged", Assert.Throws<MillraceException>(
            () => new TreeDiff(_trees).Compare(null, root).Count()).Code);
        Assert.Equal("tree-damaged", Assert.Throws<MillraceException>(
            () => new TreeDiff(_trees).Compare(root, Node(0, File("z"))).Count()).Code);
    }

    ContentHash Node(int level, params TreeEntry[] entries) => _store.Put(new TreeNode(level, entries).ToBytes());

    static TreeEntry File(string name) => new(name, TreeEntryKind.File, ContentHash.Of("x"u8), 1, 1);

    static TreeEntry Folder(string name, ContentHash hash) => new(name, TreeEntryKind.Folder, hash, 1, 1);
}
