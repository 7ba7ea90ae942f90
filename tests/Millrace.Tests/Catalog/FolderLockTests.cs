using System.Diagnostics;
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
}
