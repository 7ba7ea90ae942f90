using Millrace.Catalog;

namespace Millrace.Tables.Places;

/// <summary>Copies of files that lie in a bucket, each under its table and its name there, of which those that nobody
/// asked for longest go when all take too much. Thread-safe, also among processes.</summary>
/// <remarks>A copy is written aside, synced and renamed, so that a name is the whole file. Losing one loses
/// nothing.</remarks>
/// <param name="folder">Where they are; made when the first one comes.</param>
/// <param name="sizeMax">Bytes of all; exceeded by what was asked for within <see cref="UseSpan"/>.</param>
/// <param name="time">The clock.</param>
sealed class TableCache(string folder, long sizeMax, TimeProvider time)
{
    /// <summary>A copy that was asked for within this span may be read by a query that runs, and stays.</summary>
    static readonly TimeSpan UseSpan = TimeSpan.FromHours(1);

    static readonly TimeSpan UseResolution = TimeSpan.FromMinutes(1);

    /// <summary>What others left that died while they wrote.</summary>
    static readonly TimeSpan AsideAge = TimeSpan.FromDays(1);

    /// <summary>Bytes that come between two looks at how much there is.</summary>
    const long EvictionStep = 64 << 20;

    readonly Lock _evicting = new();
    // The first look is due at once: the limit may be another than last time.
    long _added = EvictionStep;

    /// <summary>Where the copies are.</summary>
    public string Folder => folder;

    /// <summary>Whether the copy is here and as long as it should be; it is then in use.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="sizeBytes">How long the file is; negative when that is not known.</param>
    public bool TryUse(string path, long sizeBytes)
    {
        var file = new FileInfo(path);
        if (!file.Exists || (sizeBytes >= 0 && file.Length != sizeBytes))
        {
            return false;
        }

        var now = time.GetUtcNow().UtcDateTime;
        if (now - file.LastAccessTimeUtc < UseResolution)
        {
            return true;
        }

        try
        {
            File.SetLastAccessTimeUtc(path, now);
            return true;
        }
        catch (FileNotFoundException)
        {
            // It went this moment.
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's, who evicts it.
            return true;
        }
    }

    /// <summary>A name to write a copy under before it is whole.</summary>
    public string Aside()
    {
        DurableFile.MakeFolder(folder);
        return Path.Combine(folder, $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
    }

    /// <summary>Gives a whole, synced file its name.</summary>
    public void Place(string aside, string path)
    {
        DurableFile.MakeFolder(DurableFile.FolderOf(path));
        var size = new FileInfo(aside).Length;
        DurableFile.Rename(aside, path);
        if (Interlocked.Add(ref _added, size) >= EvictionStep)
        {
            Interlocked.Exchange(ref _added, 0);
            Evict();
        }
    }

    /// <summary>Takes a file of this machine, which stays where it is.</summary>
    public void Copy(string file, string path)
    {
        var aside = Aside();
        File.Copy(file, aside);
        using (var handle = File.OpenHandle(aside, FileMode.Open, FileAccess.ReadWrite))
        {
            DurableFile.Sync(handle, aside);
        }

        Place(aside, path);
    }

    /// <summary>Deletes the copy of a file.</summary>
    /// <param name="name">The file's name in the bucket.</param>
    public void Drop(string name)
    {
        var path = Path.Combine(folder, name);
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    /// <summary>Deletes what nobody asked for longest until all fits.</summary>
    public void Evict()
    {
        if (!_evicting.TryEnter())
        {
            return;
        }

        try
        {
            var now = time.GetUtcNow().UtcDateTime;
            List<FileInfo> files = [.. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)];
            var size = files.Sum(file => file.Length);
            foreach (var file in files.OrderBy(file => file.LastAccessTimeUtc))
            {
                var age = now - file.LastAccessTimeUtc;
                var isAside = file.Name.StartsWith(DurableFile.AsidePrefix, StringComparison.Ordinal);
                if (isAside ? age > AsideAge : size > sizeMax && age > UseSpan)
                {
                    size -= file.Length;
                    file.Delete();
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process evicts too.
            return;
        }
        finally
        {
            _evicting.Exit();
        }
    }
}
