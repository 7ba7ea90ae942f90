using CsCheck;
using Millrace.Objects;
using Millrace.Versions;
using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

public sealed class IndexEditTests
{
    static readonly string[] Names =
    [
        "a", "b", "c", "a/a", "a/b", "a/c", "a/ä", "b/a", "b/a/a", "b/a/b", "b/a/c", "d/e/f", "d/e", "d/g",
    ];

    static readonly Gen<string> Paths = Gen.Int[0, Names.Length - 1].Select(number => Names[number]);

    [Fact]
    public void Any_changes_give_what_one_by_one_would()
    {
        var change = Gen.Select(Gen.Int[0, 5], Paths, Gen.Int[1, 1000]);
        Gen.Select(Gen.Select(Paths, Gen.Int[1, 1000]).Array[0, 8], change.Array[0, 30]).Sample(
            (before, changes) =>
            {
                var start = Distinct(before);
                var index = new FileIndex(Made(start), null);
                var edit = new IndexEdit(index);
                var model = new Model(start);

                foreach (var (kind, path, size) in changes)
                {
                    if (kind == 0)
                        edit.Remove(path);
                    else if (kind == 1)
                        edit.RemoveBelow(path);
                    else
                        edit.Set(path, Record(size));
                    model.Change(kind, path, size);
                }

                Assert.Equal(model.Files(), Files(edit.Folders()));
                // What was read stays as it was.
                Assert.Equal(start, Files(index.Folders));
            },
            iter: 3000);
    }

    [Fact]
    public void An_index_of_many_and_of_large_folders_is_read_as_it_was_written()
    {
        using var scratch = new CatalogRoom.ScratchFolder();
        var files = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < 3000; i++)
            files[$"many/{i}/file"] = i;
        for (var i = 0; i < 3000; i++)
            files[$"large/{i}"] = i;
        var written = new FileIndex(Made(files), ContentHash.Of("tree"u8));

        written.Save(scratch["index"]);
        var read = FileIndex.Load(scratch["index"]);

        Assert.Equal(written.Tree, read.Tree);
        Assert.Equal(files, Files(read.Folders));
        var bytes = File.ReadAllBytes(scratch["index"]);
        foreach (var place in new[] { 0, 10, 60, bytes.Length / 2, bytes.Length - 9, bytes.Length - 1 })
        {
            byte[] flipped = [.. bytes];
            flipped[place] ^= 4;
            File.WriteAllBytes(scratch["flipped"], flipped);
            var error = Assert.Throws<MillraceException>(() => FileIndex.Load(scratch["flipped"]));
            Assert.Equal("index-damaged", error.Code);
        }

        File.WriteAllBytes(scratch["longer"], [.. bytes, 0]);
        Assert.Equal(
            "index-damaged", Assert.Throws<MillraceException>(() => FileIndex.Load(scratch["longer"])).Code);
    }

    /// <summary>Without a file where another needs a folder.</summary>
    static SortedDictionary<string, long> Distinct((string Path, int Size)[] files)
    {
        var distinct = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (path, size) in files)
        {
            if (!distinct.Keys.Any(known => known.StartsWith(path + "/", StringComparison.Ordinal)
                || path.StartsWith(known + "/", StringComparison.Ordinal)))
            {
                distinct[path] = size;
            }
        }

        return distinct;
    }

    static Dictionary<string, IndexFolder> Made(SortedDictionary<string, long> files)
    {
        var edit = new IndexEdit(FileIndex.Empty);
        foreach (var (path, size) in files)
            edit.Set(path, Record(size));
        return edit.Folders();
    }

    static IndexRecord Record(long size) => new() { SizeBytes = size, Kind = TreeEntryKind.File };

    static SortedDictionary<string, long> Files(IReadOnlyDictionary<string, IndexFolder> folders)
    {
        var files = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var folder in folders.Values)
        {
            for (var i = 0; i < folder.Records.Length; i++)
            {
                Assert.True(i == 0 || NameOrder.Compare(folder.Name(i - 1), folder.Name(i)) < 0);
                files.Add(folder.PathOf(i), folder.Records[i].SizeBytes);
            }
        }

        return files;
    }

    sealed class Model(SortedDictionary<string, long> start)
    {
        readonly Dictionary<string, long?> _changes = [];
        readonly HashSet<string> _dropped = [];

        public void Change(int kind, string path, long size)
        {
            if (kind == 1)
            {
                Drop(path);
                return;
            }

            _changes[path] = kind == 0 ? null : size;
            if (kind == 0)
                return;
            Drop(path);
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (start.ContainsKey(path[..slash]))
                    _changes[path[..slash]] = null;
            }
        }

        public SortedDictionary<string, long> Files()
        {
            var files = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var (path, size) in start)
            {
                if (!_dropped.Contains(path))
                    files[path] = size;
            }

            foreach (var (path, size) in _changes)
            {
                if (size is { } kept)
                    files[path] = kept;
                else
                    files.Remove(path);
            }

            return files;
        }

        void Drop(string folder) => _dropped.UnionWith(
            start.Keys.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal)));
    }
}
