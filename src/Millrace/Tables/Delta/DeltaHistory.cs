namespace Millrace.Tables.Delta;

/// <summary>The versions of a table and their times. Delta protocol, "In-Commit Timestamps".</summary>
/// <remarks>The time of a version is the one that its entry says where the table keeps times in its entries; that of
/// our own notes, which stay right when a workspace is moved or restored; else when the file was written, as the
/// protocol
/// has it. Clocks jump, so a time that is not after the one before it counts as a millisecond later.</remarks>
static class DeltaHistory
{
    const string OwnEngine = "Millrace/";
    const string FeatureProperty = "delta.enableInCommitTimestamps";
    const string FirstVersionProperty = "delta.inCommitTimestampEnablementVersion";

    /// <summary>The newest first; empty for a table without entries.</summary>
    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>table-missing</c>.</exception>
    public static IReadOnlyList<TableCommit> Read(string name, ITableFiles files)
    {
        var snapshot = DeltaLog.Read(name, files) ?? throw new MillraceException(
            ErrorKind.NotFound, "table-missing", $"Table '{name}' has no log in '{files.Place}'.",
            "Name a table that has versions.");
        var first = FirstInCommit(snapshot);
        var commits = new List<TableCommit>();
        var last = long.MinValue;
        foreach (var version in LogListing.Whole(files)!.Entries.Where(version => version <= snapshot.Version))
        {
            var note = DeltaLog.ReadNote(name, files, version);
            last = Math.Max(Milliseconds(files, version, note, version >= first), last + 1);
            commits.Add(new TableCommit(version, DateTimeOffset.FromUnixTimeMilliseconds(last), note));
        }

        commits.Reverse();
        return commits;
    }

    /// <summary>The newest version that was there at a moment.</summary>
    /// <exception cref="MillraceException"><c>version-unknown</c>, naming the earliest version.</exception>
    public static long VersionAt(string name, ITableFiles files, DateTimeOffset time)
    {
        var commits = Read(name, files);
        var oldest = LogListing.Whole(files)!.Oldest ?? 0;
        // A version without a checkpoint before it can't be built any more.
        var there = commits.Where(commit => commit.Version >= oldest).ToList();
        if (there.FirstOrDefault(commit => commit.Time <= time) is { } found)
        {
            return found.Version;
        }

        throw new MillraceException(
            ErrorKind.NotFound, "version-unknown",
            $"Table '{name}' has no version of {time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.",
            there.Count > 0
                ? $"The earliest version that is there is v{there[^1].Version} of "
                    + $"{there[^1].Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."
                : $"The earliest version that is there is v{oldest}; its time is no longer known.");
    }

    static long FirstInCommit(TableSnapshot snapshot)
    {
        if (!snapshot.Metadata.Is(FeatureProperty))
        {
            return long.MaxValue;
        }

        return snapshot.Metadata.Configuration.TryGetValue(FirstVersionProperty, out var text)
            && long.TryParse(text, out var version) ? version : 0;
    }

    static long Milliseconds(ITableFiles files, long version, CommitNote? note, bool isInCommit)
    {
        var noted = isInCommit ? note?.InCommitTime
            : note?.Engine?.StartsWith(OwnEngine, StringComparison.Ordinal) == true ? note.Time : null;
        var milliseconds = noted
            ?? files.ModifiedAt(LogListing.EntryPath(version))?.ToUnixTimeMilliseconds() ?? 0;
        return Math.Clamp(
            milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(),
            DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() - int.MaxValue);
    }
}
