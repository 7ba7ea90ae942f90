using System.Diagnostics;

namespace Millrace.Tests.CatalogRoom;

/// <summary>A file system of 1 MiB, to be filled. Needs root, as the whole suite does.</summary>
sealed class TinyDisk : IDisposable
{
    readonly ScratchFolder _mountPoint = new();

    public TinyDisk() => Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", Path);

    public string Path => _mountPoint.Path;

    public void Resize(string size) => Run("mount", "-o", $"remount,size={size}", Path);

    /// <summary>Leaves so many bytes free, of however many are there.</summary>
    public void LeaveFree(long bytes)
    {
        var drive = new DriveInfo(Path);
        Resize($"{drive.TotalSize - drive.TotalFreeSpace + bytes}");
    }

    /// <summary>Also root is refused then, who may write whatever the file modes say.</summary>
    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        Run("umount", "-l", Path);
        _mountPoint.Dispose();
    }

    static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
