namespace Millrace.SystemTests.Fixtures;

/// <summary>A file system in memory whose size can be changed. Needs root, as the whole suite does.</summary>
sealed class SmallDisk : IAsyncDisposable
{
    const int PageSize = 4096;

    readonly ScratchFolder _mountPoint = new();

    SmallDisk()
    {
    }

    public string Path => _mountPoint.Path;

    public string this[string name] => _mountPoint[name];

    public static async Task<SmallDisk> MountAsync(long sizeBytes)
    {
        var disk = new SmallDisk();
        await Shell.RunAsync("mount", "-t", "tmpfs", "-o", $"size={sizeBytes}", "tmpfs", disk.Path);
        return disk;
    }

    /// <summary>Makes it so large that this much is free.</summary>
    public async Task LeaveFreeAsync(long freeBytes)
    {
        var drive = new DriveInfo(Path);
        var used = drive.TotalSize - drive.TotalFreeSpace;
        var size = (used + freeBytes + PageSize - 1) / PageSize * PageSize;
        await Shell.RunAsync("mount", "-o", $"remount,size={size}", Path);
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync("umount", "-l", Path);
        _mountPoint.Dispose();
    }
}
