using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.ObjectsRoom;
using Millrace.Versions;
using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

public sealed class CheckoutTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_committed_comes_back()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        checkout.Write("run.sh", "#!/bin/sh");
        File.SetUnixFileMode(Path.Join(checkout.Folder, "run.sh"), (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Join(checkout.Folder, "link"), "a/b.txt");
        var first = await checkout.CommitAsync(
            "one", ("a/b.txt", "1"), ("c", "1"), ("größe\n😀", "x"), ("empty", ""));
        File.Delete(Path.Join(checkout.Folder, "c"));
        await checkout.CommitAsync("two", ("a/b.txt", "2"), ("a/x/y/z", "deep"));
        checkout.Write("mine", "not versioned");

        await checkout.Versions.CheckoutAsync(first.Id.ToString(), cancellationToken: Cancel);

        Assert.Equal("1", checkout.Read("a/b.txt"));
        Assert.Equal("1", checkout.Read("c"));
        Assert.False(checkout.Exists("a/x"));
        Assert.Equal(["untracked mine"], await checkout.StatusAsync());

        await checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel);

        Assert.Equal("2", checkout.Read("a/b.txt"));
        Assert.False(checkout.Exists("c"));
        Assert.Equal("deep", checkout.Read("a/x/y/z"));
        Assert.Equal("x", checkout.Read("größe\n😀"));
        Assert.Equal("a/b.txt", new FileInfo(Path.Join(checkout.Folder, "link")).LinkTarget);
        Assert.True(File.GetUnixFileMode(Path.Join(checkout.Folder, "run.sh")).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal("not versioned", checkout.Read("mine"));
    }

    [Fact]
    public async Task A_checkout_never_loses_what_the_user_changed()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        var first = await checkout.CommitAsync("one", ("a", "1"), ("b", "1"));
        await checkout.CommitAsync("two", ("a", "2"), ("new", "theirs"));
        await checkout.Versions.CheckoutAsync(first.Id.ToString(), cancellationToken: Cancel);
        checkout.Write("a", "mine");
        checkout.Write("new", "mine too");

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel));

        Assert.Equal("local-changes", failure.Code);
        Assert.Contains("a, new", failure.Message, StringComparison.Ordinal);
        Assert.Equal("mine", checkout.Read("a"));
        Assert.Equal("mine too", checkout.Read("new"));

        await checkout.Versions.CheckoutAsync("main", new CheckoutOptions { IsForced = true }, Cancel);

        Assert.Equal("2", checkout.Read("a"));
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_file_changed_in_the_same_instant_is_seen()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        for (var round = 0; round < 20; round++)
        {
            await checkout.CommitAsync($"{round}", ("a", $"one {round:d3}"));
            checkout.Write("a", $"two {round:d3}");

            Assert.Equal(["modified a"], await checkout.StatusAsync());
        }
    }

    [Fact]
    public async Task A_file_whose_time_was_set_back_is_seen()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", ("a", "one"));
        var file = Path.Join(checkout.Folder, "a");
        var time = File.GetLastWriteTimeUtc(file);

        checkout.Write("a", "two");
        File.SetLastWriteTimeUtc(file, time);

        Assert.Equal(["modified a"], await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_file_becomes_a_folder_and_a_folder_a_file()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        var first = await checkout.CommitAsync("one", ("a", "file"), ("b/c", "in folder"));
        File.Delete(Path.Join(checkout.Folder, "a"));
        Directory.Delete(Path.Join(checkout.Folder, "b"), recursive: true);
        var second = await checkout.CommitAsync("two", ("a/x", "in folder"), ("b", "file"));

        await checkout.Versions.CheckoutAsync(first.Id.ToString(), cancellationToken: Cancel);
        Assert.Equal("file", checkout.Read("a"));
        Assert.Equal("in folder", checkout.Read("b/c"));
        Assert.Empty(await checkout.StatusAsync());

        await checkout.Versions.CheckoutAsync(second.Id.ToString(), cancellationToken: Cancel);
        Assert.Equal("in folder", checkout.Read("a/x"));
        Assert.Equal("file", checkout.Read("b"));
        Assert.Empty(await checkout.StatusAsync());
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        using var outside = new ScratchFolder();
        var first = await checkout.CommitAsync("one", ("d/a", "1"));
        await checkout.CommitAsync("two", ("d/a", "2"), ("d/b", "2"));
        await checkout.Versions.CheckoutAsync(first.Id.ToString(), cancellationToken: Cancel);
        Directory.Delete(Path.Join(checkout.Folder, "d"), recursive: true);
        Directory.CreateSymbolicLink(Path.Join(checkout.Folder, "d"), outside.Path);

        await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel));

        Assert.Empty(outside.Names());
    }

    [Fact]
    public async Task What_git_and_millrace_keep_is_never_versioned()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        Directory.CreateDirectory(Path.Join(checkout.Folder, "sub/.git"));
        checkout.Write("sub/.git/config", "x");
        checkout.Write("sub/file", "x");

        await checkout.CommitAsync("one");

        var commit = await checkout.Versions.ResolveAsync("HEAD", Cancel);
        Assert.Equal(
            ["sub/file"], checkout.Versions.ListFiles(checkout.Versions.ReadCommit(commit).Tree).Select(f => f.Path));
        Assert.Equal("path-outside", Assert.Throws<MillraceException>(
            () => checkout.Versions.RelativePath(".millrace/format", checkout.Folder)).Code);
        Assert.Equal("path-outside", Assert.Throws<MillraceException>(
            () => checkout.Versions.RelativePath("../x", checkout.Folder)).Code);
    }

    [Fact]
    public async Task Deleted_and_ignored_files_are_treated_as_git_does()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        checkout.Write("data/.millraceignore", "*.tmp\n!keep.tmp\n");
        await checkout.CommitAsync(
            "one", ("data/a.tmp", "1"), ("data/keep.tmp", "2"), ("data/x", "3"), ("gone/y", "4"));
        Directory.Delete(Path.Join(checkout.Folder, "gone"), recursive: true);
        File.Delete(Path.Join(checkout.Folder, "data/x"));

        Assert.Equal(["deleted data/x", "deleted gone/y"], await checkout.StatusAsync());
        Assert.Equal("path-ignored", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.AddAsync(["data/a.tmp"], cancellationToken: Cancel))).Code);
        await checkout.Versions.AddAsync(["data/a.tmp"], takesIgnored: true, cancellationToken: Cancel);
        await checkout.Versions.AddAsync(["gone", "data/x"], cancellationToken: Cancel);

        Assert.Equal(
            ["staged data/a.tmp", "staged data/x", "staged gone/y"], await checkout.StatusAsync());
        Assert.Equal("path-unknown", (await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.AddAsync(["nothing"], cancellationToken: Cancel))).Code);
    }

    [Fact]
    public async Task Restoring_brings_back_files_and_unstages()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", ("a", "1"), ("d/b", "1"));
        await checkout.CommitAsync("two", ("a", "2"), ("d/b", "2"));
        checkout.Write("a", "mine");
        File.Delete(Path.Join(checkout.Folder, "d/b"));

        await checkout.Versions.RestoreAsync(["a", "d"], null, isStaged: false, cancellationToken: Cancel);
        Assert.Equal("2", checkout.Read("a"));
        Assert.Equal("2", checkout.Read("d/b"));
        Assert.Empty(await checkout.StatusAsync());

        checkout.Write("a", "mine");
        await checkout.Versions.AddAsync(["a"], cancellationToken: Cancel);
        await checkout.Versions.RestoreAsync([""], null, isStaged: true, cancellationToken: Cancel);
        Assert.Equal(["modified a"], await checkout.StatusAsync());

        await checkout.Versions.RestoreAsync(["a"], "HEAD~1", isStaged: false, both: true, cancellationToken: Cancel);
        Assert.Equal("1", checkout.Read("a"));
        Assert.Equal(["staged a"], await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_restore_writes_what_can_be_read_and_names_what_is_lost()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("One", ("a", "one"), ("b", "two"), ("d/c", "three"));
        Damage.Flip(checkout.Workspace.Objects, ContentHash.Of("two"u8));
        foreach (var path in (string[])["a", "b", "d/c"])
            File.Delete(Path.Join(checkout.Folder, path));

        var failure = await Assert.ThrowsAsync<MillraceException>(() => checkout.Versions.RestoreAsync(
            [""], null, isStaged: false, cancellationToken: Cancel));

        Assert.Equal("object-damaged", failure.Code);
        Assert.StartsWith("2 files were written, and 1 could not be: b. ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("one", "three"), (checkout.Read("a"), checkout.Read("d/c")));
        Assert.False(checkout.Exists("b"));
        Assert.Equal(["deleted b"], await checkout.StatusAsync());
        Assert.Equal("object-damaged", (await Assert.ThrowsAsync<MillraceException>(() => checkout.Versions.TakeAsync(
            "HEAD", [], isForced: true, cancellationToken: Cancel))).Code);
        Assert.Equal(["deleted b"], await checkout.StatusAsync());
    }

    [Fact]
    public async Task A_lost_or_damaged_index_is_made_again_from_the_commit()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", ("a", "1"), ("d/b", "1"));
        var bytes = await File.ReadAllBytesAsync(checkout.IndexFile, Cancel);
        for (var at = 0; at < bytes.Length; at += 7)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 0x55;
            await File.WriteAllBytesAsync(checkout.IndexFile, damaged, Cancel);
            Assert.Equal("index-damaged", Assert.Throws<MillraceException>(
                () => FileIndex.Load(checkout.IndexFile)).Code);
        }

        File.Delete(checkout.IndexFile);
        await checkout.Versions.RestoreAsync([""], null, isStaged: true, cancellationToken: Cancel);

        Assert.Empty(await checkout.StatusAsync());
    }

    [Theory]
    [InlineData("hardlink")]
    [InlineData("reflink")]
    public async Task Linked_files_have_the_same_bytes(string mode)
    {
        await using var checkout = await TestCheckout.MakeAsync($"  checkout: {mode}\n");
        await checkout.CommitAsync("one", ("a", "1"), ("b", "1"), ("big", new string('x', 300_000)));
        await checkout.CommitAsync("two", ("a", "2"));

        await checkout.Versions.CheckoutAsync("HEAD~1", cancellationToken: Cancel);
        await checkout.Versions.CheckoutAsync("main", cancellationToken: Cancel);

        Assert.Equal("2", checkout.Read("a"));
        Assert.Empty(await checkout.StatusAsync());
        if (mode == "hardlink")
            Assert.False(File.GetUnixFileMode(Path.Join(checkout.Folder, "a")).HasFlag(UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task Names_that_other_systems_take_for_one_are_named()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", ("a/Read", "1"), ("a/read", "2"), ("b/x", "3"));

        var status = await checkout.Versions.StatusAsync(Cancel);

        Assert.Equal([("a/Read", "a/read")], status.Collisions);
    }

    [Fact]
    public async Task Everything_that_is_committed_or_staged_is_a_root()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await checkout.CommitAsync("one", ("a", "1"), ("d/b", "2"));
        await checkout.CommitAsync("two", ("a", "3"));
        checkout.Write("staged", "4");
        await checkout.Versions.AddAsync([""], cancellationToken: Cancel);

        var roots = new HashSet<ContentHash>();
        await foreach (var root in ((IRootSource)checkout.Versions).RootsAsync(Cancel))
            roots.Add(root.Hash);

        Assert.Empty(checkout.Workspace.Objects.List().Except(roots));
        foreach (var text in (string[])["1", "2", "3", "4"])
            Assert.Contains(ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(text)), roots);
    }
}
