using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;
using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

public sealed class LinkCacheTests
{
    const UnixFileMode Writable = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(100)]
    [InlineData(3 << 20)]
    public void An_edit_of_the_same_size_is_never_handed_out(int size)
    {
        using var scratch = new ScratchFolder();
        using var store = new ObjectStore(scratch["objects"]);
        var content = new byte[size];
        new Random(1).NextBytes(content);
        var entry = new TreeEntry("a", TreeEntryKind.File, store.Put(content), size, 1);
        Write(scratch, store, "one", entry);
        // All that can be put back is put back.
        var edited = scratch["one/a"];
        var writtenAt = File.GetLastWriteTimeUtc(edited);
        File.SetUnixFileMode(edited, Writable);
        using (var file = File.OpenWrite(edited))
            file.WriteByte((byte)~content[0]);
        File.SetLastWriteTimeUtc(edited, writtenAt);
        File.SetUnixFileMode(edited, ReadOnly);
        var damaged = Cache(scratch, store).Damaged(Cancel).Count();

        Write(scratch, store, "two", entry);

        Assert.Equal(1, damaged);
        Assert.Equal(content, File.ReadAllBytes(scratch["two/a"]));
        Assert.Empty(Cache(scratch, store).Damaged(Cancel));
    }

    [Fact]
    public void A_file_is_linked_again_while_nobody_writes_to_it()
    {
        using var scratch = new ScratchFolder();
        using var store = new ObjectStore(scratch["objects"]);
        var entry = new TreeEntry("a", TreeEntryKind.File, store.Put(new byte[2 << 20]), 2 << 20, 1);

        Write(scratch, store, "one", entry);
        Write(scratch, store, "two", entry);

        File.SetUnixFileMode(scratch["one/a"], Writable);
        File.AppendAllText(scratch["one/a"], "x");
        Assert.Equal((2 << 20) + 1, new FileInfo(scratch["two/a"]).Length);
        Assert.Single(Directory.GetFiles(scratch["cache"], "*.proof", SearchOption.AllDirectories));
    }

    [Fact]
    public void What_no_checkout_links_to_or_needs_is_pruned()
    {
        using var scratch = new ScratchFolder();
        using var store = new ObjectStore(scratch["objects"]);
        var entries = new[] { "linked", "needed", "left" }.Select(text => new TreeEntry(
            text, TreeEntryKind.File, store.Put(System.Text.Encoding.ASCII.GetBytes(text)), text.Length, 1)).ToList();
        foreach (var entry in entries)
            Write(scratch, store, "one", entry);
        File.Delete(scratch["one/needed"]);
        File.Delete(scratch["one/left"]);
        var cache = Cache(scratch, store);

        var planned = cache.Prune(hash => hash == entries[1].Hash, true, DateTimeOffset.MinValue, Cancel);
        var pruned = cache.Prune(hash => hash == entries[1].Hash, false, DateTimeOffset.MinValue, Cancel);

        Assert.Equal((1, 4), planned);
        Assert.Equal(planned, pruned);
        Assert.Equal(2, Directory.GetFiles(scratch["cache"], "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task A_status_after_an_edit_by_another_name_is_not_clean()
    {
        await using var here = await TestCheckout.MakeAsync("  checkout: hardlink\n");
        await here.CommitAsync("first", ("a", "good"), ("b", "good"));
        File.Delete(Path.Join(here.Folder, "a"));
        File.Delete(Path.Join(here.Folder, "b"));
        await here.Versions.RestoreAsync(["a"], null, isStaged: false, cancellationToken: Cancel);
        File.SetUnixFileMode(Path.Join(here.Folder, "a"), Writable);
        here.Write("a", "evil");
        File.SetUnixFileMode(Path.Join(here.Folder, "a"), ReadOnly);

        await here.Versions.RestoreAsync(["b"], null, isStaged: false, cancellationToken: Cancel);

        Assert.Equal("good", here.Read("b"));
        Assert.Equal(["modified a"], await here.StatusAsync());
        Assert.Empty(here.Versions.DamagedLinks(Cancel));
        Assert.Equal((0, 0), here.Versions.PruneLinks(isDryRun: false, Cancel));
    }

    static LinkCache Cache(ScratchFolder scratch, ObjectStore store) => new(scratch["cache"], store);

    static void Write(ScratchFolder scratch, ObjectStore store, string folder, TreeEntry entry)
    {
        Directory.CreateDirectory(scratch[folder]);
        var writer = new Materializer(
            scratch[folder], scratch["temp"], store, CheckoutMode.Hardlink, scratch["cache"], null, Cancel);
        writer.Apply([new TreeChange(entry.Name, null, entry)]);
        writer.Sync();
        Assert.Equal(ReadOnly, File.GetUnixFileMode(Path.Join(scratch[folder], entry.Name)) & (ReadOnly | Writable));
    }
}
