using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;

namespace Millrace.Sources.Loading;

/// <summary>What a path leads to, over links, found out without opening it: opening a pipe would wait for whoever
/// writes to it.</summary>
static class SourceStatus
{
    /// <exception cref="MillraceException"><c>source-missing</c>, <c>source-denied</c>, <c>source-unavailable</c>.
    /// </exception>
    public static FileStatus Of(string path) =>
        TryOf(path, out var status, out var error) ? status : throw Failure(path, error, null);

    /// <summary>The same, with the reason why it can't be told.</summary>
    public static bool TryOf(string path, out FileStatus status, out Errno error)
    {
        error = default;
        status = default;
        var descriptor = Libc.Open(path, Libc.OpenPathOnly | Libc.OpenCloseOnExec, 0);
        if (descriptor < 0)
        {
            error = DurableFile.LastError();
            return false;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.FileStatus(handle, out status) == 0)
        {
            return true;
        }

        error = DurableFile.LastError();
        return false;
    }

    /// <summary>The error of a source that can't be opened.</summary>
    public static MillraceException Failure(string path, Errno error, Exception? inner) => error switch
    {
        Errno.NoEntry or Errno.NotAFolder => new MillraceException(
            ErrorKind.NotFound, "source-missing", $"There is no file '{path}'.",
            "Correct the path; it begins at the folder that the command runs in.", inner),
        Errno.AccessDenied or Errno.NotPermitted => Denied(path, inner),
        _ => new MillraceException(
            ErrorKind.Unavailable, "source-unavailable", $"'{path}' can't be opened: {Describe(error)}.",
            "See to the cause that the message names, then run the same command again. Nothing was added.", inner),
    };

    public static MillraceException Denied(string path, Exception? inner) => new(
        ErrorKind.Unavailable, "source-denied", $"'{path}' may not be read by this user.",
        "Give this user the right to read it, or leave it out of the sources. Nothing was added.", inner);

    public static string Describe(Errno error) => Marshal.GetPInvokeErrorMessage((int)error);
}
