using System.Diagnostics;
using CsCheck;
using Millrace.Objects;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.House;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>Bytes that somebody made up: no memory is taken for what they claim, and nothing goes on for
/// ever.</summary>
[Collection(nameof(MeasuredMemory))]
public sealed class HostileBytesTests : IDisposable
{
    static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(20);

    readonly ScratchFolder _scratch = new();
    readonly string _pack;

    public HostileBytesTests()
    {
        Directory.CreateDirectory(_scratch["objects/packs"]);
        _pack = _scratch["objects/packs/" + new string('a', 32) + ".pack"];
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_pack_full_of_beginnings_of_headers_is_read_once()
    {
        var bytes = new byte[8 << 20];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = "MRE1"u8[i % 4];
        await OpenAsync(bytes, []);
    }

    [Fact]
    public async Task Headers_that_claim_much_take_no_memory()
    {
        var bytes = new byte[4 << 20];
        for (var position = 0; position + PackEntry.HeaderSize <= bytes.Length; position += PackEntry.HeaderSize)
        {
            new PackEntry(default, EntryKind.Blob, EntryCodec.Zstd, position, 0, PackEntry.PayloadMax)
                .WriteHeader(bytes.AsSpan(position), 0);
        }

        await OpenAsync(bytes, []);
    }

    [Fact]
    public async Task An_index_that_claims_much_takes_no_memory_and_hides_nothing()
    {
        var entries = new List<PackEntry>();
        for (var i = 0; i < 1000; i++)
        {
            entries.Add(new PackEntry(
                ContentHash.Of(BitConverter.GetBytes(i)), (EntryKind)(1 + (i % 4)), (EntryCodec)(i % 2),
                uint.MaxValue - (uint)i, PackEntry.PayloadMax - i, PackEntry.PayloadMax - i));
        }

        await OpenAsync(
            new byte[1000], PackIndex.Write(entries, PackFolder.HeaderSize, PackFolder.HeaderSize + 1000, null));
    }

    [Fact]
    public async Task An_index_of_gigabytes_is_not_read()
    {
        await OpenAsync(new byte[1000], [], indexLength: 20L << 30);
    }

    [Fact]
    public async Task A_recipe_that_names_itself_a_thousand_times_is_damaged()
    {
        var bytes = new byte[100_000];
        var part = new RecipePart(ContentHash.Of("x"u8), 1L << 50);
        var recipe = new Recipe(part.Length * 1000, EntryKind.Node, [.. Enumerable.Repeat(part, 1000)]).ToBytes();
        var id = ContentHash.Of("large"u8);
        new PackEntry(id, EntryKind.Recipe, EntryCodec.Raw, 0, recipe.Length, recipe.Length).WriteHeader(
            bytes, System.IO.Hashing.Crc32.HashToUInt32(recipe));
        recipe.CopyTo(bytes, PackEntry.HeaderSize);
        var end = PackEntry.HeaderSize + recipe.Length;
        new PackEntry(default, EntryKind.Commit, EntryCodec.Raw, end, 0, 1).WriteHeader(bytes.AsSpan(end), 0);

        await OpenAsync(bytes, []);

        using var store = new ObjectStore(_scratch["objects"]);
        Assert.Equal(1L << 50, store.Size(id) / 1000);
        using var stream = store.OpenRead(id, 1L << 55, 100);
        var error = Assert.Throws<MillraceException>(() => stream.ReadByte());
        Assert.Contains(error.Code, new[] { "object-missing", "object-damaged" });
    }

    [Fact]
    public void Any_bytes_as_pack_and_index_give_typed_errors_only()
    {
        var piece = Gen.OneOf(
            Gen.Byte.Array[0, 100],
            Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 300], Gen.Int[0, 100_000]).Select(
            (kind, codec, stored, raw) =>
            {
                var bytes = new byte[PackEntry.HeaderSize + stored];
                new PackEntry(ContentHash.Of([]), (EntryKind)kind, (EntryCodec)codec, 0, stored, raw)
                .WriteHeader(bytes, 0);
                return bytes;
            }));
        Gen.Select(piece.Array[0, 20], Gen.Byte.Array[0, 200], Gen.Bool).Sample(
            (pieces, index, isBlock) =>
            {
                var name = $"fuzz-{Guid.NewGuid():N}";
                Directory.CreateDirectory(_scratch[$"{name}/packs"]);
                var pack = _scratch[$"{name}/packs/{new string('b', 32)}.pack"];
                byte[] content = [.. Header(), .. pieces.SelectMany(bytes => bytes)];
                File.WriteAllBytes(pack, content);
                var entry = new PackEntry(ContentHash.Of(index), EntryKind.Recipe, 0, index.Length, 50, 50);
                File.WriteAllBytes(
                    PackFolder.IndexOf(pack),
                    isBlock ? PackIndex.Write([entry], 32, content.Length, null) : index);
                using var store = new ObjectStore(_scratch[name]);
                foreach (var hash in store.List())
                {
                    try
                    {
                        store.Read(hash);
                    }
                    catch (MillraceException)
                    {
                        // A typed answer is what is asked for.
                    }
                }

                Assert.Equal("good"u8, store.Read(store.Put("good"u8)));
            },
            iter: 200, threads: 1);
    }

    [Fact]
    public void A_million_entries_are_known_in_a_hundred_megabytes()
    {
        const int Count = 1_000_000;
        var entries = new List<PackEntry>(Count);
        Span<byte> id = stackalloc byte[ContentHash.Size];
        var random = new Random(1);
        for (var i = 0; i < Count; i++)
        {
            BitConverter.TryWriteBytes(id[24..], i);
            random.NextBytes(id[..8]);
            entries.Add(new PackEntry(
                new ContentHash(id), EntryKind.Blob, EntryCodec.Raw, PackFolder.HeaderSize + (i * 60L), 4, 4));
        }

        var length = PackFolder.HeaderSize + (Count * 60L);
        File.WriteAllBytes(PackFolder.IndexOf(_pack), PackIndex.Write(entries, PackFolder.HeaderSize, length, null));
        using (var file = File.Create(_pack))
        {
            file.Write(Header());
            file.SetLength(length);
        }

        var first = entries[0].Id;
        entries = [];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Stopwatch.GetTimestamp();
        using var store = new ObjectStore(_scratch["objects"]);

        Assert.True(store.Contains(first));

        var took = Stopwatch.GetElapsedTime(start);
        var memory = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.SendDiagnosticMessage(
            "a million entries: {0:N1} MB, {1:N0} ms", memory / 1e6, took.TotalMilliseconds);
        Assert.InRange(memory, 0, 100_000_000);
        Assert.InRange(took, TimeSpan.Zero, TimeMax);
    }

    /// <summary>Opens a store with such a pack, asks it everything and puts into it.</summary>
    async Task OpenAsync(byte[] pack, byte[] index, long indexLength = 0)
    {
        await File.WriteAllBytesAsync(_pack, [.. Header(), .. pack], Cancel);
        await File.WriteAllBytesAsync(PackFolder.IndexOf(_pack), index, Cancel);
        if (indexLength > 0)
        {
            using var file = File.OpenWrite(PackFolder.IndexOf(_pack));
            file.SetLength(indexLength);
        }

        var start = Stopwatch.GetTimestamp();
        var allocated = GC.GetTotalAllocatedBytes();
        using var store = new ObjectStore(_scratch["objects"]);
        await new ObjectCheck(store).CheckAsync([], null, Cancel);
        Assert.Equal("good"u8, store.Read(store.Put("good"u8)));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeMax);
        Assert.InRange(GC.GetTotalAllocatedBytes() - allocated, 0, 800_000_000);
    }

    static byte[] Header()
    {
        var header = new byte[PackFolder.HeaderSize];
        "MILLPACK"u8.CopyTo(header);
        header[8] = 1;
        return header;
    }
}
