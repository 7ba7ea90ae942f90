using Millrace.Objects;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What a repair saves, and that it deletes nothing.</summary>
public sealed class ObjectRepairTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly RootSet _roots = new();
    readonly Dictionary<ContentHash, byte[]> _objects = [];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_damaged_pack_is_put_aside_and_only_what_was_damaged_is_lost()
    {
        using var store = Fill();
        var victim = _objects.Keys.First(hash => _objects[hash].Length == 5000);
        var (pack, _, _) = Damage.PayloadOf(store, victim);
        Damage.Flip(store, victim);
        var bytes = Damage.ReadAll(pack);

        var report = await new ObjectRepair(store).RepairAsync([_roots], [], null, Cancel);

        Assert.Equal([victim], report.Lost.Select(item => item.Hash));
        Assert.Equal(1, report.Lost[0].References.Count);
        var aside = Assert.Single(report.PutAside);
        Assert.Equal(bytes, Damage.ReadAll(aside));
        Assert.False(File.Exists(pack));
        AssertAllBut(store, victim);
        var check = await new ObjectCheck(store).CheckAsync([_roots], null, Cancel);
        Assert.Equal([victim], check.Missing.Select(item => item.Hash));
        Assert.Empty(check.Damaged);
        Assert.Empty(check.ForeignFiles);
        // Whoever puts it again heals the store.
        store.Put(_objects[victim]);
        Assert.True((await new ObjectCheck(store).CheckAsync([_roots], null, Cancel)).IsClean);
    }

    [Fact]
    public async Task What_was_lost_is_taken_from_the_first_source_that_has_it()
    {
        using var store = Fill();
        var victims = _objects.Keys.Where(hash => _objects[hash].Length >= 5000).ToList();
        foreach (var victim in victims)
            Damage.Flip(store, victim);
        var asked = new List<ContentHash>();

        var report = await new ObjectRepair(store).RepairAsync(
            [_roots],
            [
                (hash, _) =>
                {
                    asked.Add(hash);
                    return Task.FromResult<Stream?>(null);
                },
                (_, _) => Task.FromResult<Stream?>(new MemoryStream([1, 2, 3])),
                (hash, _) => Task.FromResult<Stream?>(new MemoryStream(_objects[hash])),
            ],
            null,
            Cancel);

        Assert.Equal(victims.Order(), report.Restored);
        Assert.Equal(victims.Order(), asked);
        Assert.Empty(report.Lost);
        AssertAllBut(store);
        Assert.True((await new ObjectCheck(store).CheckAsync([_roots], null, Cancel)).IsClean);
    }

    [Fact]
    public async Task A_damaged_chunk_is_replaced_in_its_object()
    {
        using var store = Fill();
        var large = _objects.Keys.First(hash => _objects[hash].Length == 300_000);
        var chunk = store.Reader.ReadRecipe(store.Reader.Find(large, EntryKinds.Recipe), large).Parts[1].Id;
        Damage.Flip(store, chunk);

        var report = await new ObjectRepair(store).RepairAsync(
            [_roots], [(hash, _) => Task.FromResult<Stream?>(new MemoryStream(_objects[hash]))], null, Cancel);

        Assert.Equal([large], report.Restored);
        AssertAllBut(store);
    }

    [Fact]
    public async Task A_pack_without_its_beginning_and_index_gives_back_its_entries()
    {
        string pack;
        using (var store = Fill())
            pack = Assert.Single(store.Packs.Writers.ListPacks());
        File.Delete(PackFolder.IndexOf(pack));
        Damage.Flip(pack, 3);
        using var reopened = new ObjectStore(_scratch["objects"]);
        Assert.Empty(reopened.List());

        var report = await new ObjectRepair(reopened).RepairAsync([_roots], [], null, Cancel);

        Assert.Empty(report.Lost);
        Assert.Equal(_objects.Keys.Order(), report.Restored);
        AssertAllBut(reopened);
    }

    [Fact]
    public async Task A_whole_index_that_lies_is_made_anew_from_the_pack()
    {
        string pack;
        using (var store = Fill())
            pack = Assert.Single(store.Packs.Writers.ListPacks());
        var index = PackFolder.IndexOf(pack);
        IReadOnlyList<PackEntry> entries;
        using (var file = PackFolder.TryLock(pack)!)
            entries = [.. PackRecovery.Scan(file.Handle, PackFolder.HeaderSize, new FileInfo(pack).Length, null)];
        var lies = entries.Select(entry => entry with { Offset = entry.Offset + 8 }).ToList();
        await File.WriteAllBytesAsync(
            index, PackIndex.Write(lies, PackFolder.HeaderSize, new FileInfo(pack).Length, null), Cancel);
        using var reopened = new ObjectStore(_scratch["objects"]);

        var report = await new ObjectRepair(reopened).RepairAsync([_roots], [], null, Cancel);

        Assert.Empty(report.Lost);
        AssertAllBut(reopened);
    }

    [Fact]
    public async Task A_pack_that_lost_its_end_keeps_the_rest_and_takes_puts_again()
    {
        string pack;
        using (var store = Fill())
            pack = Assert.Single(store.Packs.Writers.ListPacks());
        Damage.Cut(pack, new FileInfo(pack).Length - 100);
        using var reopened = new ObjectStore(_scratch["objects"]);

        var report = await new ObjectRepair(reopened).RepairAsync([_roots], [], null, Cancel);

        Assert.InRange(report.Lost.Count, 1, 2);
        AssertAllBut(reopened, [.. report.Lost.Select(item => item.Hash)]);
        Assert.Single(reopened.Packs.Writers.ListPacks());
    }

    [Fact]
    public async Task A_store_without_damage_is_left_as_it_is()
    {
        using var store = Fill();
        var before = Damage.Files(store);

        var report = await new ObjectRepair(store).RepairAsync([_roots], [], null, Cancel);

        Assert.True(report.Before.IsClean);
        Assert.Equal(before, Damage.Files(store));
        Assert.False(Directory.Exists(Path.Join(store.Folder, ObjectRepair.FolderName)));
    }

    [Fact]
    public void A_damaged_copy_does_not_hide_a_whole_one()
    {
        using var first = new ObjectStore(_scratch["objects"]);
        using var second = new ObjectStore(_scratch["objects"]);
        var bytes = Noise.Of(300_000, 1);
        using (var one = first.BeginBatch())
        using (var two = second.BeginBatch())
        {
            // Neither sees the other's.
            one.Put(bytes);
            two.Put(bytes);
            one.Commit();
            two.Commit();
        }

        var hash = ContentHash.Of(bytes);
        foreach (var location in first.Packs.List(EntryKinds.All).DistinctBy(location => location.Entry.Id))
            Damage.Flip(location.Pack.Path, location.Entry.Offset + PackEntry.HeaderSize);

        using var reader = new ObjectStore(_scratch["objects"]);
        Assert.Equal(bytes, reader.Read(hash));
        Assert.Equal(bytes[1000..201_000], ReadPart(reader, hash, 1000, 200_000));
    }

    ObjectStore Fill()
    {
        var store = new ObjectStore(_scratch["objects"]);
        foreach (var size in new[] { 0, 1, 5000, 20_000, 300_000, 9_000_000 })
        {
            var bytes = Noise.Of(size, size);
            var hash = store.Put(bytes);
            _objects.Add(hash, bytes);
            _roots.Add(hash);
        }

        return store;
    }

    void AssertAllBut(ObjectStore store, params ContentHash[] lost)
    {
        foreach (var (hash, bytes) in _objects)
        {
            if (!lost.Contains(hash))
                Assert.True(store.Read(hash).AsSpan().SequenceEqual(bytes));
        }
    }

    static byte[] ReadPart(ObjectStore store, ContentHash hash, long offset, int length)
    {
        using var stream = store.OpenRead(hash, offset, length);
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
