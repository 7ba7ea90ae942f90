using System.Buffers;
using System.Security.Cryptography;
using Millrace.Catalog;

namespace Millrace.Objects;

/// <summary>Where content waits until it is durable: a folder of this process below <c>tmp/</c> in the store, locked
/// while the process lives.</summary>
/// <remarks>It lies in the store so that a rename can move a file to its place.</remarks>
sealed class ObjectStaging(ObjectLayout layout) : IDisposable
{
    /// <summary>Content up to this size is hashed in memory and written only if the store lacks it; larger content is
    /// written in blocks of it.</summary>
    const int BlockSize = 1024 * 1024;

    /// <summary>A sweep may win the race for a folder just made; twice in a row does not happen by chance.</summary>
    const int FolderAttemptsMax = 10;

    readonly Lock _lock = new();
    FolderLock? _owner;
    string _folder = "";
    long _nextNumber;

    public static FileStream OpenSource(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MillraceException(
                ErrorKind.NotFound,
                "file-missing",
                $"File '{path}' does not exist.",
                "Check the path.",
                exception);
        }
    }

    public StagedObject Stage(ReadOnlySpan<byte> bytes)
    {
        var hash = ContentHash.Of(bytes);
        if (layout.HasWhole(hash, bytes.Length))
            return new StagedObject(hash, null);
        var aside = CreateAside(hash.ToString());
        try
        {
            aside.Append(bytes);
            return new StagedObject(hash, aside);
        }
        catch
        {
            aside.Dispose();
            throw;
        }
    }

    public async Task<StagedObject> StageAsync(Stream source, CancellationToken cancellationToken)
    {
        var block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            var count = await FillAsync(block, source, cancellationToken).ConfigureAwait(false);
            return count < BlockSize
                ? Stage(block.AsSpan(0, count))
                : await StageLargeAsync(block, source, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Deletes what dead processes left.</summary>
    public void Sweep()
    {
        if (!Directory.Exists(layout.StagingFolder))
            return;
        foreach (var folder in Directory.EnumerateDirectories(layout.StagingFolder))
        {
            try
            {
                using var owner = FolderLock.TryAcquire(folder);
                if (owner is not null)
                    Directory.Delete(folder, recursive: true);
            }
            catch (Exception exception)
                when (exception is IOException or UnauthorizedAccessException or MillraceException)
            {
                // Leftovers harm nobody: on a read-only disk, or beside another sweep, they simply stay.
            }
        }
    }

    /// <summary>Deletes this process's folder and releases it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_owner is null)
                return;
            Directory.Delete(_folder, recursive: true);
            _owner.Dispose();
            _owner = null;
        }
    }

    /// <summary>Hashes and writes at once, on two cores: while one block is being written, it is hashed.</summary>
    async Task<StagedObject> StageLargeAsync(byte[] block, Stream source, CancellationToken cancellationToken)
    {
        var aside = CreateAside("a new object");
        var isKept = false;
        try
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var count = BlockSize;
            while (count > 0)
            {
                var write = aside.AppendAsync(block.AsMemory(0, count), cancellationToken).AsTask();
                sha.AppendData(block, 0, count);
                await write.ConfigureAwait(false);
                count = await FillAsync(block, source, cancellationToken).ConfigureAwait(false);
            }
            var hash = ContentHash.OfFinished(sha);
            isKept = !layout.HasWhole(hash, aside.SizeBytes);
            return new StagedObject(hash, isKept ? aside : null);
        }
        finally
        {
            if (!isKept)
                aside.Dispose();
        }
    }

    static ValueTask<int> FillAsync(byte[] block, Stream source, CancellationToken cancellationToken) =>
        source.ReadAtLeastAsync(
            block.AsMemory(0, BlockSize),
            BlockSize,
            throwOnEndOfStream: false,
            cancellationToken);

    AsideFile CreateAside(string name)
    {
        var path = Path.Join(OwnFolder(), Interlocked.Increment(ref _nextNumber).ToString());
        return new AsideFile(path, Path.Join(layout.Folder, name), AsideFile.ReadOnly);
    }

    string OwnFolder()
    {
        lock (_lock)
        {
            for (var attempt = 1; _owner is null; attempt++)
            {
                DurableFile.CreateFolder(layout.StagingFolder);
                // Another process may have created the store and not have synced its name yet.
                DurableFile.SyncFolder(DurableFile.FolderOf(layout.Folder));
                _folder = Path.Join(layout.StagingFolder, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
                Directory.CreateDirectory(_folder);
                _owner = FolderLock.TryAcquire(_folder);
                if (_owner is null && attempt == FolderAttemptsMax)
                    throw DurableFile.Failure(Errno.WouldBlock, _folder);
            }
            return _folder;
        }
    }
}
