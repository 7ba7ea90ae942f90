using System.Text;
using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

public sealed class StoreKeyTests : IDisposable
{
    const string Secret = "the recipe of the famous lemonade, which nobody may know. ";

    readonly ScratchFolder _scratch = new();
    readonly StoreKey _key = new([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task An_encrypted_store_gives_back_what_it_was_given_and_keeps_it_once()
    {
        byte[][] contents = [[], [1], Text(3000), Noise(100_000), Noise(5 << 20), Text(2 << 20), Noise(40 << 20)];
        ContentHash[] hashes;
        long size;
        using (var store = new ObjectStore(_scratch["objects"], _key))
        {
            hashes = [.. contents.Select(bytes => store.Put(bytes))];
            size = Size();
            foreach (var bytes in contents)
                Assert.Equal(ContentHash.Of(bytes), store.Put(bytes));
            Assert.Equal(size, Size());
        }

        using var again = new ObjectStore(_scratch["objects"], _key);
        for (var i = 0; i < contents.Length; i++)
            Assert.Equal(contents[i], again.Read(hashes[i]));
        Assert.Equal(hashes.Order(), again.List());
        Assert.Equal(hashes[0], again.Put([]));
        Assert.Equal(size, Size());
        Assert.True((await new ObjectCheck(again).CheckAsync([], cancellationToken: Cancel)).IsClean);
    }

    [Fact]
    public void Neither_content_nor_hashes_show_in_the_files()
    {
        var bytes = Encoding.UTF8.GetBytes(Secret);
        using var store = new ObjectStore(_scratch["objects"], _key);
        var hash = store.Put(bytes);
        var large = store.Put(Noise(1 << 20));

        var files = Damage.Files(store);

        Span<byte> id = stackalloc byte[32];
        foreach (var file in files.Values)
        {
            Assert.Equal(-1, file.AsSpan().IndexOf(bytes.AsSpan(0, 10)));
            hash.CopyTo(id);
            Assert.Equal(-1, file.AsSpan().IndexOf(id[..8]));
            large.CopyTo(id);
            Assert.Equal(-1, file.AsSpan().IndexOf(id[..8]));
        }
    }

    [Fact]
    public void A_key_that_is_missing_wrong_or_too_many_is_refused_and_changes_nothing()
    {
        ContentHash hash;
        using (var store = new ObjectStore(_scratch["objects"], _key))
            hash = store.Put("x"u8);
        using (var store = new ObjectStore(_scratch["plain"]))
            store.Put("x"u8);
        var before = Size();

        AssertRefused("objects", null, "encryption-key-missing");
        AssertRefused("objects", new StoreKey(new byte[32]), "encryption-key-wrong");
        AssertRefused("plain", _key, "store-not-encrypted");

        Assert.Equal(before, Size());
        using var again = new ObjectStore(_scratch["objects"], _key);
        Assert.Equal("x"u8.ToArray(), again.Read(hash));
    }

    [Fact]
    public void What_lost_its_index_is_found_again_with_the_key()
    {
        ContentHash small, large;
        using (var store = new ObjectStore(_scratch["objects"], _key))
        {
            small = store.Put(Text(3000));
            large = store.Put(Noise(2 << 20));
        }

        foreach (var index in Directory.GetFiles(_scratch["objects/packs"], "*.idx"))
            File.Delete(index);

        using var again = new ObjectStore(_scratch["objects"], _key);
        Assert.Equal(Text(3000), again.Read(small));
        Assert.Equal(Noise(2 << 20), again.Read(large));
    }

    [Fact]
    public void Any_flipped_bit_of_an_encrypted_entry_is_damage()
    {
        using var store = new ObjectStore(_scratch["objects"], _key);
        var hash = store.Put(Text(500));
        var (pack, offset, length) = Damage.PayloadOf(store, hash);

        for (var i = 0; i < length; i++)
        {
            Damage.Flip(pack, offset + i);
            Assert.Equal("object-damaged", Assert.Throws<MillraceException>(() => store.Read(hash)).Code);
            Damage.Flip(pack, offset + i);
        }

        Assert.Equal(Text(500), store.Read(hash));
    }

    [Fact]
    public async Task A_remote_gets_encrypted_packs_as_they_are_and_needs_the_same_key()
    {
        using var here = new ObjectStore(_scratch["here"], _key);
        using var there = new ObjectStore(_scratch["there"], _key);
        ContentHash[] hashes = [here.Put(Text(3000)), here.Put(Noise(6 << 20))];
        using (var remote = Remote(_key))
            await remote.PushAsync(here, hashes, cancellationToken: Cancel);

        using (var remote = Remote(_key, "other"))
        {
            Assert.Equal(hashes.Order(), await remote.ListAsync(Cancel).ToListAsync(Cancel));
            await remote.FetchAsync(there, hashes, cancellationToken: Cancel);
        }

        foreach (var hash in hashes)
            Assert.Equal(here.Read(hash), there.Read(hash));
        using var plain = new ObjectStore(_scratch["plain"]);
        using var without = Remote(null, "third");
        using var wrong = Remote(StoreKey.Create(), "fourth");
        await AssertCodeAsync("encryption-key-missing", () => without.RefreshAsync(Cancel));
        await AssertCodeAsync("encryption-key-wrong", () => wrong.RefreshAsync(Cancel));
        using var right = Remote(_key, "fifth");
        await AssertCodeAsync(
            "store-not-encrypted", () => right.FetchAsync(plain, hashes, cancellationToken: Cancel));
    }

    [Fact]
    public void A_key_file_that_others_may_read_is_refused()
    {
        File.WriteAllText(_scratch["key"], Convert.ToBase64String(new byte[32]));
        File.SetUnixFileMode(_scratch["key"], UnixFileMode.UserRead | UnixFileMode.GroupRead);

        var error = Assert.Throws<MillraceException>(() => StoreKey.FromFile(_scratch["key"]));

        Assert.Equal("encryption-key-invalid", error.Code);
        Assert.Contains("chmod 600", error.Hint, StringComparison.Ordinal);
        File.SetUnixFileMode(_scratch["key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.NotNull(StoreKey.FromFile(_scratch["key"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("0123")]
    [InlineData("zz23456789012345678901234567890123456789012345678901234567890123")]
    public void A_file_without_a_key_is_refused_and_not_shown(string text)
    {
        File.WriteAllText(_scratch["key"], text);
        File.SetUnixFileMode(_scratch["key"], UnixFileMode.UserRead);

        var error = Assert.Throws<MillraceException>(() => StoreKey.FromFile(_scratch["key"]));

        Assert.Equal("encryption-key-invalid", error.Code);
        Assert.True(text.Length == 0 || !error.Message.Contains(text, StringComparison.Ordinal));
    }

    static byte[] Text(int size) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Secret, 1 + (size / 40))))[..size];

    static byte[] Noise(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    static async Task AssertCodeAsync(string code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<MillraceException>(call)).Code);

    long Size() =>
        new DirectoryInfo(_scratch.Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    void AssertRefused(string folder, StoreKey? key, string code)
    {
        using var store = new ObjectStore(_scratch[folder], key);
        Assert.Equal(code, Assert.Throws<MillraceException>(() => store.Put("y"u8)).Code);
        Assert.Equal(code, Assert.Throws<MillraceException>(() => store.Read(ContentHash.Of("x"u8))).Code);
    }

    ObjectRemote Remote(StoreKey? key, string cache = "cache") =>
        new(new FolderBackend(_scratch["remote"]), _scratch[cache], key);
}
