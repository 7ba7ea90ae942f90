using Microsoft.Win32.SafeHandles;

namespace Millrace.Catalog;

/// <summary>An open file with a lock of flock(2) on it. The kernel releases it when the process ends, however it
/// ends.</summary>
/// <remarks>A child process has the descriptor from fork to exec, so a lock whose holder only closes the file stays
/// held for that moment. The lock is therefore given up by name (LOCK_UN), which holds for every copy of the
/// descriptor.</remarks>
sealed class LockedFile : IDisposable
{
    LockedFile(SafeFileHandle handle) => Handle = handle;

    /// <summary>The file, while the lock is held.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Locks an open file for this owner alone, or for many, without waiting.</summary>
    /// <param name="handle">The file; it is closed with the lock, and here when the lock is another's.</param>
    /// <param name="path">For an error.</param>
    /// <param name="isShared">Whether others may hold it as this one does.</param>
    /// <returns>Null when another holds it.</returns>
    /// <exception cref="MillraceException"><c>write-failed</c>: the file system knows no locks.</exception>
    public static LockedFile? TryLock(SafeFileHandle handle, string path, bool isShared = false) =>
        Lock(handle, path, (isShared ? Libc.LockShared : Libc.LockExclusive) | Libc.LockNonBlocking);

    /// <summary>Locks an open file for this owner alone, when its turn comes.</summary>
    /// <inheritdoc cref="TryLock"/>
    public static LockedFile Wait(SafeFileHandle handle, string path) => Lock(handle, path, Libc.LockExclusive)!;

    /// <summary>Gives the lock up and closes the file.</summary>
    public void Dispose()
    {
        if (!Handle.IsClosed)
            _ = Libc.Flock(Handle, Libc.LockRelease);
        Handle.Dispose();
    }

    static LockedFile? Lock(SafeFileHandle handle, string path, int operation)
    {
        while (Libc.Flock(handle, operation) != 0)
        {
            var error = DurableFile.LastError();
            if (error == Errno.Interrupted)
                continue;
            handle.Dispose();
            return error == Errno.WouldBlock ? null : throw DurableFile.Failure(error, path);
        }

        return new LockedFile(handle);
    }
}
