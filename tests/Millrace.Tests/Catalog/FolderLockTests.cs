using System.Diagnostics;
using System.Globalization;
using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

public sealed class FolderLockTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_lock_has_one_holder_until_it_is_disposed()
    {
        Assert.True(FolderLock.IsFree(_scratch.Path));
        using (var held = FolderLock.TryAcquire(_scratch.Path))
        {
            Assert.NotNull(held);
            Assert.Null(FolderLock.TryAcquire(_scratch.Path));
            Assert.False(FolderLock.IsFree(_scratch.Path));
        }

        Assert.True(FolderLock.IsFree(_scratch.Path));
        using var again = FolderLock.TryAcquire(_scratch.Path);
        Assert.NotNull(again);
    }

    [Fact]
    public void A_folder_that_is_gone_gives_no_lock() => Assert.Null(FolderLock.TryAcquire(_scratch["gone"]));

    [Fact]
    public void A_lock_that_was_given_up_is_free_though_a_child_still_has_the_descriptor()
    {
        var held = FolderLock.TryAcquire(_scratch.Path)!;
        var path = _scratch[FolderLock.FileName];
        // What fork(2) does to every descriptor until exec(2) closes it.
        var descriptor = int.Parse(
            Path.GetFileName(Directory.EnumerateFiles("/proc/self/fd").First(file => IsLinkTo(file, path))),
            CultureInfo.InvariantCulture);
        var copy = Libc.Dup(descriptor);
        try
        {
            held.Dispose();

            using var taken = FolderLock.TryAcquire(_scratch.Path);
            Assert.NotNull(taken);
        }
        finally
        {
            _ = Libc.Close(copy);
        }
    }

    [Fact]
    public void The_kernel_releases_the_lock_of_a_killed_process()
    {
        var path = _scratch[FolderLock.FileName];
        var start = new ProcessStartInfo("flock", ["--no-fork", "-x", path, "sh", "-c", "echo held; exec sleep 600"])
        {
            RedirectStandardOutput = true,
        };
        using var holder = Process.Start(start)!;
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        Assert.Null(FolderLock.TryAcquire(_scratch.Path));

        holder.Kill();
        holder.WaitForExit();

        using var taken = FolderLock.TryAcquire(_scratch.Path);
        Assert.NotNull(taken);
    }

    static bool IsLinkTo(string link, string path)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName == path;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
