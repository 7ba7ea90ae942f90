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
    readonly LocalTableFiles _files;
    readonly DateTimeOffset _now;
    readonly TimeSpan _retention;

    /// <param name="newest">Read with the files that were removed.</param>
    /// <param name="retention">How long a file stays that the newest version does not have.</param>
    /// <param name="now">The time.</param>
    public TableSweep(TableSnapshot newest, TimeSpan retention, DateTimeOffset now)
    {
        _newest = newest;
        _files = new LocalTableFiles(newest.Folder);
        _retention = retention;
        _now = now;
    }

    /// <summary>Absolute paths of what others need.</summary>
    public HashSet<string> Kept { get; } = new(StringComparer.Ordinal);

    /// <summary>Keeps everything that a version names.</summary>
    public void Keep(TableSnapshot snapshot)
    {
        foreach (var file in snapshot.Files)
        {
            Kept.Add(snapshot.FullPath(file));
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

    /// <summary>The files that go: absolute paths.</summary>
    public List<string> Find()
    {
        var named = Named();
        var found = new List<string>();
        foreach (var path in Directory.EnumerateFiles(_newest.Folder, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(_newest.Folder, path);
            if (IsOfTable(relative) && !Kept.Contains(path) && IsOld(path, named))
            {
                found.Add(path);
            }
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>The versions that are there and name one of these files, or one that is gone already.</summary>
    public List<long> Losing(IReadOnlyCollection<string> paths)
    {
        var going = paths.ToHashSet(StringComparer.Ordinal);
        var lost = new List<long>();
        var listing = LogListing.Whole(_files)!;
        if (listing.Oldest is not { } oldest || DeltaLog.Read(_newest.Name, _files, oldest) is not { } first)
        {
            return lost;
        }

        var live = first.Files.Where(file => IsGoing(first.FullPath(file))).Select(file => file.Key)
            .ToHashSet(StringComparer.Ordinal);
        for (var version = oldest; version <= _newest.Version; version++)
        {
            if (version > oldest && DeltaLog.ReadEntry(_newest.Name, _files, version) is { } actions)
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

        bool IsGoing(string path) => going.Contains(path) || !File.Exists(path);
    }

    /// <summary>When each file that was removed was, by its absolute path, and the lists of objects of such.</summary>
    Dictionary<string, DateTimeOffset> Named()
    {
        var named = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var file in _newest.Removed ?? [])
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(file.DeletionTime ?? 0);
            named[Path.GetFullPath(Path.Combine(_newest.Folder, file.Path))] = time;
            named[Path.Combine(
                _newest.Folder, ObjectLists.Folder, Path.ChangeExtension(file.Path.Replace('/', '~'), ".txt"))] = time;
        }

        return named;
    }

    bool IsOld(string path, Dictionary<string, DateTimeOffset> named) => named.TryGetValue(path, out var removed)
        ? _now - removed > _retention
        : _now - new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero)
            > (_retention > UnnamedAge ? _retention : UnnamedAge);

    // Other programs keep what they need under names with a dot or a line in front.
    static bool IsOfTable(string relative)
    {
        var first = relative.Split('/')[0];
        return first is "_change_data" or ObjectLists.Folder || first.Contains('=', StringComparison.Ordinal)
            || (!relative.Split('/').Any(part => part.StartsWith('_') || part.StartsWith('.'))
                && first is not "metadata" && Path.GetExtension(relative) is ".parquet" or ".bin");
    }
}
