using Millrace.Objects;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>Packs, indexes, lists and plans of version 1 are written and read to the byte.</summary>
public sealed class PackFormatTests : IDisposable
{
    const string Digits = "0123456789abcdef0123456789abcdef";

    static readonly StoreKey Key = new([.. Enumerable.Range(1, StoreKey.Size).Select(i => (byte)i)]);

    readonly ScratchFolder _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What the packs of the fixtures hold: the last one in a group of its own.</summary>
    internal static byte[][] Contents =>
    [
        [], "hello"u8.ToArray(), [.. Enumerable.Range(0, 100).Select(i => (byte)i)], "the second group"u8.ToArray(),
    ];

    static byte[][] LargeContents =>
    [
        [.. Enumerable.Range(0, 2000).Select(i => (byte)"millrace "[i % 9])], new byte[300_000],
    ];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("", false)]
    [InlineData("-checksums", false)]
    [InlineData("-encrypted", true)]
    public async Task Version_1_is_read(string name, bool isEncrypted)
    {
        using var store = Place($"pack{name}-v1.hex", IndexOf(name), isEncrypted ? Key : null);

        Assert.Equal(Contents.Select(bytes => ContentHash.Of(bytes)).Order(), store.List());
        Assert.All(Contents, bytes => Assert.Equal(bytes, store.Read(ContentHash.Of(bytes))));
        Assert.True((await new ObjectCheck(store).CheckAsync([], cancellationToken: Cancel)).IsClean);
    }

    [Theory]
    [InlineData("-checksums", false)]
    [InlineData("-encrypted", true)]
    public void Version_1_is_written_to_the_byte(string name, bool isEncrypted)
    {
        using (var store = new ObjectStore(_scratch["objects"], isEncrypted ? Key : null))
        {
            PutTogether(store, Contents[..^1]);
            store.Put(Contents[^1]);
        }

        FormatFixture.Verify($"pack{name}-v1.hex", File.ReadAllBytes(Only("*.pack")));
        FormatFixture.Verify(IndexOf(name), File.ReadAllBytes(Only("*.idx")));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("-checksums", false)]
    [InlineData("-encrypted", true)]
    public void A_pack_of_version_1_is_read_without_its_index(string name, bool isEncrypted)
    {
        using var store = Place($"pack{name}-v1.hex", null, isEncrypted ? Key : null);

        Assert.All(Contents, bytes => Assert.Equal(bytes, store.Read(ContentHash.Of(bytes))));
    }

    [Fact]
    public async Task Compressed_entries_and_recipes_of_version_1_are_read()
    {
        using var store = Place("pack-large-v1.hex", "pack-index-large-v1.hex", null);

        Assert.Equal(LargeContents.Select(bytes => ContentHash.Of(bytes)).Order(), store.List());
        Assert.All(LargeContents, bytes => Assert.Equal(bytes, store.Read(ContentHash.Of(bytes))));
        Assert.True((await new ObjectCheck(store).CheckAsync([], cancellationToken: Cancel)).IsClean);
    }

    // Another version of the compressor may make other frames of the same bytes, which every version reads; all that is
    // around the frames stays.
    [Fact]
    public void Compressed_entries_and_recipes_of_version_1_are_written_alike_but_for_the_frames()
    {
        using (var store = new ObjectStore(_scratch["objects"]))
            PutTogether(store, LargeContents);

        var written = Entries(File.ReadAllBytes(Only("*.pack")));

        var fixture = Entries(FormatFixture.Read("pack-large-v1.hex"));
        Assert.Equal(
            ["Blob Zstd 2000", "Chunk Zstd 131072", "Chunk Zstd 37856", "Recipe Raw 136", "Commit Raw 4"],
            fixture.Select(entry => $"{entry.Entry.Kind} {entry.Entry.Codec} {entry.Entry.RawLength}"));
        Assert.Equal(fixture.Select(Shape), written.Select(Shape));
        Assert.Equal(fixture[3].Payload, written[3].Payload);

        static PackEntry Shape((PackEntry Entry, byte[] Payload) entry) =>
            entry.Entry with { Offset = 0, StoredLength = 0 };
    }

    [Fact]
    public void A_list_of_version_1_is_written_and_read_to_the_byte()
    {
        var list = new Recipe(
            300, EntryKind.Node,
            [new RecipePart(ContentHash.Of("first"u8), 100), new RecipePart(ContentHash.Of("second"u8), 200)]);

        var read = Recipe.TryRead(FormatFixture.Read("recipe-v1.hex"))!;

        Assert.Equal((list.Length, list.PartKind), (read.Length, read.PartKind));
        Assert.Equal(list.Parts, read.Parts);
        FormatFixture.Verify("recipe-v1.hex", list.ToBytes());
    }

    [Fact]
    public void Content_is_cut_where_it_always_was()
    {
        var bytes = KnownBytes.Of(1 << 20, seed: 1);
        var cuts = new List<int>();
        for (var position = 0; position < bytes.Length; position += cuts[^1])
            cuts.Add(GearChunker.Cut(bytes.AsSpan(position), isEnd: true));

        Assert.Equal("85b66b3a5816d686deb42f2d2473d9a7121ceb75c822b838f958c76ca86ed8ea", $"{ContentHash.Of(bytes)}");
        Assert.Equal(
            [
                72954, 63529, 13737, 25835, 71577, 28095, 20432, 9592, 36434, 131072, 94229, 21326, 67873, 115112,
                55492, 74240, 81573, 65474,
            ],
            cuts);
    }

    [Fact]
    public void Lists_of_chunks_are_cut_where_they_always_were()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put(KnownBytes.Of(12 << 20, seed: 8));

        var recipe = store.Reader.ReadAnyRecipe(store.Reader.Find(hash, EntryKinds.Object), hash);

        Assert.Equal("6565815608a5311991f39fcf10241a44dd1f222928971052c38c488eaad88416", $"{hash}");
        Assert.Equal(EntryKind.Node, recipe.PartKind);
        Assert.Equal([1973545, 3690663, 2115470, 1482578, 3320656], recipe.Parts.Select(part => (int)part.Length));
        Assert.Equal(
            [37, 61, 33, 22, 52], recipe.Parts.Select(part => store.Reader.ReadNode(part.Id, hash).Parts.Count));
        Assert.Equal(
            "a33bcb553de96de09a61f1b6309e01ff992d155334d743d61b63719f3f9960cc",
            $"{ContentHash.Of(recipe.ToBytes())}");
    }

    [Fact]
    public void A_key_gives_the_names_it_always_gave()
    {
        using var cipher = new EntryCipher(Key.Bytes);
        var id = ContentHash.Of("hello"u8);

        Assert.Equal("ff9b39dd8b61ce073c4c53769272a778", Convert.ToHexStringLower(cipher.KeyName));
        Assert.Equal("4a1f941e350de8ed4f6b2f3b3b6a603fe4ea4d7205928fa8cdc6d2badd5b5ff0", $"{cipher.Hide(id)}");
        Assert.Equal(id, cipher.Reveal(cipher.Hide(id)));
    }

    [Fact]
    public void A_plan_of_version_1_is_written_and_read_to_the_byte()
    {
        using var first = new LoadedPack($"packs/{Digits}.pack");
        using var second = new LoadedPack("packs/fedcba9876543210fedcba9876543210.pack");
        var time = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        PackLocation[] condemned = [At(second, 0x8000_0000), At(first, 4096), At(first, 32)];

        var read = SweepPlan.Read(FormatFixture.Read("sweep-plan-v1.hex"));

        Assert.Equal((true, time, 3), (read.IsReadable, read.PlannedAt, read.EntryCount));
        Assert.All(condemned, location => Assert.True(read.IsCondemned(location.Pack, location.Entry.Offset)));
        Assert.False(read.IsCondemned(first, 33));
        FormatFixture.Verify("sweep-plan-v1.hex", SweepPlan.Of(condemned, time).ToBytes());
    }

    /// <summary>Checksums of payloads came into packs later; an index is the same without them.</summary>
    static string IndexOf(string name) => name == "-checksums" ? "pack-index-v1.hex" : $"pack-index{name}-v1.hex";

    static PackLocation At(LoadedPack pack, long offset) =>
        new(pack, new PackEntry(default, EntryKind.Blob, EntryCodec.Raw, offset, 0, 0));

    static void PutTogether(ObjectStore store, byte[][] contents)
    {
        using var batch = store.BeginBatch();
        foreach (var bytes in contents)
            batch.Put(bytes);
        batch.Commit();
    }

    static List<(PackEntry Entry, byte[] Payload)> Entries(byte[] pack)
    {
        var entries = new List<(PackEntry Entry, byte[] Payload)>();
        for (var position = PackFolder.HeaderSize; position < pack.Length; position = (int)entries[^1].Entry.End)
        {
            Assert.True(PackEntry.TryReadHeader(pack.AsSpan(position), position, out var entry, out _));
            entries.Add((entry, pack[(position + PackEntry.HeaderSize)..(int)entry.End]));
        }

        return entries;
    }

    /// <summary>A store with a pack and its index from fixtures.</summary>
    ObjectStore Place(string pack, string? index, StoreKey? key)
    {
        Directory.CreateDirectory(_scratch["objects/packs"]);
        File.WriteAllBytes(_scratch[$"objects/packs/{Digits}.pack"], FormatFixture.Read(pack));
        if (index is not null)
            File.WriteAllBytes(_scratch[$"objects/packs/{Digits}.idx"], FormatFixture.Read(index));
        return new ObjectStore(_scratch["objects"], key);
    }

    string Only(string pattern) => Assert.Single(Directory.GetFiles(_scratch["objects/packs"], pattern));
}
