using System.Text;
using Millrace.Catalog;

namespace Millrace.Versions.Files;

/// <summary>Opens folders below a root one name at a time, so that no symbolic link leads out of it. For one thread.
/// </summary>
sealed unsafe class FolderOpener : IDisposable
{
    const int OpenMax = 64;
    const uint FolderMode = 0b111_111_111;

    readonly string _root;
    readonly int _descriptor;
    readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <exception cref="MillraceException"><c>not-writable</c>, <c>write-failed</c>.</exception>
    public FolderOpener(string root)
    {
        _root = root;
        var name = Bytes(root);
        fixed (byte* start = name)
        {
            _descriptor = Libc.OpenAt(
                Libc.AtCurrentFolder, start, Libc.OpenReadOnly | Libc.OpenFolder | Libc.OpenCloseOnExec, 0);
        }

        if (_descriptor < 0)
            throw DurableFile.Failure(DurableFile.LastError(), root);
    }

    public int Root => _descriptor;

    public static byte[] Bytes(string name) => Encoding.UTF8.GetBytes(name + "\0");

    /// <summary>The folder at a path, made when it is missing.</summary>
    /// <exception cref="MillraceException"><c>path-blocked</c>: a file or a link stands there; and those of writing.
    /// </exception>
    public int OpenOrMake(string path) => TryOpen(path, makes: true, out var error) is >= 0 and var descriptor
        ? descriptor
        : throw (error is Errno.NotAFolder or Errno.TooManyLinks
            ? new MillraceException(
                ErrorKind.Conflict, "path-blocked", $"'{path}' in '{_root}' is not a folder, or is a link.",
                "Move it away, then run the command again: nothing is written through a link.")
            : DurableFile.Failure(error, Path.Join(_root, path)));

    /// <returns>−1 when it is not there, or not a folder.</returns>
    public int TryOpen(string path, bool makes, out Errno error)
    {
        error = 0;
        if (path.Length == 0)
            return _descriptor;
        if (_open.TryGetValue(path, out var known))
            return known;
        var slash = path.LastIndexOf('/');
        var above = TryOpen(path[..Math.Max(slash, 0)], makes, out error);
        if (above < 0)
            return -1;
        var name = Bytes(path[(slash + 1)..]);
        fixed (byte* start = name)
        {
            const int Flags = Libc.OpenReadOnly | Libc.OpenFolder | Libc.OpenNoFollow | Libc.OpenCloseOnExec;
            var descriptor = Libc.OpenAt(above, start, Flags, 0);
            if (descriptor < 0 && DurableFile.LastError() == Errno.NoEntry && makes)
            {
                if (Libc.MakeFolderAt(above, start, FolderMode) != 0 && DurableFile.LastError() != Errno.Exists)
                {
                    error = DurableFile.LastError();
                    return -1;
                }

                descriptor = Libc.OpenAt(above, start, Flags, 0);
            }

            if (descriptor < 0)
            {
                error = DurableFile.LastError();
                return -1;
            }

            if (_open.Count >= OpenMax)
                CloseAllBut(path[..Math.Max(slash, 0)]);
            _open.Add(path, descriptor);
            return descriptor;
        }
    }

    /// <summary>Forgets a folder that was removed.</summary>
    public void Forget(string path)
    {
        if (_open.Remove(path, out var descriptor))
            _ = Libc.Close(descriptor);
    }

    public void Dispose()
    {
        CloseAllBut(null);
        _ = Libc.Close(_descriptor);
    }

    void CloseAllBut(string? path)
    {
        foreach (var (known, descriptor) in _open.ToList())
        {
            if (known == path)
                continue;
            _ = Libc.Close(descriptor);
            _open.Remove(known);
        }
    }
}
