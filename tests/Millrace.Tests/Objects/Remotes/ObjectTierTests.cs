using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Objects.Remotes;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

public sealed class ObjectTierTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task What_one_machine_puts_another_reads_at_once()
    {
        using var first = Open("first", out _);
        using var second = Open("second", out _);
        Assert.False(second.Contains(ContentHash.Of("none"u8)));

        byte[][] contents = [Bytes(10, 1), Bytes(5 << 20, 2), Bytes(70 << 20, 3), [], new byte[300_000]];
        foreach (var bytes in contents)
        {
            var hash = await first.PutAsync(new MemoryStream(bytes), Cancel);
            Assert.True(second.Contains(hash));
            Assert.Equal(bytes.Length, second.Size(hash));
            Assert.Equal(bytes, second.Read(hash));
        }

        Assert.Equal(first.List(), second.List());
        Assert.True((await new ObjectCheck(second).CheckAsync([], cancellationToken: Cancel)).IsClean);
    }

    [Fact]
    public void A_store_that_lost_everything_local_has_it_all()
    {
        ContentHash hash;
        using (var store = Open("first", out _))
            hash = store.Put(Bytes(3 << 20, 1));
        Directory.Delete(_scratch["first"], recursive: true);
        Directory.Delete(_scratch["first-cache"], recursive: true);

        using var again = Open("first", out _);

        Assert.Equal(Bytes(3 << 20, 1), again.Read(hash));
        Assert.Equal([hash], again.List());
    }

    [Fact]
    public void A_put_that_does_not_reach_the_service_is_an_error_and_the_next_one_sends_it()
    {
        using var store = Open("first", out var backend);
        store.Put("before"u8);
        backend.WritesLeft = 1;

        Assert.Equal("remote-unavailable", Assert.Throws<MillraceException>(() => store.Put("x"u8)).Code);
        Assert.False(store.Contains(ContentHash.Of("x"u8)));
        backend.WritesLeft = int.MaxValue;
        var hash = store.Put("x"u8);

        using var second = Open("second", out _);
        Assert.Equal("x"u8.ToArray(), second.Read(hash));
        Assert.Equal("x"u8.ToArray(), store.Read(hash));
    }

    [Fact]
    public void What_the_service_has_is_not_sent_again()
    {
        using var first = Open("first", out _);
        first.Put(Bytes(2 << 20, 1));
        using var second = Open("second", out var backend);

        second.Put(Bytes(2 << 20, 1));

        Assert.Equal(0, backend.Writes);
    }

    [Fact]
    public void A_part_of_an_object_reads_a_part_of_it_once()
    {
        using var first = Open("first", out _);
        var bytes = Bytes(20 << 20, 1);
        var hash = first.Put(bytes);
        using var second = Open("second", out var backend);

        var part = new byte[1000];
        for (var i = 0; i < 3; i++)
        {
            using var stream = second.OpenRead(hash, 9 << 20, part.Length);
            stream.ReadExactly(part);
        }

        Assert.Equal(bytes.Skip(9 << 20).Take(part.Length), part);
        Assert.InRange(backend.Reads, 1, 8);
        Assert.InRange(SizeOf("second"), 1, 5 << 20);
    }

    [Fact]
    public async Task What_is_here_in_part_is_taken_whole_by_a_fetch()
    {
        byte[][] contents = [Bytes(20 << 20, 1), Bytes(3 << 20, 2), Bytes(900, 3)];
        var hashes = new List<ContentHash>();
        using (var first = Open("first", out _))
        {
            foreach (var bytes in contents)
                hashes.Add(first.Put(bytes));
        }

        // The list of each object and a chunk or two are here afterwards.
        using (var second = Open("second", out _))
        {
            foreach (var hash in hashes)
                second.OpenRead(hash, 400, 10).ReadExactly(new byte[10]);
        }

        using var remote = new ObjectRemote(new FolderBackend(_scratch["service"]), _scratch["third-cache"]);
        using var alone = new ObjectStore(_scratch["second"]);
        await remote.FetchAsync(alone, hashes, cancellationToken: Cancel);

        foreach (var (hash, bytes) in hashes.Zip(contents))
            Assert.Equal(bytes, alone.Read(hash));
        Assert.Equal(0, (await remote.FetchAsync(alone, hashes, cancellationToken: Cancel)).SentCount);
    }

    [Fact]
    public void Local_packs_that_are_there_too_go_when_they_take_too_much()
    {
        using var first = Open("first", out _);
        var hashes = Enumerable.Range(0, 5).Select(seed => first.Put(Bytes(70 << 20, seed))).ToArray();
        Assert.True(SizeOf("first") > 300 << 20);
        using (var limited = Open("first", out _, cacheSize: 150 << 20))
        {
            using var part = limited.OpenRead(hashes[0], 0, 10);
            part.ReadExactly(new byte[10]);
            limited.Packs.Tier!.Evict();
            Assert.InRange(SizeOf("first"), 1, 150 << 20);
            for (var seed = 0; seed < 5; seed++)
                Assert.Equal(ContentHash.Of(limited.Read(hashes[seed])), hashes[seed]);
        }
    }

    [Fact]
    public void What_is_only_here_is_never_evicted()
    {
        using var store = Open("first", out var backend, cacheSize: 1);
        store.Put("there"u8);
        backend.WritesLeft = 0;
        Assert.Throws<MillraceException>(() => store.Put(Bytes(70 << 20, 1)));
        backend.WritesLeft = int.MaxValue;
        var size = SizeOf("first");

        store.Packs.Tier!.Evict();

        Assert.Equal(size, SizeOf("first"));
    }

    [Fact]
    public void It_works_encrypted_too()
    {
        var key = StoreKey.Create();
        using var first = Open("first", out _, key: key);
        var hash = first.Put(Bytes(3 << 20, 1));
        using var second = Open("second", out _, key: key);

        Assert.Equal(Bytes(3 << 20, 1), second.Read(hash));
        using var without = Open("third", out _);
        Assert.Equal("encryption-key-missing", Assert.Throws<MillraceException>(() => without.Read(hash)).Code);
    }

    [Fact]
    public async Task Many_threads_put_and_read_at_once()
    {
        using var first = Open("first", out _);
        using var second = Open("second", out _);

        await Parallel.ForAsync(0, 40, Cancel, async (seed, cancel) =>
        {
            var bytes = Bytes(100_000 + (seed * 20_000), seed);
            var hash = await first.PutAsync(new MemoryStream(bytes), cancel);
            Assert.Equal(bytes, second.Read(hash));
        });

        Assert.Equal(40, second.List().Count());
    }

    [Fact]
    public async Task One_damaged_chunk_there_is_one_damaged_object()
    {
        byte[][] contents = [Bytes(60_000, 1), Bytes(60_000, 2), Bytes(60_000, 3)];
        var hashes = new List<ContentHash>();
        using (var first = Open("first", out _))
        {
            using var batch = first.BeginBatch();
            hashes.AddRange(contents.Select(bytes => batch.Put(bytes)));
            batch.Commit();
        }

        var pack = Assert.Single(Directory.GetFiles(_scratch["service/packs"], "*.pack"));
        var at = (await File.ReadAllBytesAsync(pack, Cancel)).AsSpan().IndexOf(contents[1].AsSpan(0, 100));
        Damage.Flip(pack, at + 30_000);
        using var second = Open("second", out _);

        var failure = Assert.Throws<MillraceException>(() => second.Read(hashes[1]));

        Assert.Equal("remote-damaged", failure.Code);
        Assert.Contains("fsck", failure.Hint, StringComparison.Ordinal);
        Assert.Equal(contents[0], second.Read(hashes[0]));
        Assert.Equal(contents[2], second.Read(hashes[2]));
    }

    [Fact]
    public async Task What_the_service_lost_is_found_by_a_check_and_sent_again_from_what_is_here()
    {
        byte[][] contents = [Bytes(60_000, 1), Bytes(900_000, 2), Bytes(100, 3)];
        using var first = Open("first", out _);
        var hashes = contents.Select(bytes => first.Put(bytes)).ToList();
        var roots = new RootSet();
        hashes.ForEach(roots.Add);
        foreach (var pack in Directory.GetFiles(_scratch["service/packs"], "*.pack"))
        {
            if (new FileInfo(pack).Length < 100_000)
                File.Delete(pack);
            else
                Damage.Flip(pack, 300_000);
        }

        var report = await new RemoteCheck(first.Place!).CheckAsync([roots], null, Cancel);
        var readable = hashes.Select(first.IsReadable).ToList();
        var repaired = await new RemoteRepair(first.Place!, first, _scratch["repair"], null)
            .RepairAsync([roots], null, Cancel);

        Assert.False(report.IsClean);
        Assert.Equal([true, true, true], readable);
        Assert.Empty(repaired.Lost);
        Assert.True((await new RemoteCheck(first.Place!).CheckAsync([roots], null, Cancel)).IsClean);
        using var second = Open("second", out _);
        foreach (var (hash, bytes) in hashes.Zip(contents))
            Assert.Equal(bytes, second.Read(hash));
    }

    static byte[] Bytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    long SizeOf(string name) =>
        new DirectoryInfo(_scratch[name]).EnumerateFiles("*.pack", SearchOption.AllDirectories)
            .Sum(file => file.Length);

    ObjectStore Open(string name, out CutBackend backend, long cacheSize = 1L << 40, StoreKey? key = null)
    {
        backend = new CutBackend(new FolderBackend(_scratch["service"]));
        var remote = new ObjectRemote(backend, _scratch[$"{name}-cache"], key);
        return new ObjectStore(_scratch[name], key, new ObjectTier(remote, cacheSize, TimeProvider.System));
    }
}
