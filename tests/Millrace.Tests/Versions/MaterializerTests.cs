using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;
using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

public sealed class MaterializerTests
{
    [Theory]
    [InlineData(CheckoutMode.Copy)]
    [InlineData(CheckoutMode.Hardlink)]
    public void Files_are_replaced_where_another_file_system_is_mounted(CheckoutMode mode)
    {
        using var scratch = new ScratchFolder();
        using var disk = new TinyDisk();
        using var store = new ObjectStore(scratch["objects"]);
        File.WriteAllText(Path.Join(disk.Path, "a"), "before");
        var entry = new TreeEntry("a", TreeEntryKind.File, store.Put("after"u8), 5, 1);
        var writer = new Materializer(
            disk.Path, scratch["temp"], store, mode, scratch["cache"], null,
            TestContext.Current.CancellationToken);

        var written = writer.Apply(
            [new TreeChange("a", entry, entry), new TreeChange("sub/b", null, entry with { Name = "b" })]);
        writer.Sync();

        Assert.Equal(2, written.Count);
        Assert.Equal("after", File.ReadAllText(Path.Join(disk.Path, "a")));
        Assert.Equal("after", File.ReadAllText(Path.Join(disk.Path, "sub/b")));
        Assert.Equal(2, Directory.GetFileSystemEntries(disk.Path).Length);
    }
}
