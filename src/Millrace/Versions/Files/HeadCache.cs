using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>Which tree the checked-out branch had when the catalog's file was last looked at, so that a status of
/// unchanged files opens no database. It holds while the file has the same times and size.</summary>
/// <param name="Branch">The branch.</param>
/// <param name="Commit">Its commit.</param>
/// <param name="Tree">The commit's tree.</param>
/// <param name="CatalogStamp">What stat(2) told of the catalog's files; empty when they were still being written, and
/// only the tree of the commit is known.</param>
sealed record HeadCache(string Branch, string? Commit, string? Tree, string CatalogStamp)
{
    const string FileName = "head-cache";
    const string CatalogName = "catalog.db";
    const string SettingsName = "millrace.yaml";

    /// <summary>A file that was written so short a time ago may be written again within the grain of its clock.
    /// </summary>
    const long GrainNanoseconds = 20_000_000;

    /// <summary>What identifies the state of an embedded catalog; null when there is none, or when it was written just
    /// now.</summary>
    public static string? Stamp(string data, TimeProvider time)
    {
        var now = (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100;
        var catalog = Path.Join(data, CatalogName);
        if (!TryStatus(catalog, out var main) || now - main.ChangedAt < GrainNanoseconds)
            return null;
        // An empty log is made by opening the database, and says nothing.
        if (!TryStatus(catalog + "-wal", out var log) || log.SizeBytes == 0)
            return $"{main.Inode}:{main.SizeBytes}:{main.ModifiedAt}:{main.ChangedAt}";
        return now - log.ChangedAt < GrainNanoseconds
            ? null
            : $"{main.Inode}:{main.SizeBytes}:{main.ModifiedAt}:{main.ChangedAt}"
                + $":{log.Inode}:{log.SizeBytes}:{log.ModifiedAt}";
    }

    /// <returns>Null when it does not hold any more.</returns>
    public static HeadCache? TryRead(string folder, string data, string branch, TimeProvider time) =>
        Load(folder) is { CatalogStamp.Length: > 0 } cache && cache.Branch == branch
            && cache.CatalogStamp == Stamp(data, time) ? cache : null;

    /// <summary>Asks the catalog alone, for the time after a commit or another writer.</summary>
    /// <returns>Null when the branch moved on, or when that cannot be said.</returns>
    public static HeadCache? TryRenew(string folder, string data, string branch, TimeProvider time)
    {
        if (Load(folder) is not { Commit: { } commit } cache || cache.Branch != branch)
            return null;
        // Taken before the branch is read: a move between the two makes the cache useless, not wrong.
        var stamp = Stamp(data, time);
        var tip = SqliteCatalog.Peek(
            Path.Join(data, CatalogName), "select commit_id from branch where name = @name", branch);
        if (tip != commit)
            return null;
        if (stamp is not null)
            (cache with { CatalogStamp = stamp }).Write(folder);
        return cache;
    }

    /// <summary>The tree of a commit, which is the same for ever, without opening the store; null when it is not known.
    /// </summary>
    public static ContentHash? KnownTree(string folder, ContentHash commit) =>
        Load(folder) is { Tree: { } tree } cache && cache.Commit == commit.ToString()
            && ContentHash.TryParse(tree, out var hash) ? hash : null;

    /// <summary>Keeps it; losing it costs only time.</summary>
    public void Write(string folder)
    {
        try
        {
            var aside = Path.Join(folder, $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
            File.WriteAllText(aside, $"{CatalogStamp}\n{Branch}\n{Commit}\n{Tree}\n");
            DurableFile.Rename(aside, Path.Join(folder, FileName));
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or MillraceException)
        {
            // A read-only checkout has none.
        }
    }

    static HeadCache? Load(string folder)
    {
        var file = Path.Join(folder, FileName);
        // Settings that changed since may name another catalog.
        if (!TryStatus(file, out var own)
            || (TryStatus(Path.Join(folder, "..", "..", SettingsName), out var settings)
                && settings.ChangedAt >= own.ChangedAt))
        {
            return null;
        }

        var lines = File.ReadAllLines(file);
        return lines.Length == 4 ? new HeadCache(lines[1], Filled(lines[2]), Filled(lines[3]), lines[0]) : null;

        static string? Filled(string text) => text.Length == 0 ? null : text;
    }

    static unsafe bool TryStatus(string path, out FileStatus status)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(path + "\0");
        fixed (byte* start = name)
        fixed (FileStatus* target = &status)
            return Libc.FileStatusAt(Libc.AtCurrentFolder, start, target, 0) == 0;
    }
}
