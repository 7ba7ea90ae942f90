using Millrace.Catalog;

namespace Millrace.Tables.Delta;

/// <summary>A table in a folder of this machine.</summary>
/// <param name="place">Absolute path of the table.</param>
sealed class LocalTableFiles(string place) : ITableFiles
{
    const int ReadBytes = 64 << 10;

    /// <inheritdoc/>
    public string Place => place;

    /// <inheritdoc/>
    public string Folder => place;

    /// <inheritdoc/>
    public IReadOnlyList<string>? List(string folder, string? after = null)
    {
        var path = LocalPath(folder);
        if (!Directory.Exists(path))
        {
            return null;
        }

        var names = Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file));
        return [.. (after is null ? names : names.Where(name => string.CompareOrdinal(name, after) > 0))
            .Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public IEnumerable<TableFile> Walk() => !Directory.Exists(place) ? []
        : new DirectoryInfo(place).EnumerateFiles("*", SearchOption.AllDirectories).Select(file => new TableFile(
            Path.GetRelativePath(place, file.FullName), file.Length,
            new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)));

    /// <inheritdoc/>
    public Stream? Open(string path)
    {
        var local = LocalPath(path);
        return File.Exists(local)
            ? new FileStream(local, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, ReadBytes)
            : null;
    }

    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(LocalPath(path));

    /// <inheritdoc/>
    public string? FirstMissing(IReadOnlyList<string> paths) => paths.FirstOrDefault(path => !Exists(path));

    /// <inheritdoc/>
    public DateTimeOffset? ModifiedAt(string path)
    {
        var file = new FileInfo(LocalPath(path));
        return file.Exists ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null;
    }

    /// <inheritdoc/>
    public void Create() => DurableFile.CreateFolder(LocalPath(LogListing.Folder));

    /// <inheritdoc/>
    public bool TryPut(string path, ReadOnlySpan<byte> bytes) => DurableFile.TryPut(LocalPath(path), bytes);

    /// <inheritdoc/>
    public void Put(string path, ReadOnlySpan<byte> bytes)
    {
        var local = LocalPath(path);
        DurableFile.CreateFolder(DurableFile.FolderOf(local));
        DurableFile.Write(local, bytes);
    }

    /// <inheritdoc/>
    public void Publish(string file, string path)
    {
        var local = LocalPath(path);
        DurableFile.CreateFolder(DurableFile.FolderOf(local));
        DurableFile.Publish(file, local);
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        var local = LocalPath(path);
        if (File.Exists(local))
        {
            File.Delete(local);
        }
    }

    /// <inheritdoc/>
    public void Drop(string path) => Delete(path);

    /// <inheritdoc/>
    public void Settle(IEnumerable<string> paths)
    {
        foreach (var folder in paths.Select(path => DurableFile.FolderOf(LocalPath(path))).Distinct()
            .Where(Directory.Exists))
        {
            DurableFile.SyncFolder(folder);
        }
    }

    /// <inheritdoc/>
    public string Address(string path) => LocalPath(path);

    /// <inheritdoc/>
    public string LocalPath(string path) => Path.GetFullPath(Path.Combine(place, path));

    /// <inheritdoc/>
    public void Bring(IReadOnlyList<PlacedFile> files)
    {
        // They are here.
    }

    /// <inheritdoc/>
    public string StagePath(string path) => LocalPath(path);

    /// <inheritdoc/>
    public void SweepStaged(DateTimeOffset before)
    {
        // They lie in the table, and are swept with its other files.
    }

    /// <inheritdoc/>
    public Task KeepAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) => Task.CompletedTask;
}
