using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Finds the files of a table that no version needs which is new enough, pinned, or named by a
/// clone.</summary>
/// <remarks>A file that the log never named may be one that a running attempt is about to name, so it stays for a day
/// whatever is asked for. What is removed but new, by the time in the log, stays for the readers that still have it
/// open.</remarks>
sealed class TableSweep
{
    static readonly TimeSpan UnnamedAge = TimeSpan.FromDays(1);

    readonly TableSnapshot _newest;
    readonly DateTimeOffset _now;
    readonly TimeSpan _retention;

    /// <param name="newest">Read with the files that were removed.</param>
    /// <param name="retention">How long a file stays that the newest version does not have.</param>
    /// <param name="now">The time.</param>
    public TableSweep(TableSnapshot newest, TimeSpan retention, DateTimeOffset now)
    {
        _newest = newest;
        _retention = retention;
        _now = now;
    }

    /// <summary>What others need, by its absolute path, be it here or not.</summary>
    public HashSet<string> Kept { get; } = new(StringComparer.Ordinal);

    /// <summary>What no log ever named goes when it is older.</summary>
    public TimeSpan UnnamedRetention => _retention > UnnamedAge ? _retention : UnnamedAge;

    /// <summary>Keeps everything that a version names.</summary>
    public void Keep(TableSnapshot snapshot)
    {
        foreach (var file in snapshot.Files)
        {
            Kept.Add(snapshot.Confine(file.Path));
            if (file.ObjectList is not null)
            {
                Kept.Add(snapshot.Confine(file.ObjectList));
            }

            if (file.DeletionVector is { } vector && DeletedRows.PathOf(snapshot, vector) is { } path)
            {
                Kept.Add(path);
            }
        }
    }

    /// <summary>The files that go, by their paths.</summary>
    public List<TableFile> Find()
    {
        var named = Named();
        return [.. _newest.Storage.Walk()
            .Where(file => IsOfTable(file.Path) && Full(file.Path) is var path && !Kept.Contains(path)
                && IsOld(file, path, named))
            .OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    /// <summary>The versions that are there and name one of these files, or one that is gone already.</summary>
    public List<long> Losing(IReadOnlyCollection<string> paths)
    {
        var files = _newest.Storage;
        var going = paths.Select(Full).ToHashSet(StringComparer.Ordinal);
        var there = files.Walk().Select(file => Full(file.Path)).ToHashSet(StringComparer.Ordinal);
        var lost = new List<long>();
        var listing = LogListing.Whole(files)!;
        if (listing.Oldest is not { } oldest || DeltaLog.Read(_newest.Name, files, oldest) is not { } first)
        {
            return lost;
        }

        var live = first.Files.Where(file => IsGoing(first.Confine(file.Path))).Select(file => file.Key)
            .ToHashSet(StringComparer.Ordinal);
        for (var version = oldest; version <= _newest.Version; version++)
        {
            if (version > oldest && DeltaLog.ReadEntry(_newest.Name, files, version) is { } actions)
            {
                live.ExceptWith(actions.Removed.Select(file => file.Key));
                live.UnionWith(
                    actions.Added.Where(file => IsGoing(_newest.Confine(file.Path))).Select(file => file.Key));
            }

            if (live.Count > 0)
            {
                lost.Add(version);
            }
        }

        return lost;

        // What a clone names of its source was kept by the source's own vacuum.
        bool IsGoing(string path) => going.Contains(path)
            || (!there.Contains(path) && path.StartsWith(_newest.Folder + "/", StringComparison.Ordinal));
    }

    /// <summary>When each file that was removed was, by its absolute path, and the lists of objects of such.</summary>
    Dictionary<string, DateTimeOffset> Named()
    {
        var named = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var file in _newest.Removed ?? [])
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(file.DeletionTime ?? 0);
            named[Full(file.Path)] = time;
            named[Full($"{ObjectLists.Folder}/{Path.ChangeExtension(file.Path.Replace('/', '~'), ".txt")}")] = time;
        }

        return named;
    }

    bool IsOld(TableFile file, string path, Dictionary<string, DateTimeOffset> named) =>
        named.TryGetValue(path, out var removed)
            ? _now - removed > _retention
            : _now - file.ModifiedAt > UnnamedRetention;

    string Full(string path) => Path.GetFullPath(Path.Combine(_newest.Folder, path));

    // Other programs keep what they need under names with a dot or a line in front.
    static bool IsOfTable(string relative)
    {
        var first = relative.Split('/')[0];
        return first is "_change_data" or ObjectLists.Folder || first.Contains('=', StringComparison.Ordinal)
            || (!relative.Split('/').Any(part => part.StartsWith('_') || part.StartsWith('.'))
                && first is not "metadata" && Path.GetExtension(relative) is ".parquet" or ".bin");
    }
}
