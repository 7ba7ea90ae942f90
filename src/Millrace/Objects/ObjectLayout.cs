using Millrace.Catalog;

namespace Millrace.Objects;

/// <summary>Which file of the store's folder is which object, and how a file gets its place there durably.</summary>
/// <remarks><c>ab/cdef…</c>: a shard is named by the first byte of the hash, the file in it by the other 31.</remarks>
sealed class ObjectLayout(string folder)
{
    public const string StagingName = "tmp";

    const int ShardCount = 256;
    const int ShardNameLength = 2;

    readonly Lock _lock = new();

    /// <summary>Shards whose own names this process has made durable. Another process may have created a shard and died
    /// before it synced the store's folder, so that it is there proves nothing.</summary>
    readonly bool[] _isDurable = new bool[ShardCount];

    public string Folder => folder;

    public string StagingFolder => Path.Join(folder, StagingName);

    public static byte ShardOf(ContentHash hash)
    {
        Span<byte> bytes = stackalloc byte[ContentHash.Size];
        hash.CopyTo(bytes);
        return bytes[0];
    }

    public string PathOf(ContentHash hash)
    {
        var text = hash.ToString();
        return Path.Join(folder, text.AsSpan(0, ShardNameLength), text.AsSpan(ShardNameLength));
    }

    /// <summary>Whether the object is there with the right size; one of another size is damaged, and a put replaces it.
    ///</summary>
    public bool HasWhole(ContentHash hash, long size)
    {
        var file = new FileInfo(PathOf(hash));
        return file.Exists && file.Length == size;
    }

    /// <summary>Gives a synced file its place. Over an object that another put placed meanwhile: its bytes are the
    /// same.</summary>
    public void Place(AsideFile aside, ContentHash hash)
    {
        var shard = ShardOf(hash);
        if (!Volatile.Read(ref _isDurable[shard]))
            CreateShard(shard);
        aside.RenameTo(PathOf(hash));
    }

    /// <summary>Makes the names in these shards durable. It is also due for an object that was found there: who
    /// placed it may not have come to this point yet.</summary>
    public void SyncShards(IReadOnlyCollection<byte> shards)
    {
        foreach (var shard in shards)
            DurableFile.SyncFolder(ShardPath(shard));
        lock (_lock)
        {
            if (shards.All(shard => _isDurable[shard]))
                return;
            DurableFile.SyncFolder(folder);
            foreach (var shard in shards)
                Volatile.Write(ref _isDurable[shard], true);
        }
    }

    public IEnumerable<ContentHash> List()
    {
        for (var shard = 0; shard < ShardCount; shard++)
        {
            var path = ShardPath((byte)shard);
            if (!Directory.Exists(path))
                continue;
            var hashes = new List<ContentHash>();
            foreach (var file in Directory.EnumerateFiles(path))
            {
                if (TryParse((byte)shard, Path.GetFileName(file), out var hash))
                    hashes.Add(hash);
            }
            hashes.Sort();
            foreach (var hash in hashes)
                yield return hash;
        }
    }

    /// <summary>Files and folders that the store did not make, as full paths in order.</summary>
    public IEnumerable<string> ListForeign()
    {
        if (!Directory.Exists(folder))
            yield break;
        var shards = Enumerable.Range(0, ShardCount)
            .ToDictionary(shard => ShardName((byte)shard), shard => (byte)shard);
        foreach (var path in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (name == StagingName && Directory.Exists(path))
                continue;
            if (!shards.TryGetValue(name, out var shard) || !Directory.Exists(path))
            {
                yield return path;
                continue;
            }
            foreach (var entry in Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal))
            {
                if (!TryParse(shard, Path.GetFileName(entry), out _) || Directory.Exists(entry))
                    yield return entry;
            }
        }
    }

    public MillraceException Missing(ContentHash hash, Exception? inner = null) => new(
        ErrorKind.NotFound,
        "object-missing",
        $"Object {hash} is not in store '{folder}'.",
        "'millrace fsck' lists everything missing and who references it.",
        inner);

    public MillraceException Damaged(ContentHash hash, ContentHash actual, long size) => new(
        ErrorKind.Corrupt,
        "object-damaged",
        $"Object {hash} in store '{folder}' holds {size} bytes whose hash is {actual.Short}….",
        "Store the same content again after deleting its file, or restore it; 'millrace fsck' names the file.");

    static string ShardName(byte shard) => Convert.ToHexStringLower([shard]);

    static bool TryParse(byte shard, string name, out ContentHash hash) =>
        ContentHash.TryParse($"{ShardName(shard)}{name}", out hash);

    string ShardPath(byte shard) => Path.Join(folder, ShardName(shard));

    void CreateShard(byte shard)
    {
        var path = ShardPath(shard);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Translate(exception, path);
        }
    }
}
