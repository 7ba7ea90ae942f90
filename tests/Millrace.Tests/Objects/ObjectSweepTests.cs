using CsCheck;
using Millrace.Objects;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What a sweep drops, what it never drops, and what it may be interrupted by.</summary>
public sealed class ObjectSweepTests : IDisposable
{
    static readonly SweepOptions Day = new();
    static readonly SweepOptions AtOnce = new() { Grace = TimeSpan.Zero };

    readonly ScratchFolder _scratch = new();
    readonly SetClock _clock = new();
    readonly RootSet _roots = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task What_nobody_needs_goes_a_grace_period_after_it_was_first_seen()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var kept = store.Put(Noise.Of(300_000, 1));
        var dropped = store.Put(Noise.Of(300_000, 2));
        _roots.Add(kept);

        var first = await SweepAsync(store, Day);
        _clock.Advance(TimeSpan.FromHours(23));
        var second = await SweepAsync(store, Day);
        Assert.True(store.Contains(dropped));
        _clock.Advance(TimeSpan.FromHours(2));
        var third = await SweepAsync(store, Day);

        Assert.Equal(1, first.UnneededCount);
        Assert.Equal([new SweptObject(dropped, 300_000)], first.Unneeded);
        Assert.Equal(first.DueAt, second.DueAt);
        Assert.Equal(0, second.DroppedCount);
        Assert.Equal((1, null), (third.DroppedCount, third.DueAt));
        Assert.InRange(third.FreedBytes, 290_000, 320_000);
        Assert.False(store.Contains(dropped));
        Assert.Equal(Noise.Of(300_000, 1), store.Read(kept));
        Assert.Equal(2, Damage.Files(store).Count);
        Assert.True((await new ObjectCheck(store).CheckAsync([_roots], null, Cancel)).IsClean);
    }

    [Fact]
    public async Task What_is_needed_again_within_the_grace_period_stays()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put("needed again"u8);
        await SweepAsync(store, Day);
        _clock.Advance(TimeSpan.FromHours(25));
        _roots.Add(hash);

        await SweepAsync(store, Day);

        Assert.Equal("needed again"u8, store.Read(hash));
    }

    [Fact]
    public async Task A_writer_does_not_rely_on_what_is_condemned()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        using var other = new ObjectStore(_scratch["objects"]);
        var large = Noise.Of(400_000, 3);
        var hash = other.Put(large);
        await SweepAsync(store, Day);

        using (var batch = other.BeginBatch())
        {
            batch.Put(large);
            Assert.Equal(1, batch.Count);
            await batch.CommitAsync(Cancel);
        }

        using (var again = other.BeginBatch())
        {
            // The new copy is condemned by nothing.
            again.Put(large);
            Assert.Equal(0, again.Count);
        }

        _clock.Advance(TimeSpan.FromHours(25));
        await SweepAsync(store, Day);
        Assert.Equal(large, other.Read(hash));
    }

    [Fact]
    public async Task A_writer_that_remembers_what_was_swept_stores_it_again()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        using var other = new ObjectStore(_scratch["objects"]);
        var hash = other.Put("remembered"u8);
        Assert.Equal("remembered"u8, other.Read(hash));
        await SweepAsync(store, AtOnce);
        await SweepAsync(store, AtOnce);

        Assert.Equal(hash, other.Put("remembered"u8));

        using var third = new ObjectStore(_scratch["objects"]);
        Assert.Equal("remembered"u8, third.Read(hash));
    }

    [Fact]
    public async Task A_batch_that_began_before_the_sweep_holds_what_it_relies_on()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        using var other = new ObjectStore(_scratch["objects"]);
        var hash = store.Put("relied on"u8);
        using (var batch = other.BeginBatch())
        {
            batch.Put("relied on"u8);
            Assert.Equal(0, batch.Count);

            var busy = await SweepAsync(store, AtOnce);
            await batch.CommitAsync(Cancel);
            Assert.True(busy.IsBusy);
            Assert.True((await SweepAsync(store, AtOnce)).IsBusy);
            _roots.Add(hash);
        }

        var report = await SweepAsync(store, AtOnce);
        Assert.False(report.IsBusy);
        Assert.Equal("relied on"u8, store.Read(hash));
    }

    [Fact]
    public async Task A_hold_keeps_what_is_there_and_not_what_is_condemned()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put("held"u8);
        using (var hold = store.Hold())
        {
            Assert.True(hold.Keeps(hash));
            Assert.False(hold.Keeps(ContentHash.Of("nowhere"u8)));
            await SweepAsync(store, AtOnce);
            Assert.True((await SweepAsync(store, AtOnce)).IsBusy);
            Assert.True(hold.Keeps(hash));

            using var other = new ObjectStore(_scratch["objects"]);
            using var later = other.Hold();
            Assert.False(later.Keeps(hash));
            using var batch = other.BeginBatch();
            Assert.False(batch.Keeps(hash));
            batch.Put("held"u8);
            Assert.True(batch.Keeps(hash));
        }

        await SweepAsync(store, AtOnce);
        Assert.False(store.Contains(hash));
    }

    [Fact]
    public async Task A_chunk_that_is_also_an_object_is_dropped_only_when_neither_is_needed()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var bytes = Noise.Of(300_000, 4);
        var chunk = bytes[..GearChunker.Cut(bytes, isEnd: true)];
        var part = store.Put(chunk);
        var whole = store.Put(bytes);
        _roots.Add(whole);

        await SweepAsync(store, AtOnce);
        Assert.Equal(bytes, store.Read(whole));
        _roots.Remove(whole);
        _roots.Add(part);
        await SweepAsync(store, AtOnce);

        Assert.Equal(chunk, store.Read(part));
        Assert.Equal([part], store.List());
    }

    [Fact]
    public async Task The_parts_of_a_large_object_stay_while_its_list_cannot_go()
    {
        var first = Noise.Of(400_000, 12);
        byte[] second = [.. first, .. Noise.Of(1000, 13)];
        ContentHash one, other;
        using (var before = new ObjectStore(_scratch["objects"]))
            one = before.Put(first);
        using var store = new ObjectStore(_scratch["objects"]);
        using (var writer = new ObjectStore(_scratch["objects"]))
        {
            // Its list and its last chunk go to a pack that the writer goes on holding; the other chunks are here.
            using (PackFolder.TryLock(Assert.Single(store.Packs.Writers.ListPacks())))
                other = writer.Put(second);
            Assert.Equal(2, store.Packs.Writers.ListPacks().Count);

            Assert.Equal(1, (await SweepAsync(store, AtOnce)).DroppedCount);

            Assert.False(store.Contains(one));
            Assert.True(store.Contains(other));
            Assert.Equal(second, store.Read(other));
            // It is condemned still, so that nobody relies on it.
            using var batch = store.BeginBatch();
            batch.Put(second);
            Assert.Equal(1, batch.Count);
        }

        await SweepAsync(store, AtOnce);
        Assert.Empty(store.List());
        Assert.Empty(Damage.Files(store));
    }

    [Fact]
    public async Task A_list_in_a_pack_of_little_waste_goes_with_its_parts()
    {
        var first = Noise.Of(2_000_000, 14);
        byte[] second = [.. first, .. Noise.Of(1000, 15)];
        ContentHash other;
        using (var before = new ObjectStore(_scratch["objects"]))
            before.Put(first);
        using var store = new ObjectStore(_scratch["objects"]);
        using (PackFolder.TryLock(Assert.Single(store.Packs.Writers.ListPacks())))
        using (var writer = new ObjectStore(_scratch["objects"]))
        using (var batch = writer.BeginBatch())
        {
            other = batch.Put(second);
            _roots.Add(batch.Put(Noise.Of((int)PackFolder.SizeTarget - 4_000_000, 16)));
            await batch.CommitAsync(Cancel);
        }

        await SweepAsync(store, AtOnce);

        Assert.False(store.Contains(other));
        Assert.Single(store.List());
        Assert.True((await new ObjectCheck(store).CheckAsync([_roots], null, Cancel)).IsClean);
    }

    [Fact]
    public async Task A_dry_run_names_what_would_go_and_writes_nothing()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put(Noise.Of(1000, 5));
        var before = Directory.GetFileSystemEntries(store.Folder).Order().ToList();

        var report = await SweepAsync(store, AtOnce with { IsDryRun = true });

        Assert.Equal([new SweptObject(hash, 1000)], report.Unneeded);
        Assert.Equal(0, report.DroppedCount);
        Assert.Equal(before, Directory.GetFileSystemEntries(store.Folder).Order());
        Assert.True(store.Contains(hash));
    }

    [Fact]
    public async Task Many_small_packs_become_one()
    {
        var stores = Enumerable.Range(0, 6).Select(_ => new ObjectStore(_scratch["objects"])).ToList();
        var hashes = stores.Select((each, i) => each.Put(Noise.Of(10_000 + (i * 100_000), i))).ToList();
        hashes.ForEach(_roots.Add);
        stores.ForEach(each => each.Dispose());
        using var store = new ObjectStore(_scratch["objects"]);

        var report = await SweepAsync(store, Day);

        Assert.Equal((6, 1), (report.PackCountBefore, report.PackCountAfter));
        Assert.Equal(2, Damage.Files(store).Count);
        for (var i = 0; i < hashes.Count; i++)
            Assert.Equal(Noise.Of(10_000 + (i * 100_000), i), store.Read(hashes[i]));
    }

    [Fact]
    public async Task A_reader_and_a_stream_go_on_while_their_pack_is_swept()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        using var other = new ObjectStore(_scratch["objects"]);
        var bytes = Noise.Of(3_000_000, 6);
        var hash = store.Put(bytes);
        store.Put(Noise.Of(1_000_000, 7));
        _roots.Add(hash);
        await using var stream = other.OpenRead(hash);
        var read = new byte[bytes.Length];
        await stream.ReadExactlyAsync(read.AsMemory(0, 500_000), Cancel);

        Assert.Equal(1, (await SweepAsync(store, AtOnce)).DroppedCount);
        await stream.ReadExactlyAsync(read.AsMemory(500_000), Cancel);

        Assert.Equal(bytes, read);
        Assert.Equal(bytes, other.Read(hash));
    }

    [Fact]
    public async Task A_damaged_recipe_keeps_everything()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put(Noise.Of(300_000, 8));
        var other = store.Put("unneeded"u8);
        _roots.Add(hash);
        Damage.Flip(store, hash);

        var error = await Assert.ThrowsAsync<MillraceException>(() => SweepAsync(store, AtOnce));

        Assert.Equal("object-damaged", error.Code);
        Assert.True(store.Contains(other));
    }

    [Fact]
    public async Task A_damaged_entry_beside_unneeded_ones_stays_where_it_is()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put(Noise.Of(10_000, 9));
        store.Put(Noise.Of(10_000, 10));
        _roots.Add(hash);
        Damage.Flip(store, hash);
        var before = Damage.Files(store);

        var report = await SweepAsync(store, AtOnce);

        Assert.Equal(before.Keys, report.DamagedPacks.Concat(
            report.DamagedPacks.Select(PackFolder.IndexOf)).Order(StringComparer.Ordinal));
        Assert.Equal(before[report.DamagedPacks[0]], Damage.ReadAll(report.DamagedPacks[0]));
    }

    [Fact]
    public async Task A_plan_that_cannot_be_read_costs_copies_and_loses_nothing()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put("needed"u8);
        _roots.Add(hash);
        await SweepAsync(store, Day);
        File.WriteAllBytes(Path.Join(store.Folder, SweepGuard.PlanName), Noise.Of(500, 11));

        using var other = new ObjectStore(_scratch["objects"]);
        Assert.Equal(hash, other.Put("needed"u8));
        other.Dispose();
        await SweepAsync(store, AtOnce);

        Assert.Equal("needed"u8, store.Read(hash));
    }

    [Fact]
    public void Any_bytes_are_a_plan_or_an_unreadable_one() => Gen.Byte.Array[0, 200].Sample(
        bytes =>
        {
            Assert.Equal(bytes.Length == 0, SweepPlan.Read(bytes).IsReadable);
            using var pack = new LoadedPack($"/{new string('a', 32)}.pack");
            var location = new PackLocation(
                pack, new PackEntry(default, EntryKind.Blob, EntryCodec.Raw, bytes.Length + 40, 1, 1));
            var plan = SweepPlan.Of([location], _clock.GetUtcNow()).ToBytes();
            Assert.True(SweepPlan.Read(plan).IsCondemned(pack, bytes.Length + 40));
            plan[bytes.Length % plan.Length] ^= 1;
            Assert.False(SweepPlan.Read(plan).IsReadable);
        },
        iter: 200, threads: 1);

    [Fact]
    public void Any_order_of_puts_references_sweeps_and_crashes_loses_nothing_that_is_needed()
    {
        Gen.Select(Gen.Int[0, 10], Gen.Int[0, 4], Gen.Int[0, 2]).Array[1, 60].Sample(
            steps =>
            {
                using var model = new SweepModel(_scratch[$"model-{Guid.NewGuid():N}"]);
                foreach (var (action, content, writer) in steps)
                    model.Do(action, content, writer);
                model.End();
            },
            iter: TestScale.IsFull ? 3000 : 100, threads: 2);
    }

    [Theory]
    [InlineData("unlink", 5)]
    [InlineData("fsync", 7)]
    [InlineData("rename", 3)]
    [InlineData("pwrite64", 4)]
    [InlineData("link", 2)]
    public async Task A_sweep_that_is_killed_or_fails_at_any_call_loses_nothing(string call, int count)
    {
        for (var n = 1; n <= count; n++)
        {
            string[] faults = ["signal=SIGKILL", "error=EIO", "error=ENOSPC"];
            foreach (var fault in TestScale.IsFull ? faults : n % 2 == 1 ? [faults[n / 2 % 3]] : [])
            {
                var folder = Directory.CreateDirectory(_scratch[$"{call}-{n}-{fault}"]).FullName;
                var needed = FillForChild(folder);

                var output = await ChildTest.RunAsync(
                    typeof(ObjectSweepTests), nameof(Child_sweeps), folder, $"{call}:{fault}:when={n}");

                using var store = new ObjectStore(Path.Join(folder, "objects"));
                foreach (var (hash, bytes) in needed)
                    Assert.True(store.Read(hash).AsSpan().SequenceEqual(bytes), output);
                var roots = new RootSet();
                needed.Keys.ToList().ForEach(roots.Add);
                await new ObjectSweep(store, _clock).SweepAsync([roots], AtOnce, Cancel);
                Assert.Equal(needed.Keys.Order(), store.List());
                Assert.True((await new ObjectCheck(store).CheckAsync([roots], null, Cancel)).IsClean, output);
            }
        }
    }

    [Fact(Explicit = true)]
    public async Task Child_sweeps()
    {
        using var store = new ObjectStore(Path.Join(ChildTest.Folder, "objects"));
        var roots = new RootSet();
        foreach (var line in await File.ReadAllLinesAsync(Path.Join(ChildTest.Folder, "needed"), Cancel))
            roots.Add(ContentHash.Parse(line));
        await new ObjectSweep(store, TimeProvider.System).SweepAsync([roots], AtOnce, Cancel);
    }

    static Dictionary<ContentHash, byte[]> FillForChild(string folder)
    {
        var needed = new Dictionary<ContentHash, byte[]>();
        for (var pack = 0; pack < 3; pack++)
        {
            using var store = new ObjectStore(Path.Join(folder, "objects"));
            using var other = new ObjectStore(Path.Join(folder, "objects"));
            foreach (var size in new[] { 10, 5000, 200_000 })
            {
                needed.TryAdd(store.Put(Noise.Of(size, pack)), Noise.Of(size, pack));
                other.Put(Noise.Of(size, pack + 100));
            }
        }

        File.WriteAllLines(Path.Join(folder, "needed"), needed.Keys.Select(hash => hash.ToString()));
        return needed;
    }

    Task<SweepReport> SweepAsync(ObjectStore store, SweepOptions options) =>
        new ObjectSweep(store, _clock).SweepAsync([_roots], options, Cancel);
}
