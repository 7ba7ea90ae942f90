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
    public Stream? Open(string path)
    {
        var local = LocalPath(path);
        return File.Exists(local)
            ? new FileStream(local, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, ReadBytes)
            : null;
    }

    /// <inheritdoc/>
    public DateTimeOffset? ModifiedAt(string path)
    {
        var file = new FileInfo(LocalPath(path));
        return file.Exists ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null;
    }

    /// <inheritdoc/>
    public bool TryPut(string path, ReadOnlySpan<byte> bytes) => DurableFile.TryPut(LocalPath(path), bytes);

    /// <inheritdoc/>
    public string LocalPath(string path) => Path.GetFullPath(Path.Combine(place, path));
}
