using System.Runtime.InteropServices;
using Millrace.Catalog;

namespace Millrace.Objects.Packs;

/// <summary>A file that is read once from its beginning, without what .NET's own file handles cost for small files.
/// Links are not followed.</summary>
struct SourceFile : IDisposable
{
    int _descriptor;

    public FileStatus Status;

    /// <exception cref="MillraceException"><c>file-missing</c>, <c>file-unreadable</c>.</exception>
    public static SourceFile Open(string path, bool followsLinks)
    {
        int descriptor;
        var flags = Libc.OpenReadOnly | Libc.OpenCloseOnExec | Libc.OpenNonBlocking
            | (followsLinks ? 0 : Libc.OpenNoFollow);
        do
            descriptor = Libc.Open(path, flags, 0);
        while (descriptor < 0 && DurableFile.LastError() == Errno.Interrupted);
        if (descriptor < 0)
            throw Failure(DurableFile.LastError(), path);
        var file = new SourceFile { _descriptor = descriptor };
        if (Libc.FileStatus(descriptor, out file.Status) != 0)
        {
            var error = DurableFile.LastError();
            file.Dispose();
            throw Failure(error, path);
        }

        if (file.Status.IsRegularFile)
            return file;
        file.Dispose();
        throw new MillraceException(
            ErrorKind.Invalid, "file-unreadable", $"'{path}' is not a regular file.",
            "Only files can be stored; name one.");
    }

    /// <summary>Reads until the target is full or the file ends.</summary>
    public readonly unsafe int Read(Span<byte> target, string path)
    {
        var total = 0;
        fixed (byte* start = target)
        {
            while (total < target.Length)
            {
                var count = Libc.Read(_descriptor, start + total, target.Length - total);
                if (count == 0)
                    break;
                if (count > 0)
                    total += (int)count;
                else if (DurableFile.LastError() is var error && error != Errno.Interrupted)
                    throw Failure(error, path);
            }
        }

        return total;
    }

    /// <summary>Whether the file is as it was when it was opened.</summary>
    public readonly bool IsUnchanged() =>
        Libc.FileStatus(_descriptor, out var now) == 0 && now.IsSame(Status);

    public void Dispose()
    {
        _ = Libc.Close(_descriptor);
        _descriptor = -1;
    }

    static MillraceException Failure(Errno error, string path) => error is Errno.NoEntry or Errno.NotAFolder
        ? new MillraceException(
            ErrorKind.NotFound, "file-missing", $"File '{path}' does not exist.", "Check the path.")
        : new MillraceException(
            ErrorKind.Unavailable, "file-unreadable",
            $"'{path}' cannot be read: {Marshal.GetPInvokeErrorMessage((int)error)}.",
            "See to the cause that the message names, then run the command again.");
}
