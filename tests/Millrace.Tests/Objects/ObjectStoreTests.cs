using CsCheck;
using Millrace.Objects;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

public sealed class ObjectStoreTests : IDisposable
{
    const int LargeSize = (3 << 20) + 17;

    readonly ScratchFolder _scratch = new();
    readonly ObjectStore _store;

    public ObjectStoreTests() => _store = new ObjectStore(_scratch["objects"]);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task What_is_put_is_read_under_its_hash()
    {
        await Gen.Byte.Array[0, 5000].SampleAsync(
            async bytes =>
            {
                var hash = _store.Put(bytes);
                using var stream = new MemoryStream(bytes);

                Assert.Equal(ContentHash.Of(bytes), hash);
                Assert.Equal(hash, await _store.PutAsync(stream, Cancel));
                Assert.Equal(bytes, await _store.ReadAsync(hash, Cancel));
                Assert.Equal(bytes.Length, _store.Size(hash));
                Assert.True(_store.Contains(hash));
            },
            iter: 50,
            threads: 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData(LargeSize)]
    public async Task A_file_of_any_size_is_stored_as_it_is(int size)
    {
        var bytes = Bytes(size);
        await File.WriteAllBytesAsync(_scratch["file"], bytes, Cancel);

        var hash = await _store.PutFileAsync(_scratch["file"], Cancel);

        Assert.Equal(ContentHash.Of(bytes), hash);
        Assert.Equal(bytes, await _store.ReadAsync(hash, Cancel));
        using var small = new MemoryStream();
        using (var stream = _store.OpenRead(hash))
            stream.CopyTo(small, 1000);
        Assert.Equal(bytes, small.ToArray());
    }

    [Fact]
    public async Task Putting_the_same_bytes_again_writes_nothing()
    {
        var bytes = Bytes(LargeSize);
        var hash = _store.Put(bytes);
        var before = Snapshot();

        using var stream = new MemoryStream(bytes);
        Assert.Equal(hash, _store.Put(bytes));
        Assert.Equal(hash, await _store.PutAsync(stream, Cancel));
        using (var batch = _store.BeginBatch())
        {
            Assert.Equal(hash, batch.Put(bytes));
            Assert.Equal(0, batch.Count);
            await batch.CommitAsync(Cancel);
        }

        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public async Task What_is_not_there_is_missing_and_named()
    {
        var hash = ContentHash.Of("never put"u8);

        var errors = new[]
        {
            Assert.Throws<MillraceException>(() => _store.OpenRead(hash)),
            Assert.Throws<MillraceException>(() => _store.Size(hash)),
            await Assert.ThrowsAsync<MillraceException>(() => _store.ReadAsync(hash, Cancel)),
        };

        Assert.False(_store.Contains(hash));
        Assert.All(errors, error => Assert.Equal((ErrorKind.NotFound, "object-missing"), (error.Kind, error.Code)));
        Assert.All(errors, error => Assert.Contains(hash.ToString(), error.Message));
        var error = await Assert.ThrowsAsync<MillraceException>(() => _store.PutFileAsync(_scratch["none"], Cancel));
        Assert.Equal("file-missing", error.Code);
    }

    [Fact]
    public async Task A_byte_flipped_anywhere_in_an_object_or_its_end_cut_off_is_noticed_by_every_way_to_read()
    {
        foreach (var size in new[] { 2000, 500_000 })
        {
            var hash = _store.Put(Bytes(size));
            var (pack, offset, length) = Damage.PayloadOf(_store, hash);
            foreach (var position in new[] { 0, length / 2, length - 1 })
            {
                Damage.Flip(pack, offset + position);
                await AssertDamaged(hash);
                Damage.Flip(pack, offset + position);
                Assert.Equal(Bytes(size), await _store.ReadAsync(hash, Cancel));
            }

            Damage.Cut(pack, offset + length - 1);
            await AssertDamaged(hash);
            // A new put cannot know which bytes were lost and must not append behind the gap.
            using var reopened = new ObjectStore(_store.Folder);
            reopened.Put(Bytes(size));
            Assert.Equal(Bytes(size), reopened.Read(hash));
        }
    }

    [Fact]
    public void A_chunk_that_is_damaged_is_noticed_before_any_of_its_bytes_are_handed_out()
    {
        var bytes = Bytes(LargeSize);
        var hash = _store.Put(bytes);
        var chunk = _store.Packs.List(EntryKinds.Chunk).MaxBy(location => location.Entry.Offset).Entry;
        Damage.Flip(_store, chunk.Id);

        using var read = new MemoryStream();
        using var stream = _store.OpenRead(hash);
        var error = Assert.Throws<MillraceException>(() => stream.CopyTo(read));

        Assert.Equal("object-damaged", error.Code);
        Assert.Equal(bytes[..(bytes.Length - chunk.RawLength)], read.ToArray());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    [InlineData(LargeSize)]
    public async Task Damage_that_comes_after_a_read_is_noticed_by_the_next_one(int size)
    {
        var hash = _store.Put(Bytes(size));
        Assert.Equal(Bytes(size), _store.Read(hash));
        Assert.Equal(Bytes(size), _store.Read(hash));

        Damage.Flip(_store, _store.Packs.List(EntryKinds.Bytes).MaxBy(location => location.Entry.Offset).Entry.Id);

        await AssertDamaged(hash);
    }

    [Fact]
    public void Any_part_of_an_object_can_be_read()
    {
        var small = Bytes(5000);
        var large = Bytes((20 << 20) + 3);
        var hashes = (_store.Put(small), _store.Put(large));

        Gen.Select(Gen.Bool, Gen.Int[0, 21 << 20], Gen.Int[0, 300_000]).Sample(
            (isLarge, offset, length) =>
            {
                var bytes = isLarge ? large : small;
                var begin = Math.Min(isLarge ? offset : offset % 6000, bytes.Length);
                using var stream = _store.OpenRead(isLarge ? hashes.Item2 : hashes.Item1, begin, length);
                using var read = new MemoryStream();
                stream.CopyTo(read);
                var expected = bytes.AsSpan(begin, Math.Min(length, bytes.Length - begin));
                return stream.Length == expected.Length && expected.SequenceEqual(read.ToArray());
            },
            iter: 200, threads: 1);
    }

    [Fact]
    public void A_hundred_bytes_inserted_into_a_large_object_cost_few_chunks()
    {
        var before = Bytes(48 << 20);
        var middle = before.Length / 2;
        byte[] after = [.. before.AsSpan(0, middle), .. Bytes(100), .. before.AsSpan(middle)];
        _store.Put(before);
        var size = Damage.Files(_store).Values.Sum(file => (long)file.Length);

        var hash = _store.Put(after);

        Assert.InRange(Damage.Files(_store).Values.Sum(file => (long)file.Length) - size, 1, 300_000);
        Assert.Equal(after, _store.Read(hash));
    }

    [Fact]
    public void An_object_that_is_also_a_chunk_of_another_is_listed_and_read_like_any_other()
    {
        var hash = _store.Put(Bytes(LargeSize));
        var chunk = _store.Packs.List(EntryKinds.Chunk).MinBy(location => location.Entry.Offset).Entry;
        var bytes = Bytes(LargeSize).AsSpan(0, chunk.RawLength).ToArray();
        Assert.Equal(chunk.Id, ContentHash.Of(bytes));
        Assert.False(_store.Contains(chunk.Id));

        _store.Put(bytes);

        Assert.Equal(bytes, _store.Read(chunk.Id));
        Assert.Equal(new[] { hash, chunk.Id }.Order(), _store.List());
    }

    [Fact]
    public void A_file_that_is_written_to_while_it_is_read_is_not_stored_as_a_mixture()
    {
        var path = _scratch["busy"];
        File.WriteAllBytes(path, new byte[64 << 20]);
        using var isEnough = new CancellationTokenSource();
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var writer = new Thread(() =>
        {
            for (byte value = 1; !isEnough.IsCancellationRequested; value++)
            {
                file.Position = 0;
                file.WriteByte(value);
                file.Flush();
            }
        });
        writer.Start();

        using var batch = _store.BeginBatch();
        var error = Assert.Throws<MillraceException>(() => batch.PutFile(path));
        isEnough.Cancel();
        writer.Join();

        Assert.Equal((ErrorKind.Conflict, "file-changed"), (error.Kind, error.Code));
        Assert.Contains(path, error.Message);
    }

    [Fact]
    public async Task Threads_and_stores_that_put_the_same_object_at_once_end_with_one()
    {
        using var other = new ObjectStore(_store.Folder);
        for (var round = 0; round < 10; round++)
        {
            var bytes = Bytes(50_000 + round);
            Parallel.For(0, 8, i => (i % 2 == 0 ? _store : other).Put(bytes));
            Assert.Equal(bytes, await _store.ReadAsync(ContentHash.Of(bytes), Cancel));
        }
        Assert.Equal(10, _store.List().Count());
    }

    async Task AssertDamaged(ContentHash hash)
    {
        var read = await Assert.ThrowsAsync<MillraceException>(() => _store.ReadAsync(hash, Cancel));
        var streamed = Assert.Throws<MillraceException>(() =>
        {
            using var stream = _store.OpenRead(hash);
            stream.CopyTo(Stream.Null, 300);
        });
        Assert.Equal((ErrorKind.Corrupt, "object-damaged"), (read.Kind, read.Code));
        Assert.Equal("object-damaged", streamed.Code);
    }

    [Fact]
    public async Task Processes_that_put_the_same_objects_at_once_end_with_one_of_each()
    {
        var outputs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            ChildTest.RunAsync(typeof(ObjectStoreTests), nameof(Child_puts_a_hundred), _scratch.Path)));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => ContentHash.Of(Bytes(i))).Order(), _store.List());
        var report = await new ObjectCheck(_store).CheckAsync([], null, Cancel);
        Assert.True(report.IsClean, string.Join('\n', outputs));
    }

    [Fact(Explicit = true)]
    public void Child_puts_a_hundred()
    {
        using var store = new ObjectStore(Path.Join(ChildTest.Folder, "objects"));
        for (var i = 0; i < 100; i++)
            store.Put(Bytes(i));
    }

    [Fact]
    public void The_list_is_sorted_and_leaves_out_what_is_no_object()
    {
        var hashes = Enumerable.Range(0, 300).Select(i => _store.Put(Bytes(i))).Order().ToList();
        File.WriteAllText(Path.Join(_store.Folder, "00README"), "");
        Directory.CreateDirectory(Path.Join(_store.Folder, "00"));
        File.WriteAllText(Path.Join(_store.Folder, "00", "note.txt"), "");

        Assert.Equal(hashes, _store.List());
    }

    [Fact]
    public void A_store_that_does_not_exist_is_empty_and_is_not_created_by_reading()
    {
        using var store = new ObjectStore(_scratch["nowhere"]);

        Assert.Empty(store.List());
        Assert.False(store.Contains(ContentHash.Of("x"u8)));
        Assert.False(Directory.Exists(store.Folder));
    }

    [Fact]
    public async Task A_full_disk_is_named_and_leaves_no_part_of_an_object()
    {
        using var disk = new TinyDisk();
        using (var store = new ObjectStore(Path.Join(disk.Path, "objects")))
        {
            var kept = store.Put(Bytes(1000));
            var large = Bytes(2 << 20);

            var error = Assert.Throws<MillraceException>(() => store.Put(large));
            var streamed = await Assert.ThrowsAsync<MillraceException>(() =>
                store.PutAsync(new MemoryStream(large), Cancel));

            Assert.Equal("disk-full", error.Code);
            Assert.Equal("disk-full", streamed.Code);
            Assert.Equal([kept], store.List());
            Assert.Equal(Bytes(1000), store.Read(kept));
        }

        using var reopened = new ObjectStore(Path.Join(disk.Path, "objects"));
        Assert.Single(reopened.List());
        reopened.Put(Bytes(2000));
    }

    [Fact]
    public async Task A_source_that_fails_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => _store.PutAsync(new FailingStream(LargeSize), Cancel));

        Assert.Empty(_store.List());
        Assert.DoesNotContain(Damage.Files(_store).Values, file => file.Length > PackFolder.HeaderSize);
    }

    [Theory]
    [InlineData("pwrite64")]
    [InlineData("fsync")]
    public async Task A_process_killed_in_a_put_leaves_whole_objects(string call)
    {
        for (var n = 1; n <= 3; n++)
        {
            var output = await ChildTest.RunAsync(
                typeof(ObjectStoreTests),
                nameof(Child_puts_a_hundred),
                _scratch.Path,
                $"{call}:signal=SIGKILL:when={n * 9}");

            using var reopened = new ObjectStore(_store.Folder);

            var report = await new ObjectCheck(reopened).CheckAsync([], null, Cancel);
            Assert.True(report.IsClean, output);
            Assert.InRange(report.ObjectCount, 1, 99);
            reopened.Put("and goes on"u8);
            Assert.InRange(Damage.Files(reopened).Count, 2, 2);
        }
    }

    static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    SortedDictionary<string, byte[]> Snapshot() => Damage.Files(_store);

    sealed class FailingStream(int size) : MemoryStream(new byte[size])
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position > size / 2
                ? throw new InvalidDataException()
                : base.ReadAsync(buffer, cancellationToken);
    }
}
