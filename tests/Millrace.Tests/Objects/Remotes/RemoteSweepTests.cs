using CsCheck;
using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What a sweep of a remote drops, what it never drops, and what it may be interrupted by.</summary>
public sealed class RemoteSweepTests : IDisposable
{
    static readonly SweepOptions Day = new();
    static readonly SweepOptions AtOnce = new() { Grace = TimeSpan.Zero };

    readonly ScratchFolder _scratch = new();
    readonly SetClock _clock = new();
    readonly RootSet _roots = new();
    readonly ObjectStore _here;

    public RemoteSweepTests() => _here = new ObjectStore(_scratch["here"]);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string Packs => _scratch["remote/packs"];

    public void Dispose()
    {
        _here.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task What_nobody_needs_goes_a_grace_period_after_it_was_first_seen()
    {
        using var remote = Open();
        var kept = await PushAsync(remote, Noise.Of(300_000, 1));
        var small = await PushAsync(remote, Noise.Of(100, 2));
        var dropped = await PushAsync(remote, Noise.Of(300_000, 3));
        _roots.Add(kept);

        var first = await SweepAsync(Day);
        _clock.Advance(TimeSpan.FromHours(23));
        var second = await SweepAsync(Day);
        await remote.RefreshAsync(Cancel);
        Assert.True(await remote.ContainsAsync(dropped, Cancel));
        _clock.Advance(TimeSpan.FromHours(2));
        var third = await SweepAsync(Day);

        Assert.Equal((1L, 2L), (first.NeededCount, first.UnneededCount));
        Assert.Equal(
            new SweptObject[] { new(small, 100), new(dropped, 300_000) }.OrderBy(item => item.Hash), first.Unneeded);
        Assert.Equal(first.DueAt, second.DueAt);
        Assert.Equal(0, second.DroppedCount);
        Assert.Equal((2L, null, 3, 1), (third.DroppedCount, third.DueAt, third.PackCountBefore, third.PackCountAfter));
        Assert.InRange(third.FreedBytes, 300_000, 310_000);
        Assert.Equal([kept], await remote.ListAsync(Cancel).ToListAsync(Cancel));
        Assert.Equal(3, Directory.GetFiles(Packs).Length);
        Assert.Equal(Noise.Of(300_000, 1), await remote.ReadAsync(kept, Cancel));
        Assert.False(Directory.Exists(_scratch["sweep"]));
    }

    [Fact]
    public async Task What_is_needed_again_within_the_grace_period_stays()
    {
        using var remote = Open();
        var hash = await PushAsync(remote, Noise.Of(300_000, 1));
        await SweepAsync(Day);
        _clock.Advance(TimeSpan.FromHours(25));
        _roots.Add(hash);

        await SweepAsync(Day);

        Assert.Equal(Noise.Of(300_000, 1), await remote.ReadAsync(hash, Cancel));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(400_000)]
    public async Task A_push_does_not_rely_on_what_is_condemned(int size)
    {
        using var remote = Open();
        var hash = await PushAsync(remote, Noise.Of(size, 1));
        var before = Directory.GetFiles(Packs, "*.pack");
        await SweepAsync(Day);

        var sent = await remote.PushAsync(_here, [hash], cancellationToken: Cancel);
        var again = await remote.PushAsync(_here, [hash], cancellationToken: Cancel);
        _clock.Advance(TimeSpan.FromHours(25));
        await SweepAsync(Day);

        // The same entries, and yet in a pack of another name, which no plan had condemned.
        Assert.Equal((1L, 0L), (sent.SentCount, again.SentCount));
        Assert.Single(Directory.GetFiles(Packs, "*.pack").Except(before));
        using var there = new ObjectStore(_scratch["there"]);
        using var other = Open(cache: "other");
        await other.FetchAsync(there, [hash], cancellationToken: Cancel);
        Assert.Equal(Noise.Of(size, 1), there.Read(hash));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_stays_of_a_pack_is_sent_in_a_new_one(bool isEncrypted)
    {
        var key = isEncrypted ? StoreKey.Create() : null;
        using var here = new ObjectStore(_scratch["own"], key);
        using var remote = Open(key: key);
        var shared = Noise.Of(400_000, 1);
        byte[] longer = [.. shared, .. Noise.Of(5_000_000, 2)];
        ContentHash[] all =
            [here.Put(shared), here.Put(longer), here.Put(Noise.Of(50, 3)), here.Put(Noise.Of(60, 4))];
        await remote.PushAsync(here, all, cancellationToken: Cancel);
        _roots.Add(all[0]);
        _roots.Add(all[3]);

        var report = await SweepAsync(AtOnce, key);

        Assert.Equal(2, report.DroppedCount);
        Assert.InRange(report.FreedBytes, 4_900_000, 5_100_000);
        Assert.Equal(
            new[] { all[0], all[3] }.Order(), await remote.ListAsync(Cancel).ToListAsync(Cancel));
        using var there = new ObjectStore(_scratch["there"], key);
        await remote.FetchAsync(there, [all[0], all[3]], cancellationToken: Cancel);
        Assert.Equal(shared, there.Read(all[0]));
        var pack = Assert.Single(Directory.GetFiles(Packs, "*.pack"));
        Assert.InRange(new FileInfo(pack).Length, 400_000, 410_000);
    }

    [Fact]
    public async Task A_sweep_that_is_cut_off_anywhere_loses_nothing_and_the_next_does_the_rest()
    {
        for (var cut = 0; ; cut++)
        {
            var roots = new RootSet();
            var name = $"cut-{cut}";
            using var remote = Open(name, name);
            var needed = new List<ContentHash>();
            for (var push = 0; push < 3; push++)
            {
                ContentHash[] hashes =
                [
                    _here.Put(Noise.Of(60_000, push)), _here.Put(Noise.Of(70_000, push + 10)),
                    _here.Put([.. Noise.Of(300_000, 5), .. Noise.Of(200_000, push)]),
                ];
                await remote.PushAsync(_here, hashes, cancellationToken: Cancel);
                needed.AddRange(push == 0 ? [hashes[0], hashes[2]] : [hashes[1]]);
            }

            needed.ForEach(roots.Add);
            using var backend = new CutBackend(new FolderBackend(_scratch[name]))
            {
                CountsDeletes = true,
                WritesLeft = cut,
            };
            using var cutOff = new ObjectRemote(backend, _scratch[$"{name}-own"]);
            var isDone = true;
            try
            {
                await Sweep(cutOff).SweepAsync([roots], AtOnce, Cancel);
            }
            catch (MillraceException exception) when (exception.Code == "remote-unavailable")
            {
                isDone = false;
            }

            using var fresh = Open(name, $"{name}-fresh");
            foreach (var hash in needed)
                Assert.Equal(_here.Read(hash), await fresh.ReadAsync(hash, Cancel));
            await Sweep(fresh).SweepAsync([roots], AtOnce, Cancel);
            await Sweep(fresh).SweepAsync([roots], AtOnce, Cancel);
            Assert.Equal(needed.Order(), await fresh.ListAsync(Cancel).ToListAsync(Cancel));
            foreach (var hash in needed)
                Assert.Equal(_here.Read(hash), await fresh.ReadAsync(hash, Cancel));
            Assert.Empty(fresh.Index.Halves);
            if (isDone)
                return;
        }
    }

    [Fact]
    public async Task A_pack_without_an_index_goes_a_grace_period_later()
    {
        using var remote = Open();
        var hash = await PushAsync(remote, Noise.Of(100, 1));
        _roots.Add(hash);
        var half = Path.Join(Packs, new string('a', 32) + PackFolder.PackSuffix);
        await File.WriteAllBytesAsync(half, new byte[500], Cancel);

        await SweepAsync(Day);
        Assert.True(File.Exists(half));
        _clock.Advance(TimeSpan.FromHours(25));
        await SweepAsync(Day);

        Assert.False(File.Exists(half));
        Assert.Equal([hash], await remote.ListAsync(Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task The_home_of_a_store_is_never_swept()
    {
        var home = new ObjectRemote(new FolderBackend(_scratch["remote"]), _scratch["home"]);
        using var store = new ObjectStore(_scratch["local"], null, new ObjectTier(home, 1L << 40, TimeProvider.System));
        var hash = store.Put("at home"u8);

        var refused = await Assert.ThrowsAsync<MillraceException>(() => SweepAsync(AtOnce));

        Assert.Equal("remote-kept", refused.Code);
        using var remote = Open();
        Assert.Equal([hash], await remote.ListAsync(Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task A_dry_run_names_what_would_go_and_writes_nothing()
    {
        using var remote = Open();
        var hash = await PushAsync(remote, Noise.Of(300_000, 1));
        var before = Directory.GetFiles(_scratch["remote"], "*", SearchOption.AllDirectories).Order().ToList();

        var report = await SweepAsync(AtOnce with { IsDryRun = true });

        Assert.Equal([new SweptObject(hash, 300_000)], report.Unneeded);
        Assert.Equal(0, report.DroppedCount);
        Assert.Equal(before, Directory.GetFiles(_scratch["remote"], "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public async Task A_damaged_plan_stops_whoever_adds_or_drops_and_nobody_who_reads()
    {
        using var remote = Open();
        var hash = await PushAsync(remote, Noise.Of(100, 1));
        await File.WriteAllBytesAsync(Path.Join(Packs, "sweep.plan"), Noise.Of(100, 2), Cancel);

        var push = await Assert.ThrowsAsync<MillraceException>(
            () => remote.PushAsync(_here, [hash], cancellationToken: Cancel));
        var sweep = await Assert.ThrowsAsync<MillraceException>(() => SweepAsync(AtOnce));

        Assert.Equal(("remote-damaged", "remote-damaged"), (push.Code, sweep.Code));
        using var there = new ObjectStore(_scratch["there"]);
        await remote.FetchAsync(there, [hash], cancellationToken: Cancel);
        Assert.True(there.Contains(hash));
    }

    [Fact]
    public async Task Any_order_of_pushes_references_and_sweeps_loses_nothing_that_is_needed()
    {
        var round = 0;
        await Gen.Select(Gen.Int[0, 9], Gen.Int[0, 4]).Array[1, 30].SampleAsync(
            async steps =>
            {
                var name = $"model-{Interlocked.Increment(ref round)}";
                var clock = new SetClock();
                var roots = new RootSet();
                var needed = new HashSet<ContentHash>();
                using var here = new ObjectStore(_scratch[$"{name}-here"]);
                using var remote = Open(name, $"{name}-cache");
                foreach (var (action, content) in steps)
                {
                    var bytes = content < 2 ? Noise.Of(100 + content, content)
                        : [.. Noise.Of(200_000, 77), .. Noise.Of(content * 1000, content)];
                    var hash = ContentHash.Of(bytes);
                    switch (action)
                    {
                        case < 4:
                            here.Put(bytes);
                            await remote.PushAsync(here, [hash], cancellationToken: Cancel);
                            if (action == 3)
                                break;
                            roots.Add(hash);
                            needed.Add(hash);
                            break;
                        case 4 or 5:
                            roots.Remove(hash);
                            needed.Remove(hash);
                            break;
                        case 6:
                            clock.Advance(TimeSpan.FromHours(9));
                            break;
                        default:
                            using (var other = Open(name, $"{name}-other"))
                                await Sweep(other, clock: clock).SweepAsync([roots], Day, Cancel);
                            break;
                    }
                }

                // Needed or not, what is there can be read.
                await foreach (var hash in remote.ListAsync(Cancel))
                    Assert.Equal(hash, ContentHash.Of(await remote.ReadAsync(hash, Cancel)));
                foreach (var hash in needed)
                    Assert.True(await remote.ContainsAsync(hash, Cancel));
            },
            iter: TestScale.IsFull ? 300 : 20, threads: 1);
    }

    async Task<ContentHash> PushAsync(ObjectRemote remote, byte[] bytes)
    {
        var hash = _here.Put(bytes);
        await remote.PushAsync(_here, [hash], cancellationToken: Cancel);
        return hash;
    }

    async Task<SweepReport> SweepAsync(SweepOptions options, StoreKey? key = null)
    {
        using var remote = Open("remote", "sweeper", key);
        return await Sweep(remote, key).SweepAsync([_roots], options, Cancel);
    }

    RemoteSweep Sweep(ObjectRemote remote, StoreKey? key = null, SetClock? clock = null) =>
        new(remote, _scratch["sweep"], key, clock ?? _clock);

    ObjectRemote Open(string name = "remote", string cache = "cache", StoreKey? key = null) =>
        new(new FolderBackend(_scratch[name]), _scratch[cache], key);
}
