using CsCheck;
using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

public sealed class ObjectRemoteTests : IDisposable
{
    const int LargeSize = (6 << 20) + 17;

    readonly ScratchFolder _scratch = new();
    readonly ObjectStore _here;
    readonly ObjectStore _there;
    readonly CutBackend _backend;
    readonly ObjectRemote _remote;

    public ObjectRemoteTests()
    {
        _here = new ObjectStore(_scratch["here"]);
        _there = new ObjectStore(_scratch["there"]);
        _backend = new CutBackend(new FolderBackend(_scratch["remote"]));
        _remote = new ObjectRemote(_backend, _scratch["cache"]);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
        _remote.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task What_is_pushed_from_one_store_is_fetched_into_another()
    {
        var hashes = PutSome(_here, 300);

        var pushed = await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);
        using var other = Reopen("other-cache");
        var fetched = await other.FetchAsync(_there, hashes, cancellationToken: Cancel);

        Assert.Equal(hashes.Length, pushed.SentCount);
        Assert.Equal(hashes.Length, fetched.SentCount);
        AssertSame(hashes, _here, _there);
        Assert.Equal(hashes.Order(), await other.ListAsync(Cancel).ToListAsync(Cancel));
        foreach (var hash in hashes)
            Assert.Equal(_here.Read(hash), await other.ReadAsync(hash, Cancel));
        Assert.True((await new ObjectCheck(_there).CheckAsync([], cancellationToken: Cancel)).IsClean);
    }

    [Fact]
    public async Task Many_small_objects_take_few_requests()
    {
        ContentHash[] hashes;
        using (var batch = _here.BeginBatch())
        {
            hashes = [.. Enumerable.Range(0, 20_000).Select(i => batch.Put(BitConverter.GetBytes(i)))];
            await batch.CommitAsync(Cancel);
        }

        await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);
        Assert.Equal(3, _backend.Writes);
        using var other = Reopen("other-cache");
        var before = _backend.Reads;
        await other.FetchAsync(_there, hashes, cancellationToken: Cancel);

        Assert.True(_backend.Reads == before && Counter(other).Reads <= 4);
        Assert.Equal(20_000, _there.List().Count());
    }

    [Fact]
    public async Task A_second_push_sends_only_what_is_new_and_a_third_nothing()
    {
        var first = PutSome(_here, 20);
        await _remote.PushAsync(_here, first, cancellationToken: Cancel);
        var more = Large(_here, seed: 900);
        var before = _backend.BytesWritten;

        var second = await _remote.PushAsync(_here, [.. first, more], cancellationToken: Cancel);
        Assert.Equal(1, second.SentCount);
        Assert.InRange(_backend.BytesWritten - before, LargeSize, LargeSize + (100 * 1024));
        var writes = _backend.Writes;
        var third = await _remote.PushAsync(_here, [.. first, more], cancellationToken: Cancel);

        Assert.Equal(writes, _backend.Writes);
        Assert.Equal(new TransferReport(first.Length + 1, 0, 0, 0), third);
    }

    [Fact]
    public async Task An_edit_of_a_large_object_sends_and_fetches_only_the_chunks_that_changed()
    {
        var bytes = Bytes(LargeSize, 1);
        var hash = _here.Put(bytes);
        await _remote.PushAsync(_here, [hash], cancellationToken: Cancel);
        await _remote.FetchAsync(_there, [hash], cancellationToken: Cancel);
        bytes[LargeSize / 2] ^= 1;
        var edited = _here.Put(bytes);

        var pushed = await _remote.PushAsync(_here, [edited], cancellationToken: Cancel);
        var fetched = await _remote.FetchAsync(_there, [edited], cancellationToken: Cancel);

        Assert.InRange(pushed.SizeBytes, 1, 400 * 1024);
        Assert.InRange(fetched.SizeBytes, 1, 400 * 1024);
        Assert.Equal(bytes, _there.Read(edited));
    }

    [Fact]
    public async Task A_push_that_is_cut_off_anywhere_is_completed_by_the_next_and_never_shows_a_part()
    {
        var hashes = PutSome(_here, 5);
        for (var cut = 0; ; cut++)
        {
            using var backend = new CutBackend(new FolderBackend(_scratch[$"remote-{cut}"]));
            using var remote = new ObjectRemote(backend, _scratch[$"cache-{cut}"]);
            backend.WritesLeft = cut;
            var isDone = await EndsAsync(remote.PushAsync(_here, hashes, cancellationToken: Cancel));
            var folder = new FolderBackend(_scratch[$"remote-{cut}"]);
            using (var looking = new ObjectRemote(folder, _scratch[$"look-{cut}"]))
            {
                await foreach (var hash in looking.ListAsync(Cancel))
                    Assert.Equal(_here.Read(hash), await looking.ReadAsync(hash, Cancel));
            }

            backend.WritesLeft = int.MaxValue;
            await remote.PushAsync(_here, hashes, cancellationToken: Cancel);
            Assert.Equal(hashes.Order(), await remote.ListAsync(Cancel).ToListAsync(Cancel));
            Assert.Equal(3, backend.Writes);
            if (isDone)
                return;
        }
    }

    [Fact]
    public async Task A_fetch_that_is_cut_off_anywhere_is_completed_by_the_next()
    {
        var hashes = PutSome(_here, 5);
        await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);
        for (var cut = 0; ; cut++)
        {
            using var backend = new CutBackend(new FolderBackend(_scratch["remote"]));
            using var remote = new ObjectRemote(backend, _scratch[$"cache-{cut}"]);
            using var store = new ObjectStore(_scratch[$"store-{cut}"]);
            backend.ReadsLeft = cut;
            var isDone = await EndsAsync(remote.FetchAsync(store, hashes, cancellationToken: Cancel));
            foreach (var hash in store.List())
                Assert.Equal(_here.Read(hash), store.Read(hash));

            backend.ReadsLeft = int.MaxValue;
            await remote.FetchAsync(store, hashes, cancellationToken: Cancel);
            AssertSame(hashes, _here, store);
            if (isDone)
                return;
        }
    }

    [Fact]
    public async Task A_damaged_local_object_is_named_and_not_pushed()
    {
        var large = Large(_here, seed: 7);
        var small = _here.Put("small"u8);
        var recipe = _here.Reader.ReadRecipe(_here.Reader.Find(large, EntryKinds.Recipe), large);
        var part = recipe.PartKind == EntryKind.Chunk
            ? recipe.Parts[3].Id : _here.Reader.ReadNode(recipe.Parts[0].Id, large).Parts[3].Id;
        var (pack, offset, _) = Damage.PayloadOf(_here, part);
        Damage.Flip(pack, offset);

        var error = await Assert.ThrowsAsync<MillraceException>(
            () => _remote.PushAsync(_here, [large, small], cancellationToken: Cancel));

        Assert.Equal("object-damaged", error.Code);
        Assert.Contains(large.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Empty(await _remote.ListAsync(Cancel).ToListAsync(Cancel));
        await _remote.PushAsync(_here, [small], cancellationToken: Cancel);
        Assert.Equal([small], await _remote.ListAsync(Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task A_flipped_byte_on_the_remote_is_found_and_fetches_nothing_wrong()
    {
        var hashes = PutSome(_here, 4);
        await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);
        var pack = Directory.GetFiles(_scratch["remote/packs"], "*.pack").Single();
        var size = new FileInfo(pack).Length;
        var chance = new Random(5);

        for (var i = 0; i < 25; i++)
        {
            var offset = chance.NextInt64(PackFolder.HeaderSize, size - PackEntry.HeaderSize);
            Damage.Flip(pack, offset);
            using var store = new ObjectStore(_scratch[$"store-{i}"]);
            var error = await Assert.ThrowsAsync<MillraceException>(
                () => _remote.FetchAsync(store, hashes, cancellationToken: Cancel));
            Damage.Flip(pack, offset);

            Assert.Equal("remote-damaged", error.Code);
            foreach (var hash in store.List())
                Assert.Equal(_here.Read(hash), store.Read(hash));
            await _remote.FetchAsync(store, hashes, cancellationToken: Cancel);
            AssertSame(hashes, _here, store);
        }
    }

    [Fact]
    public async Task A_damaged_index_is_named()
    {
        await _remote.PushAsync(_here, PutSome(_here, 4), cancellationToken: Cancel);
        var index = Directory.GetFiles(_scratch["remote/packs"], "*.idx").Single();
        Damage.Flip(index, 100);
        using var other = Reopen("other-cache");

        var error = await Assert.ThrowsAsync<MillraceException>(() => other.RefreshAsync(Cancel));

        Assert.Equal("remote-damaged", error.Code);
        Assert.Contains(Path.GetFileName(index), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pack_that_was_deleted_or_cut_on_the_remote_goes_up_again()
    {
        var hashes = PutSome(_here, 4);
        await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);
        var pack = Directory.GetFiles(_scratch["remote/packs"], "*.pack").Single();

        Damage.Cut(pack, 1000);
        Assert.Empty(await _remote.ListAsync(Cancel).ToListAsync(Cancel));
        await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);
        Assert.Equal(hashes.Order(), await _remote.ListAsync(Cancel).ToListAsync(Cancel));
        File.Delete(pack);
        await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);

        await _remote.FetchAsync(_there, hashes, cancellationToken: Cancel);
        AssertSame(hashes, _here, _there);
    }

    [Fact]
    public async Task Damaged_kept_indexes_are_fetched_anew()
    {
        var hashes = PutSome(_here, 4);
        await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);
        foreach (var file in Directory.GetFiles(_scratch["cache"]))
            Damage.Flip(file, 77);
        using var again = Reopen("cache");

        Assert.Equal(hashes.Order(), await again.ListAsync(Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Indexes_are_asked_for_once()
    {
        await _remote.PushAsync(_here, PutSome(_here, 4), cancellationToken: Cancel);
        using (var first = Reopen("other-cache"))
            await first.RefreshAsync(Cancel);
        using var second = Reopen("other-cache");

        await second.RefreshAsync(Cancel);

        Assert.Equal(1, Counter(second).Reads);
    }

    [Fact]
    public async Task What_the_remote_lacks_is_missing_with_its_name()
    {
        var hash = ContentHash.Of("nowhere"u8);

        var fetch = await Assert.ThrowsAsync<MillraceException>(
            () => _remote.FetchAsync(_there, [hash], cancellationToken: Cancel));
        var push = await Assert.ThrowsAsync<MillraceException>(
            () => _remote.PushAsync(_here, [hash], cancellationToken: Cancel));

        Assert.Equal("object-missing", fetch.Code);
        Assert.Contains(hash.ToString(), fetch.Message, StringComparison.Ordinal);
        Assert.Equal("object-missing", push.Code);
        Assert.False(await _remote.ContainsAsync(hash, Cancel));
    }

    [Fact]
    public async Task A_recipe_whose_parts_make_something_else_is_refused()
    {
        var bytes = Bytes(LargeSize, 3);
        var hash = _here.Put(bytes);
        var recipe = _here.Reader.ReadRecipe(_here.Reader.Find(hash, EntryKinds.Recipe), hash);
        var wrong = ContentHash.Of("not that object"u8);
        using (var batch = _here.BeginBatch())
        {
            batch.PutRecipe(wrong, recipe);
            await batch.CommitAsync(Cancel);
        }

        await _remote.PushAsync(_here, [wrong], cancellationToken: Cancel);
        var error = await Assert.ThrowsAsync<MillraceException>(
            () => _remote.FetchAsync(_there, [wrong], cancellationToken: Cancel));

        Assert.Equal("remote-damaged", error.Code);
        Assert.False(_there.Contains(wrong));
    }

    [Fact]
    public async Task Lists_that_are_large_are_not_all_held_at_once()
    {
        const int PartCount = 430_000;
        var hashes = new List<ContentHash>();
        using (var batch = _here.BeginBatch())
        {
            for (var value = (byte)1; value <= 3; value++)
            {
                var bytes = Enumerable.Repeat(value, PartCount).ToArray();
                var part = new RecipePart(batch.PutChunk(new[] { value }), 1);
                hashes.Add(ContentHash.Of(bytes));
                batch.PutRecipe(hashes[^1], Recipe.Of(EntryKind.Chunk, [.. Enumerable.Repeat(part, PartCount)]));
            }

            await batch.CommitAsync(Cancel);
        }

        await _remote.PushAsync(_here, hashes, cancellationToken: Cancel);
        var seen = new Seen();
        await _remote.FetchAsync(_there, hashes, seen, Cancel);

        // The list of one object, its chunk, then the list of the next.
        Assert.Equal([1, 2, 3, 4, 5, 6], seen.Reports.Select(report => report.EntryCount));
        AssertSame([.. hashes], _here, _there);
    }

    [Fact]
    public async Task Any_pushes_and_fetches_agree_with_sets()
    {
        var round = 0;
        await Gen.Int[0, 60].Array[1, 25].Array[1, 6].SampleAsync(
            async pushes =>
            {
                var name = $"model-{Interlocked.Increment(ref round)}";
                using var here = new ObjectStore(_scratch[$"{name}-here"]);
                using var there = new ObjectStore(_scratch[$"{name}-there"]);
                using var backend = new FolderBackend(_scratch[$"{name}-remote"]);
                using var remote = new ObjectRemote(backend, _scratch[$"{name}-c"]);
                var onRemote = new SortedSet<ContentHash>();
                var fetched = new SortedSet<ContentHash>();
                foreach (var (seeds, turn) in pushes.Select((seeds, turn) => (seeds, turn)))
                {
                    ContentHash[] hashes = [.. seeds.Select(seed => here.Put(Bytes(Size(seed), seed)))];
                    await remote.PushAsync(here, hashes, cancellationToken: Cancel);
                    onRemote.UnionWith(hashes);
                    if (turn % 2 == 0)
                    {
                        await remote.FetchAsync(there, hashes, cancellationToken: Cancel);
                        fetched.UnionWith(hashes);
                    }
                }

                Assert.Equal(onRemote, await remote.ListAsync(Cancel).ToListAsync(Cancel));
                Assert.Equal(fetched, there.List());
                AssertSame([.. fetched], here, there);
            },
            iter: 15,
            threads: 1);
    }

    static int Size(int seed) => seed % 10 == 0 ? 200_000 + (seed * 997) : seed * 31;

    static byte[] Bytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    static ContentHash Large(ObjectStore store, int seed) => store.Put(Bytes(LargeSize, seed));

    static ContentHash[] PutSome(ObjectStore store, int small)
    {
        using var batch = store.BeginBatch();
        ContentHash[] hashes =
        [
            .. Enumerable.Range(0, small).Select(i => batch.Put(Bytes(i * 13, i))),
            batch.Put(Bytes(300_000, 1)),
            batch.Put(Bytes(LargeSize, 2)),
            batch.Put(new byte[500_000]),
        ];
        batch.Commit();
        return [.. hashes.Distinct()];
    }

    static void AssertSame(ContentHash[] hashes, ObjectStore expected, ObjectStore actual)
    {
        foreach (var hash in hashes)
            Assert.Equal(expected.Read(hash), actual.Read(hash));
    }

    static async Task<bool> EndsAsync(Task task)
    {
        try
        {
            await task;
            return true;
        }
        catch (MillraceException exception) when (exception.Code == "remote-unavailable")
        {
            return false;
        }
    }

    static CutBackend Counter(ObjectRemote remote) => (CutBackend)((CountedBackend)remote.Backend).Counted;

    ObjectRemote Reopen(string cache) => new(new CutBackend(new FolderBackend(_scratch["remote"])), _scratch[cache]);

    sealed class Seen : IProgress<TransferReport>
    {
        public List<TransferReport> Reports { get; } = [];

        public void Report(TransferReport value) => Reports.Add(value);
    }
}
