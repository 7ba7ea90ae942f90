using System.Text;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>Looks at single paths of a checkout, never through a link. For one thread, and for so short a time that a
/// folder which was missing still is.</summary>
sealed unsafe class PathProbe(string root) : IDisposable
{
    readonly FolderOpener _folders = new(root);
    string? _missing;

    /// <summary>What is at a path.</summary>
    /// <param name="path">From the root.</param>
    /// <param name="status">What stat(2) tells, when something is there.</param>
    /// <param name="blocking">The path above it that is a file or a link, or null.</param>
    public bool TryStatus(string path, out FileStatus status, out string? blocking)
    {
        status = default;
        blocking = null;
        // Most often the one before it was asked for in the same folder.
        if (_missing is not null && PlacedFile.IsIn(_missing, path))
            return false;
        var slash = path.LastIndexOf('/');
        var folder = path[..Math.Max(slash, 0)];
        var descriptor = _folders.TryOpen(folder, makes: false, out var error);
        if (descriptor < 0)
        {
            if (error is Errno.NotAFolder or Errno.TooManyLinks)
                blocking = FirstFile(folder);
            else if (error == Errno.NoEntry)
                _missing = folder;
            return false;
        }

        fixed (byte* name = FolderOpener.Bytes(path[(slash + 1)..]))
        fixed (FileStatus* target = &status)
            return Libc.FileStatusAt(descriptor, name, target, Libc.AtNoFollow) == 0;
    }

    /// <summary>Whether the file there has the content and kind of an entry.</summary>
    public bool IsEqual(string path, in FileStatus status, TreeEntry entry)
    {
        var kind = IndexRecord.KindOf(status.Mode);
        if (kind != entry.Kind || status.SizeBytes != entry.SizeBytes)
            return false;
        if (kind != TreeEntryKind.Link)
            return FileHash.Of(Path.Join(root, path)) == entry.Hash;
        var target = new FileInfo(Path.Join(root, path)).LinkTarget;
        return target is not null && ContentHash.Of(Encoding.UTF8.GetBytes(target)) == entry.Hash;
    }

    public void Dispose() => _folders.Dispose();

    string FirstFile(string folder)
    {
        for (var slash = folder.IndexOf('/', StringComparison.Ordinal); slash > 0;
             slash = folder.IndexOf('/', slash + 1))
        {
            if (_folders.TryOpen(folder[..slash], makes: false, out _) < 0)
                return folder[..slash];
        }

        return folder;
    }
}
