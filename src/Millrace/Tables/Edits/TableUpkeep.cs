using System.Globalization;
using Millrace.Catalog;
using Millrace.Tables.Delta;
using Millrace.Tables.Iceberg;
using Millrace.Tables.Places;

namespace Millrace.Tables.Edits;

/// <summary>What is done after a version is there, so that readers stay fast and other formats are served: checkpoints,
/// the log's clean-up and the Iceberg mirror.</summary>
sealed class TableUpkeep(ITablePlace place, string temporaryFolder, ICatalog catalog, TimeProvider time)
{
    /// <summary>A checkpoint is written with every version whose number is a multiple of it.</summary>
    public const int DefaultInterval = 10;

    const string IntervalProperty = "delta.checkpointInterval";
    const string LogProperty = "delta.logRetentionDuration";

    static readonly TimeSpan DefaultLogRetention = TimeSpan.FromDays(30);

    /// <summary>Never fails: the versions are published, and what is not done now is done after a later one.</summary>
    public async Task AfterAsync(Publication publication, IReadOnlyList<TableSnapshot> tables)
    {
        foreach (
            var table in tables.Where(
                table => table.Attempts.GetValueOrDefault(publication.AttemptId, -1) == table.Version))
        {
            try
            {
                if (table.Metadata.Is(IcebergMirror.Property))
                {
                    IcebergMirror.Write(table, time.GetUtcNow());
                }

                if (table.Version > 0 && table.Version % Interval(table) == 0 && MayCheckpoint(table))
                {
                    Checkpoint(table.Name, table.Version);
                    await CleanAsync(table).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is MillraceException or IOException)
            {
                // A full disk, most of all. The next version tries again; readers read the entries until then.
            }
        }
    }

    /// <summary>Writes the checkpoint of a version.</summary>
    public long Checkpoint(string name, long version)
    {
        var snapshot = DeltaLog.Read(name, place.Of(name), version, withRemoved: true)!;
        using var session = new SqlSession(temporaryFolder);
        return CheckpointWriter.Write(snapshot, session, time.GetUtcNow());
    }

    /// <summary>Whether one file is what the table's checkpoints may be.</summary>
    public static bool MayCheckpoint(TableSnapshot table) => !table.Protocol.Writes("v2Checkpoint");

    /// <summary>Cleans the log when the table says how long it is kept: to whom it says nothing, every version stays.
    /// </summary>
    async Task CleanAsync(TableSnapshot table)
    {
        if (!table.Metadata.Configuration.ContainsKey(LogProperty)
            || table.Metadata.Configuration.GetValueOrDefault("delta.enableExpiredLogCleanup") == "false")
        {
            return;
        }

        var pins = await catalog.ReadAsync(session => TablePins.Read(session, table.Name)).ConfigureAwait(false);
        LogCleaner.Clean(
            table, pins.Count > 0 ? pins.Min(pin => pin.Version) : table.Version,
            time.GetUtcNow() - Retention.Of(table, LogProperty, DefaultLogRetention));
    }

    static int Interval(TableSnapshot table) =>
        table.Metadata.Configuration.TryGetValue(IntervalProperty, out var text)
        && int.TryParse(text, CultureInfo.InvariantCulture, out var interval) && interval > 0 ? interval
        : DefaultInterval;
}
