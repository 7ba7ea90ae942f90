using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;

namespace Millrace.Versions.Dvc;

/// <summary>A place that has DVC's objects: a cache, or a remote of any kind.</summary>
/// <param name="Name">For messages, without credentials.</param>
/// <param name="OpenAsync">Opens what lies at a key such as <c>files/md5/ab/cdef…</c>; null when nothing does. It is
/// called from several threads at once.</param>
public sealed record DvcSource(string Name, Func<string, CancellationToken, Task<Stream?>> OpenAsync)
{
    /// <summary>A cache or a remote that is a folder.</summary>
    public static DvcSource OfFolder(string folder) =>
        new(folder, (key, _) => Task.FromResult<Stream?>(Open(folder, key)));

    /// <returns>Null when there is no file. A pipe or a device, at which an open or a read could wait for ever, is
    /// refused.</returns>
    internal static FileStream? Open(string folder, string key)
    {
        var path = Path.Join(folder, key);
        var descriptor = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec | Libc.OpenNonBlocking, 0);
        if (descriptor < 0)
        {
            var error = DurableFile.LastError();
            return error is Errno.NoEntry or Errno.NotAFolder
                ? null : throw Unreadable(path, Marshal.GetPInvokeErrorMessage((int)error));
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.FileStatus(handle, out var status) == 0 && status.IsRegularFile)
            return new FileStream(handle, FileAccess.Read, 0);
        handle.Dispose();
        throw Unreadable(path, "it is not a regular file");
    }

    static MillraceException Unreadable(string path, string fact) => new(
        ErrorKind.Unavailable, "file-unreadable", $"'{path}' cannot be read: {fact}.",
        "See to the cause that the message names, then run the command again.");
}
