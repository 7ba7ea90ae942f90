using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Catalog;

/// <summary>Files that are either wholly there after a crash or not at all. Everything that must last is written
/// through this class, because .NET hides errors of fsync(2) on Linux and its move is neither atomic nor
/// durable.</summary>
/// <remarks>A file is written aside in its own folder, under a name that starts with <see cref="AsidePrefix"/>,
/// synced, and given its name in one step; then the folder is synced, for the name lives there. A crash before the
/// last step leaves an aside file, which nobody reads and which may be deleted. All members may be used from many
/// threads.</remarks>
public static class DurableFile
{
    /// <summary>How the name of a file starts that has no name of its own yet.</summary>
    public const string AsidePrefix = ".tmp-";

    /// <summary>What follows the prefix: a number that is never the same.</summary>
    const int AsideDigits = 32;

    static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>The first failure of an fsync in this process, null while there was none. It is the one static state
    /// here: after a failed fsync the kernel drops the dirty pages and reports the error once, so a later fsync of
    /// anything that depends on them would return success over lost bytes. The process must not acknowledge another
    /// write.</summary>
    static string? _firstSyncFailure;

    /// <summary>Replaces or creates a file with what <paramref name="write"/> writes; readers see the old bytes or
    /// the new.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content. When it throws, the aside file is deleted and nothing changes.</param>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>; or
    /// <c>fsync-failed</c>, after which the file has its old or its new content, each of them whole.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var aside = AsideFile.Beside(path);
        aside.Append(write);
        Place(aside, path);
    }

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="bytes">The whole content.</param>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var aside = AsideFile.Beside(path);
        aside.Append(bytes);
        Place(aside, path);
    }

    /// <summary>Creates a file if there is none of that name: of any number of writers, in any number of processes,
    /// exactly one gets true.</summary>
    /// <returns>False when the path exists; its content is then untouched and its name is durable.</returns>
    /// <exception cref="MillraceException">As for <see cref="Write(string, Action{Stream})"/>.</exception>
    public static bool TryPut(string path, ReadOnlySpan<byte> bytes)
    {
        bool linked;
        using (var aside = AsideFile.Beside(path))
        {
            aside.Append(bytes);
            aside.Sync();
            linked = TryLink(aside.Path, path);
        }
        // Also after losing: whoever builds on the winner's file must not find it gone after a crash.
        SyncFolder(FolderOf(path));
        return linked;
    }

    /// <summary>Gives an existing file a second name if that name is free. It does not sync the folder.</summary>
    /// <returns>False when <paramref name="target"/> exists.</returns>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>.</exception>
    public static bool TryLink(string source, string target)
    {
        if (Libc.Link(source, target) == 0)
            return true;
        var error = LastError();
        return error == Errno.Exists ? false : throw Failure(error, target);
    }

    /// <summary>Moves a synced file or a folder to its final name, over a file that may be there, and syncs the
    /// folders.</summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>,
    /// <c>fsync-failed</c>.</exception>
    public static void Publish(string source, string target)
    {
        Rename(source, target);
        SyncFolder(FolderOf(target));
        if (FolderOf(source) != FolderOf(target))
            SyncFolder(FolderOf(source));
    }

    /// <summary>Returns when the file's bytes and size are on the disk.</summary>
    /// <param name="handle">The handle that wrote: a new one may miss an error that the kernel met earlier.</param>
    /// <param name="path">The file's name for messages.</param>
    /// <exception cref="MillraceException"><c>fsync-failed</c>, also when any earlier sync of this process failed;
    /// <c>disk-full</c>.</exception>
    public static void Sync(SafeFileHandle handle, string path) => Sync(handle, path, isFolder: false);

    /// <summary>Returns when all that was written to a file system is on the disk; cheaper than many single syncs.
    /// </summary>
    /// <param name="folder">A folder there that was opened before the writing began: it sees errors from then on.
    /// </param>
    /// <param name="path">The folder's name for messages.</param>
    /// <exception cref="MillraceException"><c>fsync-failed</c>.</exception>
    internal static void SyncFileSystem(SafeFileHandle folder, string path)
    {
        if (Libc.SyncFileSystem(folder) != 0)
            Interlocked.CompareExchange(ref _firstSyncFailure, $"'{path}': {Describe(LastError())}", null);
        if (Volatile.Read(ref _firstSyncFailure) is { } failure)
            throw SyncFailure(path, failure);
    }

    /// <summary>Returns when the folder's names are on the disk.</summary>
    /// <exception cref="MillraceException">As for <see cref="Sync(SafeFileHandle, string)"/>.</exception>
    public static void SyncFolder(string path)
    {
        using var handle = Open(path, Libc.OpenReadOnly | Libc.OpenFolder, 0);
        Sync(handle, path, isFolder: true);
    }

    /// <summary>Creates a folder and its missing parents, each durable in its parent. Does nothing when it
    /// exists.</summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>,
    /// <c>fsync-failed</c>.</exception>
    public static void CreateFolder(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            return;
        var parent = FolderOf(full);
        CreateFolder(parent);
        MakeFolder(full);
        SyncFolder(parent);
    }

    /// <summary>Creates a folder and its missing parents, none of them durable: for what need not outlive a crash.
    /// </summary>
    /// <exception cref="MillraceException"><c>disk-full</c>, <c>not-writable</c>, <c>write-failed</c>.</exception>
    internal static void MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Translate(exception, path);
        }
    }

    /// <summary>Turns a failure to write, as .NET reports it, into the error that says what to do.</summary>
    /// <returns>The same exception when it is none of writing.</returns>
    internal static Exception Translate(Exception exception, string path) => exception switch
    {
        UnauthorizedAccessException => Failure(Errno.AccessDenied, path, exception),
        // On Linux .NET puts the error number itself there; its own codes are negative.
        IOException { HResult: > 0 } => Failure((Errno)exception.HResult, path, exception),
        IOException => new MillraceException(
            ErrorKind.Unavailable,
            "write-failed",
            $"'{path}' could not be written: {exception.Message}",
            "See to the cause that the message names, then run the command again.",
            exception),
        _ => exception,
    };

    /// <summary>Moves without syncing the folder; the caller syncs it once for many.</summary>
    internal static void Rename(string source, string target)
    {
        if (Libc.Rename(source, target) != 0)
            throw Failure(LastError(), target);
    }

    /// <summary>Opens through open(2): unlike .NET it takes no lock, and the mode is the caller's.</summary>
    internal static SafeFileHandle Open(string path, int flags, uint mode)
    {
        int descriptor;
        do
            descriptor = Libc.Open(path, flags | Libc.OpenCloseOnExec, mode);
        while (descriptor < 0 && LastError() == Errno.Interrupted);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(LastError(), path);
    }

    /// <summary>Whether a file of this name was written aside: it has no content that counts, and nobody misses it.
    /// </summary>
    /// <param name="name">As the file system has it.</param>
    internal static bool IsAsideName(ReadOnlySpan<byte> name) =>
        name.Length == AsidePrefix.Length + AsideDigits && name.StartsWith(".tmp-"u8)
        && !name[AsidePrefix.Length..].ContainsAnyExcept(HexDigits);

    internal static Errno LastError() => (Errno)Marshal.GetLastPInvokeError();

    internal static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";

    internal static MillraceException Failure(Errno error, string path, Exception? inner = null) => error switch
    {
        Errno.NoSpace or Errno.QuotaExceeded => new MillraceException(
            ErrorKind.Unavailable,
            "disk-full",
            $"The disk of '{FolderOf(path)}' is full ({Describe(error)}) while writing '{Path.GetFileName(path)}'.",
            "Free some space and run the command again; nothing half-written is kept.",
            inner),
        Errno.AccessDenied or Errno.NotPermitted or Errno.ReadOnlyFileSystem => new MillraceException(
            ErrorKind.Unavailable,
            "not-writable",
            $"'{path}' may not be written: {Describe(error)}.",
            "Give this user the right to write there, or choose another folder.",
            inner),
        _ => new MillraceException(
            ErrorKind.Unavailable,
            "write-failed",
            $"'{path}' could not be written: {Describe(error)}.",
            "See to the cause that the message names, then run the command again.",
            inner),
    };

    static void Place(AsideFile aside, string path)
    {
        aside.Sync();
        aside.RenameTo(path);
        SyncFolder(FolderOf(path));
    }

    static void Sync(SafeFileHandle handle, string path, bool isFolder)
    {
        if (Volatile.Read(ref _firstSyncFailure) is { } first)
            throw SyncFailure(path, $"an earlier fsync of this process failed ({first})");
        while (Libc.Fsync(handle) != 0)
        {
            var error = LastError();
            if (error == Errno.Interrupted)
                continue;
            // Some network file systems have no sync for folders and say so; their names are durable at once.
            if (isFolder && error == Errno.InvalidArgument)
                return;
            // A full disk is found out here by file systems that allocate late. The caller drops this one file.
            if (error is Errno.NoSpace or Errno.QuotaExceeded)
                throw Failure(error, path);
            Interlocked.CompareExchange(ref _firstSyncFailure, $"'{path}': {Describe(error)}", null);
            throw SyncFailure(path, Describe(error));
        }
    }

    static MillraceException SyncFailure(string path, string cause) => new(
        ErrorKind.Unavailable,
        "fsync-failed",
        $"'{path}' could not be made durable: {cause}.",
        "Look for disk errors in the kernel's log. Then start again: a new process reads what the disk really holds.");

    static string Describe(Errno error) => $"{Marshal.GetPInvokeErrorMessage((int)error)}, errno {(int)error}";
}
