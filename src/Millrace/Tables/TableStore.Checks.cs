using System.Text.Json;
using Millrace.Lineage;
using Millrace.Tables.Checks;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

/// <summary>Checks of versions that are there.</summary>
public sealed partial class TableStore
{
    /// <summary>The checks that the settings name, by table.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CheckRule>> CheckRules
    {
        get => _publisher.CheckRules;
        init => _publisher.CheckRules = value;
    }

    /// <summary>The checks of a table: those of the settings, and those of the pipeline that wrote it last.</summary>
    public async Task<IReadOnlyList<CheckRule>> ChecksOfAsync(
        string name, CancellationToken cancellationToken = default)
    {
        var ofCode = await _catalog.ReadAsync(
            session => session.Query(
                """
                select rule from check_result where table_name = @name and is_of_code = 1 and run_id = (
                    select v.run_id from version v join run r on r.run_id = v.run_id
                    where v.kind = 'table' and v.name = @name and r.kind = 'task' order by v.number desc limit 1)
                order by check_result_id
                """,
                row => row.Text(0), ("name", name)),
            cancellationToken).ConfigureAwait(false);
        return
        [
            .. CheckRules.GetValueOrDefault(name) ?? [],
            .. ofCode.Distinct(StringComparer.Ordinal)
                .Select(rule => JsonSerializer.Deserialize(rule, TablesJson.Default.CheckRule)!),
        ];
    }

    /// <summary>Asks checks of a version of a table, and keeps the results with a run.</summary>
    /// <param name="name">The table.</param>
    /// <param name="version">The version of its log; null for the newest.</param>
    /// <param name="rules">The checks; null for those of <see cref="ChecksOfAsync"/>.</param>
    /// <param name="cancellationToken">Interrupts the queries.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>version-unknown</c>, <c>table-log-damaged</c>.
    /// </exception>
    public async Task<CheckReport> CheckAsync(
        string name, long? version = null, IReadOnlyList<CheckRule>? rules = null,
        CancellationToken cancellationToken = default)
    {
        var snapshot = OpenNewest(name, version);
        rules ??= await ChecksOfAsync(name, cancellationToken).ConfigureAwait(false);
        var report = await Task.Run(() => Ask(snapshot, rules, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        await RecordAsync(report, cancellationToken).ConfigureAwait(false);
        return report;
    }

    CheckReport Ask(TableSnapshot snapshot, IReadOnlyList<CheckRule> rules, CancellationToken cancellationToken)
    {
        using var rows = new CheckedRows(
            OpenSession(), snapshot, snapshot.Files, [], Before(snapshot),
            other => Delta.DeltaLog.Read(other, Place.Of(other)));
        return new CheckReport(
            snapshot.Name, snapshot.Version, snapshot.RowCount,
            new CheckRun(rows, _time.GetUtcNow()).Ask(rules, cancellationToken));
    }

    /// <summary>The version before, when it is still there.</summary>
    TableSnapshot? Before(TableSnapshot snapshot)
    {
        var number = snapshot.Version - 1;
        if (number < OldestOf(snapshot.Name) || LostVersions.Read(snapshot.Storage).Contains(number))
        {
            return null;
        }

        return OpenAt(snapshot.Name, number);
    }

    async Task RecordAsync(CheckReport report, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "command", $"check {report.Table}", null, null, "millrace/1", "{}",
            RunOutcome.Succeeded, null, now, now);
        var notes = _publisher.Audit.Notes(report);
        await _catalog.WriteAsync(
            session =>
            {
                LineageLog.StartRun(session, run);
                // A version that another engine wrote may not be known here.
                var version = session.First(
                    "select version_id from version where kind = 'table' and name = @name and number = @number",
                    row => (long?)row.Int64(0), ("name", report.Table), ("number", report.Version));
                if (version is { } known)
                {
                    LineageLog.AddEdge(session, new LineageEdge(run.Id, known, false, "checked"));
                }

                new CheckResultWriter().Write(
                    session, run.Id,
                    new CheckFact(report.Table, null, null, version, notes).ToFact().Body);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
