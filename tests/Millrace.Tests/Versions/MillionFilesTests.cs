using System.Text;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.House;
using Millrace.Versions;
using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

/// <summary>One folder of a million files, which are made up: what is kept of them must be little.</summary>
[Collection(nameof(MeasuredMemory))]
public sealed class MillionFilesTests : IDisposable
{
    const int Count = 1_000_000;
    const int Edited = 654_321;

    // 72 bytes of a record and its name, twice while an index is read from its file.
    const long IndexBytesMax = 250L << 20;

    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void An_index_of_a_million_files_in_one_folder_is_written_read_and_searched_in_bounded_memory()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        new FileIndex(Folders(edited: false), ContentHash.Of("tree"u8)).Save(_scratch["index"]);

        var index = FileIndex.Load(_scratch["index"]);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, Count, IndexBytesMax);
        Assert.Equal(Count, index.FileCount);
        for (var i = 0; i < Count; i += 99_991)
            Assert.Equal(HashOf(i), index.Find($"photos/{NameOf(i)}")!.Value.Hash);
        Assert.Null(index.Find("photos/file-x"));
        Assert.InRange(new FileInfo(_scratch["index"]).Length, Count, IndexBytesMax / 2);
    }

    [Fact]
    public void A_tree_of_a_million_files_in_one_folder_is_cut_into_nodes_and_one_edit_writes_few_of_them()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        using var batch = store.BeginBatch();
        var before = IndexTree.Write(batch, Folders(edited: false));
        var nodes = batch.Count;
        batch.Commit();

        using var next = store.BeginBatch();
        var after = IndexTree.Write(next, Folders(edited: true));
        var written = next.Count;
        next.Commit();
        var trees = new TreeStore(store);
        var change = Assert.Single(new TreeDiff(trees).Compare(before, after));

        Assert.InRange(nodes, Count / 64, Count / 16);
        Assert.InRange(written, 1, 7);
        Assert.Equal($"photos/{NameOf(Edited)}", change.Path);
        Assert.Equal(HashOf(Edited), trees.Find(before, change.Path)!.Hash);
        Assert.Equal(Count, trees.Files(after).LongCount());
    }

    static Dictionary<string, IndexFolder> Folders(bool edited)
    {
        var builder = new IndexFolderBuilder("photos", Count);
        Span<byte> name = stackalloc byte[32];
        for (var i = 0; i < Count; i++)
        {
            var record = default(IndexRecord);
            record.Hash = edited && i == Edited ? HashOf(-1) : HashOf(i);
            record.SizeBytes = 4096;
            record.Kind = TreeEntryKind.File;
            var length = Encoding.ASCII.GetBytes(NameOf(i), name);
            builder.Add(name[..length], record);
        }

        return new Dictionary<string, IndexFolder> { ["photos"] = builder.Build() };
    }

    static string NameOf(int number) => $"file-{number:d7}.jpg";

    static ContentHash HashOf(int number)
    {
        Span<byte> bytes = stackalloc byte[ContentHash.Size];
        BitConverter.TryWriteBytes(bytes, number * 2_654_435_761L);
        return new ContentHash(bytes);
    }
}
