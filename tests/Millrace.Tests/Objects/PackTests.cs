using System.Text;
using CsCheck;
using Millrace.Objects;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What packs and their indexes survive.</summary>
public sealed class PackTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Cuts_depend_on_the_content_alone_and_keep_to_their_sizes()
    {
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int, Gen.Int[1, 200_000]).Sample(
            (size, seed, _) =>
            {
                var bytes = Bytes(size, seed);
                var position = 0;
                while (position < size)
                {
                    var rest = bytes.AsSpan(position);
                    var length = GearChunker.Cut(rest, isEnd: true);
                    var isLast = position + length == size;
                    Assert.InRange(length, isLast ? 1 : GearChunker.SizeMin, GearChunker.SizeMax);
                    // More bytes behind do not change where it cuts, and fewer do not make it cut earlier.
                    Assert.Equal(isLast ? 0 : length, isLast && length < GearChunker.SizeMax
                        ? GearChunker.Cut(rest, isEnd: false) : length);
                    Assert.True(GearChunker.Cut(rest[..(length - 1)], isEnd: false) == 0);
                    position += length;
                }
            },
            iter: 20, threads: 2);
    }

    [Fact]
    public void The_fast_search_for_a_cut_finds_what_the_plain_one_finds()
    {
        Gen.Select(Gen.Int[GearChunker.SizeMin + 1, GearChunker.SizeMax], Gen.Int).Sample(
            (size, seed) =>
            {
                var bytes = Bytes(size, seed);
                return GearChunker.Find(bytes) == GearChunker.FindPlainly(bytes);
            },
            iter: 300, threads: 2);
    }

    [Fact]
    public void Content_in_pieces_of_any_size_is_stored_the_same_way()
    {
        Gen.Select(Gen.Int[0, 600_000], Gen.Int[1, 300_000]).Sample(
            (size, piece) =>
            {
                var bytes = Bytes(size, 1);
                using var store = new ObjectStore(_scratch[$"pieces-{Guid.NewGuid():N}"]);
                using var whole = new ObjectStore(_scratch[$"whole-{Guid.NewGuid():N}"]);
                using (var batch = store.BeginBatch())
                {
                    using var large = new LargeObject(batch);
                    for (var position = 0; position < size;)
                    {
                        var count = Math.Min(Math.Min(piece, size - position), large.Free.Length);
                        bytes.AsSpan(position, count).CopyTo(large.Free.Span);
                        large.Advance(count);
                        position += count;
                    }

                    Assert.Equal(ContentHash.Of(bytes), large.Complete());
                    batch.Commit();
                }

                whole.Put(bytes);
                Assert.Equal(Ids(whole), Ids(store));
            },
            iter: 30, threads: 1);
    }

    [Fact]
    public void A_store_equals_a_dictionary_after_any_puts_and_reopenings()
    {
        var content = Gen.Select(Gen.Int[0, 400_000], Gen.Int[0, 5]);
        Gen.Select(content, Gen.Bool, Gen.Bool).List[1, 25].Sample(
            steps =>
            {
                var folder = _scratch[$"law-{Guid.NewGuid():N}"];
                var expected = new Dictionary<ContentHash, byte[]>();
                var store = new ObjectStore(folder);
                foreach (var ((size, seed), reopens, isRepetitive) in steps)
                {
                    var bytes = isRepetitive ? Enumerable.Repeat((byte)seed, size).ToArray() : Bytes(size, seed);
                    expected[store.Put(bytes)] = bytes;
                    if (reopens)
                    {
                        store.Dispose();
                        store = new ObjectStore(folder);
                    }
                }

                Assert.Equal(expected.Keys.Order(), store.List());
                foreach (var (hash, bytes) in expected)
                    Assert.Equal(bytes, store.Read(hash));
                Assert.Equal(2, Damage.Files(store).Count);
                store.Dispose();
            },
            iter: 15, threads: 2);
    }

    [Fact]
    public void What_an_index_cut_at_any_byte_does_not_tell_is_found_in_the_pack()
    {
        var objects = Fill("whole");
        using var store = new ObjectStore(_scratch["whole"]);
        var (pack, index) = PackOf(store);
        var bytes = Damage.ReadAll(index);
        for (var length = 0; length <= bytes.Length; length += 7)
        {
            var (copy, copiedIndex) = CopyOf(pack, $"cut-{length}");
            File.WriteAllBytes(copiedIndex, bytes[..length]);

            using var reopened = new ObjectStore(copy);

            Assert.Equal(objects.Keys.Order(), reopened.List());
            Assert.All(objects, pair => Assert.Equal(pair.Value, reopened.Read(pair.Key)));
            reopened.Put("appended"u8);
            Assert.Equal(2, Damage.Files(reopened).Count);
        }
    }

    [Fact]
    public void What_a_flipped_index_does_not_tell_is_found_in_the_pack()
    {
        var objects = Fill("whole");
        using var store = new ObjectStore(_scratch["whole"]);
        var (pack, index) = PackOf(store);
        var bytes = Damage.ReadAll(index);
        for (var position = 0; position < bytes.Length; position += 5)
        {
            var (copy, copiedIndex) = CopyOf(pack, $"flip-{position}");
            File.WriteAllBytes(copiedIndex, bytes);
            Damage.Flip(copiedIndex, position);

            using var reopened = new ObjectStore(copy);

            Assert.Equal(objects.Keys.Order(), reopened.List());
            Assert.All(objects, pair => Assert.Equal(pair.Value, reopened.Read(pair.Key)));
        }
    }

    [Fact]
    public void A_pack_cut_at_any_byte_loses_what_lay_behind_and_nothing_else()
    {
        var objects = Fill("whole");
        using var store = new ObjectStore(_scratch["whole"]);
        var (pack, index) = PackOf(store);
        var bytes = Damage.ReadAll(pack);
        var ends = objects.Keys.ToDictionary(
            hash => hash,
            hash =>
            {
                var (_, offset, length) = Damage.PayloadOf(store, hash);
                return offset + length;
            });
        for (var length = 0; length < bytes.Length; length += 1 + (bytes.Length / 300))
        {
            foreach (var hasIndex in new[] { true, false })
            {
                var (copy, copiedIndex) = CopyOf(pack, $"cut-{length}-{hasIndex}");
                Damage.Cut(Path.ChangeExtension(copiedIndex, PackFolder.PackSuffix), length);
                if (hasIndex)
                    File.Copy(index, copiedIndex);

                using var reopened = new ObjectStore(copy);

                foreach (var (hash, content) in objects)
                {
                    var read = TryRead(reopened, hash);
                    Assert.True(read is null || content.AsSpan().SequenceEqual(read));
                    if (hasIndex && ends[hash] <= length)
                        Assert.NotNull(read);
                }

                reopened.Put("after the loss"u8);
                Assert.Equal("after the loss"u8, reopened.Read(ContentHash.Of("after the loss"u8)));
            }
        }
    }

    [Fact]
    public async Task A_bit_flipped_anywhere_in_a_pack_is_named_and_the_rest_is_readable()
    {
        var objects = Fill("whole");
        using var store = new ObjectStore(_scratch["whole"]);
        var (pack, index) = PackOf(store);
        var size = new FileInfo(pack).Length;
        for (var position = 0L; position < size; position += 1 + (size / 200))
        {
            foreach (var hasIndex in new[] { true, false })
            {
                var (copy, copiedIndex) = CopyOf(pack, $"flip-{position}-{hasIndex}");
                Damage.Flip(Path.ChangeExtension(copiedIndex, PackFolder.PackSuffix), position);
                if (hasIndex)
                    File.Copy(index, copiedIndex);

                using var reopened = new ObjectStore(copy);

                var report = await new ObjectCheck(reopened).CheckAsync([new Needs(objects.Keys)], null, Cancel);
                var lost = report.Damaged.Select(damage => damage.Hash)
                    .Concat(report.Missing.Select(missing => missing.Hash)).ToHashSet();
                foreach (var (hash, content) in objects)
                {
                    var read = TryRead(reopened, hash);
                    Assert.True(read is null || content.AsSpan().SequenceEqual(read));
                    Assert.Equal(read is null, lost.Contains(hash));
                }

                if (hasIndex)
                    Assert.InRange(lost.Count, 0, 1);
            }
        }
    }

    [Fact]
    public void A_crash_after_the_sync_and_before_the_index_loses_nothing_that_was_acknowledged()
    {
        var objects = Fill("whole");
        using var store = new ObjectStore(_scratch["whole"]);
        var (pack, index) = PackOf(store);

        File.Delete(index);
        using var reopened = new ObjectStore(_scratch["whole"]);

        Assert.All(objects, pair => Assert.Equal(pair.Value, reopened.Read(pair.Key)));
        Assert.Equal(objects.Keys.Order(), reopened.List());
        Assert.True(File.Exists(index));
        Assert.Equal(pack, PackOf(reopened).Pack);
    }

    [Fact]
    public void What_another_process_writes_is_found_without_reopening()
    {
        using var writer = new ObjectStore(_scratch["shared"]);
        using var reader = new ObjectStore(_scratch["shared"]);
        Assert.Empty(reader.List());

        var first = writer.Put("first"u8);
        Assert.Equal("first"u8, reader.Read(first));
        var second = writer.Put("second"u8);
        var third = reader.Put("third"u8);

        Assert.Equal("second"u8, reader.Read(second));
        Assert.Equal("third"u8, writer.Read(third));
        // Each appends to a pack of its own; who comes after both takes up one of them.
        writer.Dispose();
        reader.Dispose();
        using var next = new ObjectStore(_scratch["shared"]);
        next.Put("fourth"u8);
        Assert.Equal(4, Damage.Files(next).Count);
    }

    [Fact]
    public async Task A_batch_that_fills_packs_begins_others()
    {
        using var store = new ObjectStore(_scratch["large"]);
        var bytes = Bytes(150 << 20, 3);
        using (var batch = store.BeginBatch())
        {
            batch.Put(bytes);
            await batch.CommitAsync(Cancel);
        }

        Assert.Equal(3, store.Packs.Writers.ListPacks().Count);
        Assert.All(
            store.Packs.Writers.ListPacks(),
            path => Assert.InRange(new FileInfo(path).Length, 1, PackFolder.SizeTarget + (2 << 20)));
        Assert.Equal(ContentHash.Of(bytes), ContentHash.Of(store.Read(ContentHash.Of(bytes))));
    }

    [Fact]
    public void What_compresses_is_compressed_and_what_does_not_is_not()
    {
        using var store = new ObjectStore(_scratch["zstd"]);
        var text = Enumerable.Range(0, 50_000).SelectMany(i => Encoding.UTF8.GetBytes($"line {i % 977}\n"))
            .ToArray();

        var hash = store.Put(text);

        Assert.InRange(Damage.Files(store).Values.Sum(file => file.Length), 1, text.Length / 4);
        Assert.Equal(text, store.Read(hash));
        var noise = store.Put(Bytes(50_000, 1));
        Assert.Equal(EntryCodec.Raw, store.Reader.Find(noise, EntryKinds.All).Entry.Codec);
    }

    Dictionary<ContentHash, byte[]> Fill(string name)
    {
        using var store = new ObjectStore(_scratch[name]);
        var objects = new Dictionary<ContentHash, byte[]>();
        foreach (var size in new[] { 0, 1, 100, 5000, 300_000, 140_000 })
        {
            var bytes = Bytes(size, size);
            objects.Add(store.Put(bytes), bytes);
        }

        byte[] repetitive = [.. Enumerable.Repeat((byte)'a', 9000)];
        objects.Add(store.Put(repetitive), repetitive);
        return objects;
    }

    (string Folder, string Index) CopyOf(string pack, string name)
    {
        var folder = _scratch[name];
        Directory.CreateDirectory(Path.Join(folder, "packs"));
        var copy = Path.Join(folder, "packs", Path.GetFileName(pack));
        File.Copy(pack, copy);
        return (folder, PackFolder.IndexOf(copy));
    }

    static (string Pack, string Index) PackOf(ObjectStore store)
    {
        var pack = Assert.Single(store.Packs.Writers.ListPacks());
        return (pack, PackFolder.IndexOf(pack));
    }

    static List<(ContentHash, EntryKind)> Ids(ObjectStore store) =>
        [.. store.Packs.List(EntryKinds.All).Select(location => (location.Entry.Id, location.Entry.Kind)).Order()];

    static byte[]? TryRead(ObjectStore store, ContentHash hash)
    {
        try
        {
            return store.Read(hash);
        }
        catch (MillraceException exception) when (exception.Code is "object-damaged" or "object-missing")
        {
            return null;
        }
    }

    static byte[] Bytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    sealed class Needs(IEnumerable<ContentHash> hashes) : IRootSource
    {
        public string Room => "tests";

        public IAsyncEnumerable<ObjectRoot> RootsAsync(CancellationToken cancellationToken) =>
            hashes.Select(hash => new ObjectRoot(hash, hash.Short)).ToAsyncEnumerable();
    }
}
