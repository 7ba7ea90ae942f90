using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Catalog;

/// <summary>Says that a living process owns a folder. The kernel releases it when the process ends, however it
/// ends.</summary>
/// <remarks>flock(2) on the file <see cref="FileName"/> in the folder; two locks of one process exclude each other
/// too. Only the holder may delete the lock file, and a folder whose lock file was deleted is not used
/// again.</remarks>
public sealed class FolderLock : IDisposable
{
    /// <summary>The name of the lock file in the folder.</summary>
    public const string FileName = ".lock";

    readonly LockedFile _file;

    FolderLock(LockedFile file) => _file = file;

    /// <summary>Takes the lock without waiting.</summary>
    /// <param name="folder">An existing folder; a folder that vanishes meanwhile gives null.</param>
    /// <returns>The lock, or null when another holds it or the folder is gone.</returns>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>.</exception>
    public static FolderLock? TryAcquire(string folder)
    {
        const int Flags = Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenCloseOnExec;
        var path = Path.Join(folder, FileName);
        var descriptor = Libc.Open(path, Flags, AsideFile.Writable);
        if (descriptor < 0)
        {
            var error = DurableFile.LastError();
            return error == Errno.NoEntry ? null : throw DurableFile.Failure(error, path);
        }
        var file = LockedFile.TryLock(new SafeFileHandle(descriptor, ownsHandle: true), path);
        // A sweep may have deleted the file between the open and the lock; that lock would guard nothing.
        if (file is not null && File.Exists(path))
            return new FolderLock(file);
        file?.Dispose();
        return null;
    }

    /// <summary>Whether nobody holds the lock at this moment. For display: whoever wants to act on it takes the lock.
    ///</summary>
    /// <exception cref="MillraceException"><c>not-writable</c>, <c>write-failed</c>: the lock file cannot be opened.
    ///</exception>
    public static bool IsFree(string folder)
    {
        var path = Path.Join(folder, FileName);
        var descriptor = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec, 0);
        if (descriptor < 0)
        {
            var error = DurableFile.LastError();
            return error == Errno.NoEntry ? true : throw DurableFile.Failure(error, path);
        }
        using var file = LockedFile.TryLock(new SafeFileHandle(descriptor, ownsHandle: true), path, isShared: true);
        return file is not null;
    }

    /// <summary>The process that holds the lock, to be shown; null when nobody does or it cannot be told, as across
    /// the borders of a container.</summary>
    public static int? HolderOf(string folder)
    {
        var descriptor = Libc.Open(Path.Join(folder, FileName), Libc.OpenReadOnly | Libc.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return null;
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.FileStatus(file, out var status) != 0)
            return null;
        try
        {
            // 1: FLOCK  ADVISORY  WRITE 4711 08:01:131089 0 EOF
            var end = string.Create(CultureInfo.InvariantCulture, $":{status.Inode}");
            foreach (var line in File.ReadLines("/proc/locks"))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 6 && words[1] == "FLOCK" && words[5].EndsWith(end, StringComparison.Ordinal)
                    && int.TryParse(words[4], NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                    && process > 0)
                {
                    return process;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not shown here.
            return null;
        }

        return null;
    }

    /// <summary>Releases the lock; the file stays.</summary>
    public void Dispose() => _file.Dispose();
}
