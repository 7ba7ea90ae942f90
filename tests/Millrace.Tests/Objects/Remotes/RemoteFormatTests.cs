using Millrace.Objects;
using Millrace.Objects.Backends;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>What lies on a remote is named, written and read as version 1 says.</summary>
public sealed class RemoteFormatTests : IDisposable
{
    const string PackName = "013f17aa31a9b47b4f8e461d07b7c72d";
    const string EncryptedPackName = "059839c113595295185c945c55f64933";

    static readonly StoreKey Key = new([.. Enumerable.Range(1, StoreKey.Size).Select(i => (byte)i)]);

    readonly ScratchFolder _scratch = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("remote-pack-v1.hex")]
    [InlineData("remote-pack-checksums-v1.hex")]
    public async Task Version_1_is_read(string pack)
    {
        Directory.CreateDirectory(_scratch["remote/packs"]);
        File.WriteAllText(_scratch["remote/millrace-remote.json"], "{\"format\":1,\"key\":\"\"}\n");
        File.WriteAllBytes(_scratch[$"remote/packs/{PackName}.pack"], FormatFixture.Read(pack));
        File.WriteAllBytes(_scratch[$"remote/packs/{PackName}.idx"], FormatFixture.Read("remote-index-v1.hex"));
        using var remote = Open(null);

        Assert.Equal(
            PackFormatTests.Contents.Select(bytes => ContentHash.Of(bytes)).Order(),
            await remote.ListAsync(Cancel).ToListAsync(Cancel));
        foreach (var bytes in PackFormatTests.Contents)
            Assert.Equal(bytes, await remote.ReadAsync(ContentHash.Of(bytes), Cancel));
    }

    [Fact]
    public async Task Version_1_is_written_to_the_byte()
    {
        await PushAsync(null);

        Assert.Equal(["millrace-remote.json", $"packs/{PackName}.idx", $"packs/{PackName}.pack"], Files());
        Assert.Equal("{\"format\":1,\"key\":\"\"}\n", File.ReadAllText(_scratch["remote/millrace-remote.json"]));
        FormatFixture.Verify(
            "remote-pack-checksums-v1.hex", File.ReadAllBytes(_scratch[$"remote/packs/{PackName}.pack"]));
        FormatFixture.Verify("remote-index-v1.hex", File.ReadAllBytes(_scratch[$"remote/packs/{PackName}.idx"]));
    }

    [Fact]
    public async Task An_encrypted_remote_names_its_key_and_its_packs_as_ever()
    {
        await PushAsync(Key);

        Assert.Equal(
            ["millrace-remote.json", $"packs/{EncryptedPackName}.idx", $"packs/{EncryptedPackName}.pack"], Files());
        Assert.Equal(
            "{\"format\":1,\"key\":\"ff9b39dd8b61ce073c4c53769272a778\"}\n",
            File.ReadAllText(_scratch["remote/millrace-remote.json"]));
    }

    async Task PushAsync(StoreKey? key)
    {
        using var store = new ObjectStore(_scratch["objects"], key);
        var hashes = PackFormatTests.Contents.Select(bytes => store.Put(bytes)).ToList();
        using var remote = Open(key);
        await remote.PushAsync(store, hashes, cancellationToken: Cancel);
    }

    ObjectRemote Open(StoreKey? key) => new(new FolderBackend(_scratch["remote"]), _scratch["cache"], key);

    string[] Files() =>
        [.. Directory.GetFiles(_scratch["remote"], "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_scratch["remote"], file))
            .Where(file => !file.EndsWith(FolderBackend.LockName, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
}
