using Millrace.Catalog;
using Millrace.Objects.Backends;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.ObjectsRoom;

public sealed class FolderBackendTests : BackendContract
{
    readonly ScratchFolder _scratch = new();

    private protected override IObjectBackend Open() => new FolderBackend(_scratch["remote"]);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _scratch.Dispose();
        base.Dispose(disposing);
    }

    [Fact]
    public async Task What_ends_early_leaves_no_file_behind()
    {
        using var backend = Open();

        await Assert.ThrowsAsync<MillraceException>(
            () => backend.PutAsync("packs/a", new MemoryStream(new byte[5]), 6, TestContext.Current.CancellationToken));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_scratch["remote/packs"]));
    }

    [Fact]
    public async Task What_killed_writers_left_is_swept_and_what_a_living_one_writes_stays()
    {
        var cancel = TestContext.Current.CancellationToken;
        var clock = new SetClock();
        using var backend = new FolderBackend(_scratch["remote"], clock);
        await backend.TryPutAsync("packs/kept", new byte[3], cancel);
        string[] names = ["put-dead", "put-fresh", "put-alive", "small", "smallold"];
        foreach (var name in names)
        {
            var path = _scratch[$"remote/packs/.tmp-{name}"];
            await File.WriteAllBytesAsync(path, new byte[1000], cancel);
            File.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime - name switch
            {
                "put-fresh" => TimeSpan.FromSeconds(30),
                "smallold" => TimeSpan.FromHours(25),
                _ => TimeSpan.FromHours(1),
            });
        }

        using var alive = LockedFile.TryLock(
            DurableFile.Open(_scratch["remote/packs/.tmp-put-alive"], Libc.OpenReadWrite, 0), "alive");

        Assert.Equal(2000, await backend.DropLeftoversAsync(cancel));
        Assert.Equal(
            [".tmp-put-alive", ".tmp-put-fresh", ".tmp-small", "kept"],
            Directory.EnumerateFiles(_scratch["remote/packs"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
