using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;

namespace Millrace.Versions.Dvc;

/// <summary>Writes objects into a DVC cache, or a remote that is a folder: read-only files whose names are given only
/// when their bytes are on the disk.</summary>
/// <remarks>Files are written aside in windows; one sync of the file system makes a window durable before any of its
/// names is given.</remarks>
sealed class DvcCacheFolder : IDisposable
{
    const int WindowCount = 4096;
    const int BlockSize = 1 << 18;
    const string Prefix = "files/md5";

    readonly string _folder;
    readonly SafeFileHandle _handle;
    readonly List<(AsideFile File, string Target)> _written = [];
    readonly byte[] _block = new byte[BlockSize];

    /// <param name="folder">The cache; made if it is not there.</param>
    public DvcCacheFolder(string folder)
    {
        _folder = Path.GetFullPath(folder);
        DurableFile.CreateFolder(Path.Combine(_folder, Prefix));
        _handle = DurableFile.Open(_folder, Libc.OpenReadOnly | Libc.OpenFolder, 0);
    }

    /// <summary>Objects that were written.</summary>
    public long WrittenCount { get; private set; }

    /// <summary>Whether the cache has the object, and with the bytes that its name says.</summary>
    public bool Contains(DvcDigest digest)
    {
        try
        {
            using var file = File.OpenRead(Path.Join(_folder, digest.Key));
            using var hasher = new DvcHasher(DvcDigest.Md5);
            for (var count = file.Read(_block); count > 0; count = file.Read(_block))
                hasher.Append(_block.AsSpan(0, count));
            return hasher.Complete() == digest.Hex;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Writes content that is not there yet.</summary>
    /// <returns>What it is called.</returns>
    public DvcDigest Write(Stream content, bool isFolder)
    {
        var aside = new AsideFile(
            // At the root, where DVC looks for nothing that has such a name.
            Path.Join(_folder, $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}"),
            Path.Join(_folder, Prefix), AsideFile.ReadOnly);
        try
        {
            using var hasher = new DvcHasher(DvcDigest.Md5);
            for (var count = content.Read(_block); count > 0; count = content.Read(_block))
            {
                hasher.Append(_block.AsSpan(0, count));
                aside.Append(_block.AsSpan(0, count));
            }

            var digest = new DvcDigest(DvcDigest.Md5, hasher.Complete(), isFolder);
            aside.Close();
            _written.Add((aside, Path.Join(_folder, digest.Key)));
            if (_written.Count >= WindowCount)
                Flush();
            return digest;
        }
        catch
        {
            aside.Dispose();
            throw;
        }
    }

    /// <summary>Returns when all that was written has its name and survives a power cut.</summary>
    public void Flush()
    {
        if (_written.Count == 0)
            return;
        DurableFile.SyncFileSystem(_handle, _folder);
        foreach (var (file, target) in _written)
        {
            DurableFile.MakeFolder(Path.GetDirectoryName(target)!);
            // What lies there under that name was found wanting, or is the same.
            file.RenameTo(target);
            file.Dispose();
        }

        DurableFile.SyncFileSystem(_handle, _folder);
        WrittenCount += _written.Count;
        _written.Clear();
    }

    public void Dispose()
    {
        foreach (var (file, _) in _written)
            file.Dispose();
        _written.Clear();
        _handle.Dispose();
    }
}
