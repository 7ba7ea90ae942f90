using System.Text.Json.Nodes;
using Millrace.Lineage;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

public sealed partial class TableEditor
{
    static readonly TimeSpan DefaultRetention = TimeSpan.FromDays(7);

    /// <summary>Deletes the files that only old versions have. Versions that are pinned, and what clones of the table
    /// name, stay.</summary>
    /// <param name="name">The table.</param>
    /// <param name="retention">How long a file stays after it left the table; null for the table's own span or seven
    /// days. </param>
    /// <param name="isDryRun">Whether it is only told what would go.</param>
    /// <param name="cancellationToken">Ends it between two files.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-not-writable</c>.</exception>
    public async Task<TableVacuum> VacuumAsync(
        string name, TimeSpan? retention, bool isDryRun, CancellationToken cancellationToken = default)
    {
        var files = _tables.Place.Of(name);
        var newest = DeltaLog.Read(name, files, withRemoved: true)
            ?? throw TableStore.Missing(name);
        WriteGate.Check(newest, takesRows: false);
        var span = retention ?? Retention.Of(newest, "delta.deletedFileRetentionDuration", DefaultRetention);
        var sweep = new TableSweep(newest, span, _time.GetUtcNow());
        sweep.Keep(newest);
        var newestKept = sweep.Kept.Count;
        var keepers = await KeepAsync(newest, sweep, cancellationToken).ConfigureAwait(false);
        var found = sweep.Find();
        List<string> paths = [.. found.Select(file => file.Path)];
        var lost = paths.Count == 0 ? [] : sweep.Losing(paths);
        var result = new TableVacuum(
            name, paths, found.Sum(file => file.SizeBytes), sweep.Kept.Count - newestKept, keepers, lost, isDryRun);
        if (!isDryRun)
        {
            files.SweepStaged(_time.GetUtcNow() - sweep.UnnamedRetention);
        }

        if (isDryRun || paths.Count == 0)
        {
            return result;
        }

        var run = await StartAsync(
            name, "vacuum", new JsonObject { ["files"] = $"{paths.Count}", ["retention"] = span.ToString() },
            cancellationToken).ConfigureAwait(false);
        // Who looks for the files must know that they went on purpose before the first one does.
        LostVersions.Write(files, LostVersions.Read(files).Concat(lost));
        // A version that was restored meanwhile may name what was old when this began.
        sweep.Keep(_tables.OpenLast(name));
        foreach (var path in paths.Where(path => !sweep.Kept.Contains(newest.Confine(path))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            files.Delete(path);
        }

        files.Settle(paths);

        await _catalog.WriteAsync(session =>
        {
            LineageLog.EndRun(session, run.Id, RunOutcome.Succeeded, null);
            return 0;
        }, CancellationToken.None).ConfigureAwait(false);
        return result;
    }

    /// <summary>Keeps pinned versions and what clones name; says who keeps what.</summary>
    async Task<List<string>> KeepAsync(TableSnapshot newest, TableSweep sweep, CancellationToken cancellationToken)
    {
        var keepers = new List<string>();
        var pins = await _catalog.ReadAsync(
            session => TablePins.Read(session, newest.Name), cancellationToken).ConfigureAwait(false);
        var oldest = OldestOf(newest);
        foreach (var version in pins.GroupBy(pin => pin.Version).Where(pin => pin.Key < newest.Version))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (oldest <= version.Key)
            {
                sweep.Keep(_tables.OpenAt(newest.Name, version.Key));
                keepers.Add($"v{version.Key}: {string.Join(", ", version.Select(pin => pin.Holder).Distinct())}");
            }
        }

        foreach (var other in _tables.Place.List())
        {
            if (other == newest.Name || DeltaLog.Read(other, _tables.Place.Of(other)) is not { } clone
                || !clone.IsCloneOf(newest.Name))
            {
                continue;
            }

            // Every version of the clone that is still there.
            var lost = LostVersions.Read(clone.Storage);
            for (var version = OldestOf(clone); version <= clone.Version; version++)
            {
                if (!lost.Contains(version))
                {
                    sweep.Keep(_tables.OpenAt(other, version));
                }
            }

            keepers.Add($"table:{other}, a clone");
        }

        return keepers;
    }

    static long OldestOf(TableSnapshot table) =>
        LogListing.Whole(table.Storage)?.Oldest ?? table.Version;
}
