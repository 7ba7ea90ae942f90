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
}
