using CsCheck;
using Millrace.Catalog;
using Millrace.Objects;
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
    public void An_object_is_a_read_only_file_under_its_hash()
    {
        _store.Put("abc"u8);

        var path = _scratch["objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"];
        Assert.Equal("abc", File.ReadAllText(path));
        Assert.True(new FileInfo(path).IsReadOnly);
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
    public async Task A_byte_flipped_anywhere_or_a_tail_cut_off_is_noticed_by_every_way_to_read()
    {
        var bytes = Bytes(2000);
        var path = Damage.PathOf(_store, _store.Put(bytes));
        var hash = ContentHash.Of(bytes);

        await Gen.Int[0, bytes.Length - 1].Select(Gen.Bool).SampleAsync(
            async (position, isCut) =>
            {
                var damaged = isCut ? bytes[..position] : [.. bytes];
                if (!isCut)
                    damaged[position] ^= 0x10;
                Damage.Replace(path, damaged);

                var read = await Assert.ThrowsAsync<MillraceException>(() => _store.ReadAsync(hash, Cancel));
                var streamed = Assert.Throws<MillraceException>(() =>
                {
                    using var stream = _store.OpenRead(hash);
                    stream.CopyTo(Stream.Null, 300);
                });
                Assert.Equal((ErrorKind.Corrupt, "object-damaged"), (read.Kind, read.Code));
                Assert.Equal("object-damaged", streamed.Code);
            },
            iter: 40,
            threads: 1);
    }

    [Fact]
    public async Task A_put_replaces_an_object_that_was_cut_short()
    {
        var bytes = Bytes(2000);
        var hash = _store.Put(bytes);
        Damage.Replace(Damage.PathOf(_store, hash), bytes[..1000]);

        _store.Put(bytes);

        Assert.Equal(bytes, await _store.ReadAsync(hash, Cancel));
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
            Assert.Equal([FolderLock.FileName], Damage.AsideNames(store));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(disk.Path, "objects", "tmp")));
    }

    [Fact]
    public async Task A_source_that_fails_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => _store.PutAsync(new FailingStream(LargeSize), Cancel));

        Assert.Empty(_store.List());
        Assert.Equal([FolderLock.FileName], Damage.AsideNames(_store));
    }

    [Fact]
    public void Leftovers_of_a_dead_process_are_swept_and_those_of_a_living_one_stay()
    {
        var dead = Path.Join(_store.Folder, "tmp", "4711-dead");
        Directory.CreateDirectory(dead);
        File.WriteAllText(Path.Join(dead, "1"), "half an obj");
        File.WriteAllText(Path.Join(dead, FolderLock.FileName), "");
        using var batch = _store.BeginBatch();
        batch.Put("living"u8);

        using var opened = new ObjectStore(_store.Folder);

        Assert.False(Directory.Exists(dead));
        Assert.Equal([FolderLock.FileName, "1"], Damage.AsideNames(_store).Order());
    }

    [Theory]
    [InlineData("rename")]
    [InlineData("fsync")]
    public async Task A_process_killed_in_a_put_leaves_whole_objects_and_rubbish_that_is_swept(string call)
    {
        for (var n = 1; n <= 3; n++)
        {
            var output = await ChildTest.RunAsync(
                typeof(ObjectStoreTests),
                nameof(Child_puts_a_hundred),
                _scratch.Path,
                $"{call}:signal=SIGKILL:when={n * 8}");
            Assert.NotEmpty(Directory.EnumerateDirectories(Path.Join(_store.Folder, "tmp")));

            using var reopened = new ObjectStore(_store.Folder);

            var report = await new ObjectCheck(reopened).CheckAsync([], null, Cancel);
            Assert.True(report.IsClean, output);
            Assert.InRange(report.ObjectCount, 1, 99);
            Assert.Empty(Directory.EnumerateDirectories(Path.Join(_store.Folder, "tmp")));
        }
    }

    static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    List<(string Path, DateTime Written)> Snapshot() =>
        [.. Directory.EnumerateFileSystemEntries(_store.Folder, "*", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/tmp"))
            .Order()
            .Select(path => (path, File.GetLastWriteTimeUtc(path)))];

    sealed class FailingStream(int size) : MemoryStream(new byte[size])
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position > size / 2
                ? throw new InvalidDataException()
                : base.ReadAsync(buffer, cancellationToken);
    }
}
