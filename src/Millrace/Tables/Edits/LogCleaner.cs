using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Deletes the entries and checkpoints of versions that are older than a table keeps its log, as far as no
/// pinned version needs them. Delta protocol, "Metadata Cleanup".</summary>
static class LogCleaner
{
    /// <summary>Deletes what is before the newest checkpoint that every kept version can be built from.</summary>
    /// <param name="snapshot">The newest version.</param>
    /// <param name="oldestKept">No version from this one on goes.</param>
    /// <param name="before">Entries that were written after it stay.</param>
    /// <returns>How many files went.</returns>
    public static int Clean(TableSnapshot snapshot, long oldestKept, DateTimeOffset before)
    {
        var files = snapshot.Storage;
        if (LogListing.Whole(files) is not { } listing)
        {
            return 0;
        }

        var firstKept = listing.Entries.FirstOrDefault(
            version => files.ModifiedAt(LogListing.EntryPath(version)) >= before, snapshot.Version);
        var floor = listing.Checkpoints
            .FirstOrDefault(checkpoint => checkpoint.Version <= Math.Min(firstKept, oldestKept))?.Version;
        if (floor is not { } first)
        {
            return 0;
        }

        var count = 0;
        // Oldest first: what is left at any moment is a log that begins later.
        foreach (var version in listing.Entries.Where(version => version < first))
        {
            files.Delete(LogListing.EntryPath(version));
            count++;
        }

        foreach (var name in listing.Checkpoints.Where(checkpoint => checkpoint.Version < first)
            .SelectMany(checkpoint => checkpoint.Names))
        {
            files.Delete($"{LogListing.Folder}/{name}");
            count++;
        }

        return count;
    }
}
