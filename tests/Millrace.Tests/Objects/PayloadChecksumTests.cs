using System.IO.Hashing;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Objects.Packs;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What the checksum of a payload proves, and where it is not enough.</summary>
public sealed class PayloadChecksumTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_flipped_bit_of_a_payload_is_noticed_and_none_of_a_header_is_in_the_way(bool hasChecksum)
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var bytes = Noise.Of(70, 1);
        var hash = store.Put(bytes);
        var location = store.Reader.Find(hash, EntryKinds.Object);
        if (!hasChecksum)
            WriteHeader(location, 0);
        using var window = store.OpenWindow();

        for (var place = 0; place < PackEntry.HeaderSize + bytes.Length; place++)
        {
            var isHeader = place < PackEntry.HeaderSize;
            Damage.Flip(location.Pack.Path, location.Entry.Offset + place);
            window.Load(location, location.Entry.End);

            Assert.Equal(isHeader, window.TryRead(location, out var raw));
            if (isHeader)
            {
                Assert.Equal(bytes, raw);
                Assert.Equal(bytes, store.Read(hash));
            }
            else
            {
                Assert.Equal("object-damaged", Assert.Throws<MillraceException>(() => store.Read(hash)).Code);
            }

            Damage.Flip(location.Pack.Path, location.Entry.Offset + place);
        }

        Assert.Equal(bytes, store.Read(hash));
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(100_000, false)]
    [InlineData(3_000_000, false)]
    [InlineData(100, true)]
    [InlineData(100_000, true)]
    [InlineData(3_000_000, true)]
    public void A_flipped_bit_of_what_is_compressed_or_in_chunks_is_noticed(int size, bool isNoise)
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var bytes = isNoise ? Noise.Of(size, 2) : [.. Enumerable.Range(0, size).Select(i => (byte)"millrace "[i % 9])];
        var hash = store.Put(bytes);
        var entries = store.Packs.List(EntryKinds.Bytes | EntryKinds.Node);
        Assert.All(entries, location => Assert.True(HasChecksum(location)));

        foreach (var location in entries)
        {
            var payload = location.Entry.Offset + PackEntry.HeaderSize;
            var middle = payload + (location.Entry.StoredLength / 2);
            foreach (var place in new[] { payload, middle, location.Entry.End - 1 })
            {
                Damage.Flip(location.Pack.Path, place);
                Assert.Equal("object-damaged", Assert.Throws<MillraceException>(() => store.Read(hash)).Code);
                Damage.Flip(location.Pack.Path, place);
            }
        }

        Assert.Equal(bytes, store.Read(hash));
    }

    [Fact]
    public void A_checksum_that_is_wrong_alone_hides_nothing()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put(Noise.Of(5000, 3));

        WriteHeader(store.Reader.Find(hash, EntryKinds.Object), 12345);

        Assert.Equal(Noise.Of(5000, 3), store.Read(hash));
    }

    [Fact]
    public async Task Bytes_that_were_forged_with_their_checksum_are_named_wherever_they_would_leave_the_store()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        var hash = store.Put(Noise.Of(5000, 4));
        var location = store.Reader.Find(hash, EntryKinds.Object);
        Damage.Flip(store, hash);
        var forged = Damage.ReadAll(location.Pack.Path)
            .AsSpan((int)location.Entry.Offset + PackEntry.HeaderSize, 5000).ToArray();
        WriteHeader(location, Crc32.HashToUInt32(forged));
        using var remote = new ObjectRemote(new FolderBackend(_scratch["remote"]), _scratch["cache"], null);
        using var rewrite = new PackRewrite(store.Packs);

        // Who can write to the packs can do more than that; a disk can not.
        Assert.Equal(forged, store.Read(hash));
        Assert.False((await new ObjectCheck(store).CheckAsync([], null, Cancel)).IsClean);
        var pushed = await Assert.ThrowsAsync<MillraceException>(
            () => remote.PushAsync(store, [hash], cancellationToken: Cancel));
        Assert.Equal("object-damaged", pushed.Code);
        store.Packs.Writers.ReleaseFree();
        Assert.False(rewrite.TryMove(location.Pack.Path, _ => false, _ => { }));
        Assert.Equal([location.Pack.Path], rewrite.Damaged);
    }

    [Fact]
    public void A_sweep_gives_a_checksum_to_what_was_written_without()
    {
        using var store = new ObjectStore(_scratch["objects"]);
        byte[][] contents = [Noise.Of(5000, 5), Noise.Of(200_000, 6)];
        foreach (var bytes in contents)
            store.Put(bytes);
        var entries = store.Packs.List(EntryKinds.Bytes);
        entries.ForEach(location => WriteHeader(location, 0));
        Assert.All(entries, location => Assert.False(HasChecksum(location)));
        store.Packs.Writers.ReleaseFree();

        using (var rewrite = new PackRewrite(store.Packs))
        {
            Assert.True(rewrite.TryMove(entries[0].Pack.Path, _ => false, _ => { }));
            rewrite.Complete();
        }

        Assert.All(store.Packs.List(EntryKinds.Bytes), location => Assert.True(HasChecksum(location)));
        Assert.All(contents, bytes => Assert.Equal(bytes, store.Read(ContentHash.Of(bytes))));
    }

    static bool HasChecksum(PackLocation location)
    {
        var entry = location.Entry;
        var bytes = Damage.ReadAll(location.Pack.Path).AsSpan((int)entry.Offset, (int)(entry.End - entry.Offset));
        return EntryPayload.HasChecksum(entry, bytes, bytes[PackEntry.HeaderSize..]);
    }

    static void WriteHeader(PackLocation location, uint checksum)
    {
        var header = new byte[PackEntry.HeaderSize];
        location.Entry.WriteHeader(header, checksum);
        using var file = DurableFile.Open(location.Pack.Path, Libc.OpenReadWrite, 0);
        RandomAccess.Write(file, header, location.Entry.Offset);
    }
}
