using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Catalog;

/// <summary>The system calls that .NET hides or weakens on Linux x86-64. Each returns −1 on failure, with the reason in
/// <see cref="Marshal.GetLastPInvokeError"/>.</summary>
static partial class Libc
{
    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 0x1;
    public const int OpenReadWrite = 0x2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenFolder = 0x10000;
    public const int OpenNoFollow = 0x20000;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;

    /// <summary>Opens the place alone: nothing is waited for, and no device is touched.</summary>
    public const int OpenPathOnly = 0x200000;

    public const int LockShared = 1;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int LockRelease = 8;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(SafeFileHandle handle);

    /// <summary>Begins to write a range to the disk and does not wait; nothing is durable by it.</summary>
    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncFileRange(SafeFileHandle handle, long offset, long count, uint flags);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string source, string target);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string source, string target);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeFileHandle handle, int operation);

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    public static partial int Dup(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Dup2(int descriptor, int target);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    public static partial int FileStatus(int descriptor, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    public static partial int FileStatus(SafeFileHandle handle, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static unsafe partial nint Read(int descriptor, byte* buffer, nint count);

    /// <summary>Fills one stretch after the other from a place in a file.</summary>
    [LibraryImport("libc", EntryPoint = "preadv", SetLastError = true)]
    public static unsafe partial nint ReadAt(SafeFileHandle handle, IoVector* parts, int count, long offset);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle handle, long length);
}
