using Microsoft.Win32.SafeHandles;

namespace Millrace.Catalog;

/// <summary>A new file that has no name of its own yet. Disposing deletes it unless it was renamed.</summary>
/// <remarks>For one thread at a time. Its errors name the file that it is going to be.</remarks>
sealed class AsideFile : IDisposable
{
    /// <summary>rw for all, less what the process's umask takes.</summary>
    public const uint Writable = 0b110_110_110;

    /// <summary>r for all: the handle that creates may still write.</summary>
    public const uint ReadOnly = 0b100_100_100;

    readonly SafeFileHandle _handle;
    readonly string _target;
    bool _isRenamed;

    /// <param name="path">Where it is written; nothing may be there.</param>
    /// <param name="target">What errors call it.</param>
    /// <param name="mode">Permissions, before the umask.</param>
    public AsideFile(string path, string target, uint mode)
    {
        _handle = DurableFile.Open(path, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive, mode);
        Path = path;
        _target = target;
    }

    public string Path { get; }

    public long SizeBytes { get; private set; }

    /// <summary>A file in the folder of its target.</summary>
    public static AsideFile Beside(string target) => new(
        System.IO.Path.Join(DurableFile.FolderOf(target), $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}"),
        target,
        Writable);

    /// <summary>Says that its writer lives, for as long as it does: whoever tidies up asks for the lock. Where the file
    /// system knows none, only age tells.</summary>
    public void Lock() => _ = Libc.Flock(_handle, Libc.LockExclusive | Libc.LockNonBlocking);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, SizeBytes);
            SizeBytes += bytes.Length;
        }
        catch (IOException exception)
        {
            throw DurableFile.Translate(exception, _target);
        }
    }

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await RandomAccess.WriteAsync(_handle, bytes, SizeBytes, cancellationToken).ConfigureAwait(false);
            SizeBytes += bytes.Length;
        }
        catch (IOException exception)
        {
            throw DurableFile.Translate(exception, _target);
        }
    }

    /// <summary>Lets the caller write through a stream, once and before anything else.</summary>
    public void Append(Action<Stream> write)
    {
        // The stream must not close the handle: an fsync through another one could miss an error.
        using var borrowed = new SafeFileHandle(_handle.DangerousGetHandle(), ownsHandle: false);
        try
        {
            // Inside, because a stream that could not be flushed tries, and fails, once more when it is disposed.
            using var stream = new FileStream(borrowed, FileAccess.Write);
            write(stream);
            stream.Flush();
            SizeBytes = stream.Length;
        }
        catch (IOException exception) when ((Errno)exception.HResult is Errno.NoSpace or Errno.QuotaExceeded)
        {
            // Other failures may be those of what the caller reads from, so they stay as they are.
            throw DurableFile.Translate(exception, _target);
        }
    }

    /// <summary>Returns when the bytes are on the disk. See <see cref="DurableFile.Sync(SafeFileHandle,
    /// string)"/>.</summary>
    public void Sync() => DurableFile.Sync(_handle, _target);

    /// <summary>Closes the file before its owner is done with its name.</summary>
    public void Close() => _handle.Dispose();

    /// <summary>Gives the file its name; the caller syncs the folder.</summary>
    public void RenameTo(string path)
    {
        DurableFile.Rename(Path, path);
        _isRenamed = true;
    }

    /// <summary>Closes the file, and deletes it unless it was renamed.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        if (!_isRenamed)
            File.Delete(Path);
    }
}
