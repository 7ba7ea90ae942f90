using System.Text;
using CsCheck;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

public sealed class TreeTests : IDisposable
{
    static readonly Gen<string> Name = Gen.OneOf(
        Gen.Char['a', 'f'].Array[1, 2].Select(letters => new string(letters)),
        Gen.Int[0, 4].Select(i => ((string[])["é", "😀", "\uFFFD", "a b", "x\ny"])[i]));

    static readonly Gen<string> FilePath = Name.Array[1, 3].Select(names => string.Join('/', names));

    readonly ScratchFolder _scratch = new();
    readonly ObjectStore _store;
    readonly TreeStore _trees;

    public TreeTests()
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
    public void Applied_changes_give_what_a_sorted_dictionary_holds() => Gen.Select(
        Gen.Select(FilePath, Gen.Int[0, 5]).Array[0, 60], Gen.Select(FilePath, Gen.Int[0, 5]).Array[0, 20])
        .Sample(
            (first, second) =>
            {
                var twin = new SortedDictionary<string, TreeEntry>(Utf8Order.Instance);
                using var batch = _store.BeginBatch();
                var one = Apply(batch, null, twin, first);
                batch.Commit();
                using var next = _store.BeginBatch();
                var two = Apply(next, one.Hash, twin, second);
                next.Commit();
                using var whole = _store.BeginBatch();
                var again = _trees.Apply(
                    whole, null, twin.ToDictionary(pair => pair.Key, pair => (TreeEntry?)pair.Value));
                whole.Commit();

                var files = _trees.Files(two.Hash).ToList();

                Assert.Equal(
                    twin.Select(pair => (pair.Key, pair.Value.Hash)).OrderBy(pair => pair.Key, StringComparer.Ordinal),
                    files.Select(file => (file.Path, file.Entry.Hash))
                        .OrderBy(pair => pair.Path, StringComparer.Ordinal));
                Assert.Equal(twin.Count, two.FileCount);
                Assert.Equal(again.Hash, two.Hash);
                foreach (var (path, entry) in twin)
                    Assert.Equal(entry.Hash, _trees.Find(two.Hash, path)!.Hash);
                Assert.Null(_trees.Find(two.Hash, "zz/zz"));
            },
            iter: 150, threads: 1);

    [Fact]
    public void A_comparison_lists_exactly_what_differs() => Gen.Select(
        Gen.Select(FilePath, Gen.Int[0, 5]).Array[0, 80], Gen.Select(FilePath, Gen.Int[0, 5]).Array[0, 20])
        .Sample(
            (first, second) =>
            {
                var before = new SortedDictionary<string, TreeEntry>(Utf8Order.Instance);
                using var batch = _store.BeginBatch();
                var one = Apply(batch, null, before, first);
                batch.Commit();
                var after = new SortedDictionary<string, TreeEntry>(before, Utf8Order.Instance);
                using var next = _store.BeginBatch();
                var two = Apply(next, one.Hash, after, second);
                next.Commit();

                var changes = new TreeDiff(_trees).Compare(one.Hash, two.Hash)
                    .Select(change => (change.Path, change.Before?.Hash, change.After?.Hash))
                    .OrderBy(change => change.Path, StringComparer.Ordinal);

                Assert.Equal(
                    before.Keys.Union(after.Keys)
                        .Select(path => (Path: path, Before: before.GetValueOrDefault(path)?.Hash,
                            After: after.GetValueOrDefault(path)?.Hash))
                        .Where(change => change.Before != change.After)
                        .OrderBy(change => change.Path, StringComparer.Ordinal),
                    changes);
            },
            iter: 150, threads: 1);

    [Fact]
    public void An_edit_of_one_file_in_twenty_thousand_writes_and_compares_a_few_nodes()
    {
        var files = Enumerable.Range(0, 20_000).Select(i => Entry($"file-{i:d5}.jpg", i)).ToList();
        using var batch = _store.BeginBatch();
        var before = TreeStore.Write(batch, "", files);
        batch.Commit();
        files[12_345] = Entry("file-12345.jpg", -1);

        using var next = _store.BeginBatch();
        var after = TreeStore.Write(next, "", files);
        var written = next.Count;
        next.Commit();

        // A path of nodes from the root: about log32 of 20,000.
        Assert.InRange(written, 1, 5);
        Assert.InRange(_store.Size(after.Hash), 50, 20_000);
        Assert.Equal(
            "file-12345.jpg", Assert.Single(new TreeDiff(_trees).Compare(before.Hash, after.Hash)).Path);
    }

    [Fact]
    public void Hostile_bytes_are_no_tree()
    {
        var good = new TreeNode(0, [Entry("a", 1), Entry("b", 2)]).ToBytes();

        Assert.NotNull(TreeNode.TryRead(good));
        for (var length = 0; length < good.Length; length++)
            Assert.Null(TreeNode.TryRead(good.AsSpan(0, length)));
        Gen.Byte.Array[0, 200].Sample(
            bytes => TreeNode.TryRead(bytes)?.Entries.All(e => TreeNode.IsName(e.Name)) ?? true);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                var bytes = (byte[])good.Clone();
                bytes[at] = value;
                return TreeNode.TryRead(bytes)?.Entries.All(e => TreeNode.IsName(e.Name)) ?? true;
            });
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData(".git")]
    [InlineData(".millrace")]
    public void A_name_that_leads_elsewhere_is_no_name_of_a_tree(string name)
    {
        Assert.False(TreeNode.IsName(name));
        Assert.Null(TreeNode.TryRead(new TreeNode(0, [Entry(name, 1)]).ToBytes()));
    }

    [Fact]
    public void A_merge_takes_what_one_side_changed_and_names_what_both_did()
    {
        var ancestor = Tree(("a", 1), ("b", 1), ("c", 1), ("d/e", 1));
        var ours = Tree(("a", 2), ("b", 1), ("c", 2), ("d/e", 1), ("f", 1));
        var theirs = Tree(("a", 1), ("b", 3), ("c", 3), ("f/g", 1));

        var merged = new TreeMerge(_trees).Merge(ancestor, ours, theirs);

        Assert.Equal(["b", "d/e"], merged.Changes.Keys.Order());
        Assert.Null(merged.Changes["d/e"]);
        Assert.Equal(["c", "f/g"], merged.Conflicts.Select(conflict => conflict.Path).Order());
    }

    [Fact]
    public void A_commit_reads_back_as_it_was_written() => Gen.Select(Gen.String, Gen.Int[0, 3]).Sample(
        (text, parents) =>
        {
            var message = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            var commit = new Commit(
                ContentHash.Of([1]), [.. Enumerable.Range(0, parents).Select(i => ContentHash.Of([(byte)i]))],
                "A <a@b>", new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), null, message);

            var read = Commit.TryRead(commit.ToBytes())!;

            Assert.Equal(commit.Parents, read.Parents);
            Assert.Equal(message, read.Message);
            Assert.Equal(commit with { Parents = [] }, read with { Parents = [] });
        });

    TreeEntry Apply(
        ObjectBatch batch, ContentHash? root, SortedDictionary<string, TreeEntry> twin, (string, int)[] edits)
    {
        var changes = new Dictionary<string, TreeEntry?>(StringComparer.Ordinal);
        foreach (var (path, value) in edits)
        {
            // A path cannot be a file and a folder, nor can two edits of one pass.
            if (changes.Keys.Concat(twin.Keys).Any(
                known => known != path && (known.StartsWith(path + "/", StringComparison.Ordinal)
                    || path.StartsWith(known + "/", StringComparison.Ordinal))))
            {
                continue;
            }

            changes[path] = value == 0 ? null : Entry(path[(path.LastIndexOf('/') + 1)..], value);
        }

        foreach (var (path, entry) in changes)
        {
            if (entry is null)
                twin.Remove(path);
            else
                twin[path] = entry;
        }

        return _trees.Apply(batch, root, changes);
    }

    ContentHash Tree(params (string Path, int Value)[] files)
    {
        using var batch = _store.BeginBatch();
        var tree = _trees.Apply(
            batch, null,
            files.ToDictionary(file => file.Path, file => (TreeEntry?)Entry(file.Path.Split('/')[^1], file.Value)));
        batch.Commit();
        return tree.Hash;
    }

    static TreeEntry Entry(string name, int value) =>
        new(name, TreeEntryKind.File, ContentHash.Of(BitConverter.GetBytes(value)), 10, 1);
}
