using System.Text;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>Nodes of version 1 are written and read to the byte, and folders are cut where they always were: else equal
/// folders would have other hashes.</summary>
public sealed class TreeFormatTests : IDisposable
{
    static readonly TreeNode Leaf = new(
        0,
        [
            new TreeEntry("photos", TreeEntryKind.Folder, Hash("photos"), 3000, 2),
            new TreeEntry("run.sh", TreeEntryKind.Executable, Hash("run"), 7, 1),
            new TreeEntry("table:sales", TreeEntryKind.Table, Hash("table"), 120, 1),
            new TreeEntry("today", TreeEntryKind.Link, Hash("link"), 9, 1),
            // The order is that of UTF-8, in which UTF-16 would put the second one first.
            new TreeEntry("\ufffd", TreeEntryKind.File, Hash("a"), 1, 1),
            new TreeEntry("\U0001F600", TreeEntryKind.File, Hash("b"), 2, 1),
        ]);

    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_node_of_version_1_is_written_and_read_to_the_byte()
    {
        var read = TreeNode.TryRead(FormatFixture.Read("tree-node-v1.hex"))!;

        Assert.Equal(Leaf.Level, read.Level);
        Assert.Equal(Leaf.Entries, read.Entries);
        FormatFixture.Verify("tree-node-v1.hex", Leaf.ToBytes());
        Assert.Equal(
            "7b569d1c20d88c5ced083bb1aacfbd045e51c534bcac1f9e3ab69cc188c6c88b", $"{ContentHash.Of(Leaf.ToBytes())}");
    }

    [Fact]
    public void A_folder_of_a_thousand_names_is_cut_where_it_always_was()
    {
        using var objects = new ObjectStore(_scratch["objects"]);
        var root = Write(
            objects,
            [.. Enumerable.Range(0, 1000).Select(i => $"{i:D4}.jpg").Select(
                (name, i) => new TreeEntry(name, TreeEntryKind.File, Hash(name), i, 1))]);

        var trees = new TreeStore(objects);
        var top = trees.Read(root.Hash);
        var middle = top.Entries.Select(entry => trees.Read(entry.Hash)).ToList();
        var leaves = middle.SelectMany(node => node.Entries).Select(entry => trees.Read(entry.Hash));
        Assert.Equal((499_500, 1000), (root.SizeBytes, root.FileCount));
        Assert.Equal(2, top.Level);
        Assert.Equal([21, 19], middle.Select(node => node.Entries.Count));
        Assert.Equal(
            [
                9, 55, 8, 34, 55, 11, 34, 12, 25, 20, 86, 2, 49, 4, 103, 72, 10, 19, 16, 31, 1, 17, 12, 31, 13, 5, 12,
                3, 4, 10, 12, 13, 1, 1, 48, 3, 31, 61, 33, 34,
            ],
            leaves.Select(node => node.Entries.Count));
        Assert.Equal("343e4a4a6ae01ded64ffd0c5f6530889b212bc972e70d895f5097b872987443a", $"{root.Hash}");
    }

    [Fact]
    public void An_empty_folder_has_the_hash_it_always_had()
    {
        using var objects = new ObjectStore(_scratch["objects"]);

        Assert.Equal(
            "3e982d15376e4bdd02c5eba745c20bb76fb8342debed2fbefe2702ab032348ba", $"{Write(objects, []).Hash}");
    }

    static TreeEntry Write(ObjectStore objects, TreeEntry[] entries)
    {
        using var batch = objects.BeginBatch();
        var root = TreeStore.Write(batch, "", entries);
        batch.Commit();
        return root;
    }

    static ContentHash Hash(string text) => ContentHash.Of(Encoding.UTF8.GetBytes(text));
}
