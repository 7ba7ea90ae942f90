using Millrace.Objects;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

public sealed class ObjectCheckTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly ObjectStore _store;

    public ObjectCheckTests() => _store = new ObjectStore(_scratch["objects"]);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_whole_store_is_clean_and_counted()
    {
        var seen = new Progress();
        var hashes = Enumerable.Range(1, 40).Select(i => _store.Put(new byte[i])).ToList();
        var room = new Room("tables", [.. hashes.Select(hash => new ObjectRoot(hash, "table:photos@v1"))]);

        var report = await new ObjectCheck(_store).CheckAsync([room], seen, Cancel);

        Assert.True(report.IsClean);
        Assert.Equal((40, 820), (report.ObjectCount, report.SizeBytes));
        Assert.Empty(report.ForeignFiles);
        Assert.Equal(new ObjectCheckProgress(40, 820), seen.Last);
    }

    [Fact]
    public async Task An_empty_store_is_clean()
    {
        var report = await new ObjectCheck(_store).CheckAsync([], null, Cancel);

        Assert.True(report.IsClean);
        Assert.Equal(0, report.ObjectCount);
    }

    [Fact]
    public async Task Damage_and_loss_are_named_with_everyone_who_needs_the_object()
    {
        var flipped = _store.Put("flipped"u8);
        var whole = _store.Put("whole"u8);
        var cut = _store.Put("cut short"u8);
        var lost = ContentHash.Of("lost"u8);
        Damage.Flip(_store, flipped);
        var (pack, offset, length) = Damage.PayloadOf(_store, cut);
        Damage.Cut(pack, offset + length - 1);
        IRootSource[] rooms =
        [
            new Room("tables", [new(flipped, "table:photos@v3#7"), new(lost, "table:photos@v3#8"), new(whole, "x")]),
            new Room("models", [new(flipped, "model:popularity@v1")]),
        ];

        var report = await new ObjectCheck(_store).CheckAsync(rooms, null, Cancel);

        Assert.False(report.IsClean);
        Assert.Equal(new[] { flipped, cut }.Order(), report.Damaged.Select(damage => damage.Hash));
        var found = report.Damaged.Single(damage => damage.Hash == flipped);
        Assert.Equal((pack, PackFolder.HeaderSize), (found.Path, found.Offset));
        Assert.Equal(["tables: table:photos@v3#7", "models: model:popularity@v1"], found.References.First);
        Assert.Equal(2, found.References.Count);
        Assert.Equal(0, report.Damaged.Single(damage => damage.Hash == cut).References.Count);
        var missing = Assert.Single(report.Missing);
        Assert.Equal(lost, missing.Hash);
        Assert.Equal(["tables: table:photos@v3#8"], missing.References.First);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Damage_of_a_header_alone_is_named_and_mended(bool isEncrypted)
    {
        var key = isEncrypted ? StoreKey.Create() : null;
        using var store = new ObjectStore(_scratch["other"], key);
        var small = store.Put("small"u8);
        var whole = store.Put("whole"u8);
        var bytes = Noise.Of(300_000, 1);
        var large = store.Put(bytes);
        var chunk = store.Reader.ReadRecipe(store.Reader.Find(large, EntryKinds.Recipe), large).Parts[1].Id;
        foreach (var (id, place) in new[] { (small, 20), (chunk, 9) })
        {
            var (pack, payload, _) = Damage.PayloadOf(store, id);
            Damage.Flip(pack, payload - PackEntry.HeaderSize + place);
        }

        var report = await new ObjectCheck(store).CheckAsync([], null, Cancel);
        var repaired = await new ObjectRepair(store).RepairAsync([], [], null, Cancel);

        Assert.Equal(new[] { small, large }.Order(), report.Damaged.Select(item => item.Hash));
        Assert.Equal(new[] { small, large }.Order(), repaired.Restored);
        Assert.Equal("whole"u8, store.Read(whole));
        Assert.Equal(bytes, store.Read(large));
        Assert.True((await new ObjectCheck(store).CheckAsync([], null, Cancel)).IsClean);
        store.Packs.Writers.ListPacks().ForEach(pack => File.Delete(PackFolder.IndexOf(pack)));
        store.Packs.Writers.ReleaseFree();
        using var reopened = new ObjectStore(_scratch["other"], key);
        Assert.Equal(new[] { small, whole, large }.Order(), reopened.List());
    }

    [Fact]
    public async Task References_are_counted_beyond_those_that_are_named()
    {
        var lost = ContentHash.Of("lost"u8);
        var room = new Room("tables", [.. Enumerable.Range(0, 100).Select(i => new ObjectRoot(lost, $"#{i}"))]);

        var report = await new ObjectCheck(_store).CheckAsync([room], null, Cancel);

        var references = Assert.Single(report.Missing).References;
        Assert.Equal(100, references.Count);
        Assert.Equal(ObjectCheck.ReferencesMax, references.First.Count);
    }

    [Fact]
    public async Task Files_that_the_store_did_not_make_are_listed_and_left_alone()
    {
        _store.Put("abc"u8);
        var packs = _store.Packs.Writers.Folder;
        string[] foreign =
        [
            Path.Join(_store.Folder, "README"),
            Path.Join(_store.Folder, "BA"),
            Path.Join(packs, ".tmp-1"),
            Path.Join(packs, "note.txt"),
            Path.Join(packs, "0123.pack"),
        ];
        foreach (var path in foreign)
            await File.WriteAllTextAsync(path, "mine", Cancel);

        var report = await new ObjectCheck(_store).CheckAsync([], null, Cancel);

        Assert.True(report.IsClean);
        Assert.Equal(foreign.Order(StringComparer.Ordinal), report.ForeignFiles.Order(StringComparer.Ordinal));
        Assert.All(foreign, path => Assert.Equal("mine", File.ReadAllText(path)));
    }

    sealed class Room(string name, ObjectRoot[] roots) : IRootSource
    {
        string IRootSource.Room => name;

        public IAsyncEnumerable<ObjectRoot> RootsAsync(CancellationToken cancellationToken) =>
            roots.ToAsyncEnumerable();
    }

    sealed class Progress : IProgress<ObjectCheckProgress>
    {
        readonly Lock _lock = new();

        public ObjectCheckProgress Last { get; private set; }

        public void Report(ObjectCheckProgress value)
        {
            lock (_lock)
            {
                if (value.ObjectCount > Last.ObjectCount)
                    Last = value;
            }
        }
    }
}
