using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>Opens Delta tables where they lie, whoever wrote them.</summary>
public static class DeltaTable
{
    /// <summary>A table as it was at a version, or as it is now.</summary>
    /// <param name="folder">The folder that holds <c>_delta_log</c>.</param>
    /// <param name="version">Null for the newest.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-log-damaged</c>,
    /// <c>table-feature-unknown</c>, <c>version-unknown</c>.</exception>
    public static TableSnapshot Open(string folder, long? version = null)
    {
        var (name, files) = Place(folder);
        return DeltaLog.Read(name, files, version) ?? throw Missing(files.Place);
    }

    /// <summary>A table as it was at a moment: the newest version that was there then.</summary>
    /// <param name="folder">The folder that holds <c>_delta_log</c>.</param>
    /// <param name="time">The moment.</param>
    /// <exception cref="MillraceException">As for <see cref="Open"/>; <c>version-unknown</c> also for a moment before
    /// the earliest version that is there.</exception>
    public static TableSnapshot OpenAsOf(string folder, DateTimeOffset time)
    {
        var (name, files) = Place(folder);
        return DeltaLog.Read(name, files, DeltaHistory.VersionAt(name, files, time)) ?? throw Missing(files.Place);
    }

    /// <summary>The versions whose entries are there, the newest first.</summary>
    /// <param name="folder">The folder that holds <c>_delta_log</c>.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-log-damaged</c>.</exception>
    public static IReadOnlyList<TableCommit> History(string folder)
    {
        var (name, files) = Place(folder);
        return DeltaHistory.Read(name, files);
    }

    static (string Name, LocalTableFiles Files) Place(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return (Path.GetFileName(place), new LocalTableFiles(place));
    }

    static MillraceException Missing(string folder) => new(
        ErrorKind.NotFound, "table-missing", $"'{folder}' is no Delta table: it has no versions in '_delta_log'.",
        "Name the folder that holds '_delta_log'.");
}
