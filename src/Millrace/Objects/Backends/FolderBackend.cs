using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Millrace.Catalog;

namespace Millrace.Objects.Backends;

/// <summary>A remote in a folder, be it of this disk or a mounted one. Any number of processes use it at once.
/// </summary>
/// <remarks>A file is written aside, synced and named in one step, so that readers see it whole; put-if-absent is
/// link(2); a replacement compares under flock(2) of one file in the folder.</remarks>
/// <param name="folder">Made at the first write.</param>
/// <param name="time">Tells how old files are; null is the system's clock.</param>
sealed class FolderBackend(string folder, TimeProvider? time = null) : IObjectBackend
{
    /// <summary>The file that replacements lock; no name on the backend may be it.</summary>
    public const string LockName = ".millrace-lock";

    const int BlockSize = 1 << 20;

    /// <summary>The beginning of the name of a file that its writer holds the lock of until it has its name.</summary>
    const string HeldPrefix = DurableFile.AsidePrefix + "put-";

    /// <summary>How old such a file is at least when it is swept, so that its writer has the lock if it
    /// lives.</summary>
    static readonly TimeSpan HeldAgeMin = TimeSpan.FromMinutes(1);

    /// <summary>How old any other is: those are small, and nobody writes to one for so long.</summary>
    static readonly TimeSpan AsideAgeMin = TimeSpan.FromDays(1);

    readonly string _folder = Path.GetFullPath(folder);
    readonly TimeProvider _time = time ?? TimeProvider.System;

    public string Description => _folder;

    public bool IsThere => Directory.Exists(_folder);

    public async IAsyncEnumerable<BackendEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        var slash = prefix.LastIndexOf('/');
        if (slash >= 0)
            BackendName.Check(prefix[..slash]);
        var start = slash < 0 ? _folder : Path.Join(_folder, prefix[..slash]);
        if (!Directory.Exists(start))
            yield break;
        var found = new List<BackendEntry>();
        foreach (var file in new DirectoryInfo(start).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(_folder, file.FullName);
            if (name.StartsWith(prefix, StringComparison.Ordinal) && BackendName.IsValid(name) && file.Exists)
                found.Add(new BackendEntry(name, file.Length));
        }

        found.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        foreach (var entry in found)
            yield return entry;
    }

    public async Task<BackendValue?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        using var handle = TryOpen(name);
        if (handle is null)
            return null;
        var size = RandomAccess.GetLength(handle);
        if (size > BackendValue.SizeMax)
            throw BackendErrors.Large(Description, name, size);
        var bytes = new byte[size];
        await ReadAsync(handle, bytes, 0, cancellationToken).ConfigureAwait(false);
        return new BackendValue(bytes, ContentHash.Of(bytes).ToString());
    }

    public async Task<int> ReadAsync(
        string name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        using var handle = TryOpen(name) ?? throw BackendErrors.FileMissing(Description, name);
        return await ReadAsync(handle, target, offset, cancellationToken).ConfigureAwait(false);
    }

    public async Task PutAsync(string name, Stream content, long length, CancellationToken cancellationToken)
    {
        var path = Prepare(name);
        var block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            using var aside = new AsideFile(
                Path.Join(DurableFile.FolderOf(path), $"{HeldPrefix}{Guid.NewGuid():N}"), path, AsideFile.Writable);
            aside.Lock();
            int count;
            while ((count = await content.ReadAtLeastAsync(block, block.Length, false, cancellationToken)
                .ConfigureAwait(false)) > 0)
            {
                await aside.AppendAsync(block.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }

            if (aside.SizeBytes != length)
                throw BackendErrors.Length(Description, name, length, aside.SizeBytes);
            aside.Sync();
            aside.RenameTo(path);
            DurableFile.SyncFolder(DurableFile.FolderOf(path));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    public Task<bool> TryPutAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var path = Prepare(name);
        return Task.Run(() => DurableFile.TryPut(path, bytes.Span), cancellationToken);
    }

    public Task<bool> TryReplaceAsync(
        string name, ReadOnlyMemory<byte> bytes, string tag, CancellationToken cancellationToken)
    {
        var path = Prepare(name);
        return Task.Run(
            () =>
            {
                using var held = Lock();
                if (!File.Exists(path) || ContentHash.Of(File.ReadAllBytes(path)).ToString() != tag)
                    return false;
                DurableFile.Write(path, bytes.Span);
                return true;
            },
            cancellationToken);
    }

    public Task<bool> TryDeleteAsync(string name, string tag, CancellationToken cancellationToken)
    {
        BackendName.Check(name);
        return Task.Run(
            () =>
            {
                if (!Directory.Exists(_folder))
                    return false;
                using var held = Lock();
                var path = Path.Join(_folder, name);
                if (!File.Exists(path) || ContentHash.Of(File.ReadAllBytes(path)).ToString() != tag)
                    return false;
                Delete(path);
                DeleteEmpty(DurableFile.FolderOf(path));
                return true;
            },
            cancellationToken);
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        BackendName.Check(name);
        return Task.Run(
            () =>
            {
                if (!Directory.Exists(_folder))
                    return;
                using var held = Lock();
                var path = Path.Join(_folder, name);
                if (File.Exists(path))
                    Delete(path);
            },
            cancellationToken);
    }

    public Task<long> DropLeftoversAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var dropped = 0L;
            if (!Directory.Exists(_folder))
                return dropped;
            var now = _time.GetUtcNow();
            // To .NET a name that begins with a dot is hidden, and hidden files it skips.
            var options = new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = FileAttributes.ReparsePoint,
            };
            foreach (var file in new DirectoryInfo(_folder).EnumerateFiles(DurableFile.AsidePrefix + "*", options))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var isHeld = file.Name.StartsWith(HeldPrefix, StringComparison.Ordinal);
                if (file.Exists && now - file.LastWriteTimeUtc > (isHeld ? HeldAgeMin : AsideAgeMin))
                    dropped += DropLeftover(file);
            }

            return dropped;
        },
        cancellationToken);

    public void Dispose()
    {
    }

    static long DropLeftover(FileInfo file)
    {
        try
        {
            // The lock says that its writer lives, on whichever machine.
            var descriptor = Libc.Open(file.FullName, Libc.OpenReadWrite | Libc.OpenCloseOnExec, 0);
            if (descriptor < 0)
                return 0;
            using var held = LockedFile.TryLock(new SafeFileHandle(descriptor, ownsHandle: true), file.FullName);
            if (held is null)
                return 0;
            var size = RandomAccess.GetLength(held.Handle);
            file.Delete();
            return size;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or MillraceException)
        {
            // Another user's, or a file system without locks: it stays, and does no harm.
            return 0;
        }
    }

    static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Translate(exception, path);
        }

        DurableFile.SyncFolder(DurableFile.FolderOf(path));
    }

    /// <summary>Else a file could not have the name of a folder that nothing is in.</summary>
    void DeleteEmpty(string folder)
    {
        try
        {
            for (; folder.Length > _folder.Length; folder = DurableFile.FolderOf(folder))
            {
                Directory.Delete(folder);
                DurableFile.SyncFolder(DurableFile.FolderOf(folder));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something is in it, or came into it just now.
            return;
        }
    }

    static async Task<int> ReadAsync(
        SafeFileHandle handle, Memory<byte> target, long offset, CancellationToken cancellationToken)
    {
        var total = 0;
        while (total < target.Length)
        {
            var count = await RandomAccess.ReadAsync(handle, target[total..], offset + total, cancellationToken)
                .ConfigureAwait(false);
            if (count == 0)
                break;
            total += count;
        }

        return total;
    }

    string Prepare(string name)
    {
        BackendName.Check(name);
        var path = Path.Join(_folder, name);
        DurableFile.CreateFolder(DurableFile.FolderOf(path));
        return path;
    }

    SafeFileHandle? TryOpen(string name)
    {
        BackendName.Check(name);
        var path = Path.Join(_folder, name);
        var descriptor = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec, 0);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        var error = DurableFile.LastError();
        if (!File.Exists(path))
            return null;
        throw new MillraceException(
            ErrorKind.Unavailable, "remote-denied", $"'{path}' cannot be read (errno {(int)error}).",
            "Give this user the right to read the remote's folder.");
    }

    LockedFile Lock()
    {
        var path = Path.Join(_folder, LockName);
        return LockedFile.Wait(
            DurableFile.Open(path, Libc.OpenReadWrite | Libc.OpenCreate, AsideFile.Writable), path);
    }
}
