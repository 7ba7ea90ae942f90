using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

/// <summary>Changes tables: rows, columns, properties, and how their files are arranged. Each change is a run in the
/// lineage and at most one new version; files are written anew, never changed.</summary>
/// <remarks>Several writers may work on one table. One that comes second and would have read what the first one wrote
/// starts again from the new version, a few times, and then fails with <c>table-conflict</c>. May be used from many
/// threads.</remarks>
public sealed partial class TableEditor
{
    const int MaxRetryWaitMs = 200;

    readonly TableStore _tables;
    readonly ICatalog _catalog;
    readonly TimeProvider _time;

    internal TableEditor(TableStore tables, ICatalog catalog, TimeProvider time)
    {
        _tables = tables;
        _catalog = catalog;
        _time = time;
    }

    internal const string ReplaceOperation = "CREATE OR REPLACE TABLE";
    internal const string ReplaceAsOperation = "CREATE OR REPLACE TABLE AS SELECT";

    /// <summary>How often a change starts again when another writer came first.</summary>
    public int ConflictRetries { get; init; } = 5;

    /// <summary>Prepares a change of a table and publishes it.</summary>
    /// <param name="name">The table.</param>
    /// <param name="verb">For the run's name.</param>
    /// <param name="parameters">For the run and the log.</param>
    /// <param name="prepare">Writes files and says what to publish; null when there is nothing to change.</param>
    /// <param name="cancellationToken">Ends it; nothing is published then.</param>
    /// <param name="begin">Done before it, for each try: attaches what is read; null when that is found later.</param>
    async Task<TableEdit> EditAsync(
        string name, string verb, JsonObject parameters, Func<EditScope, StagedTable?> prepare,
        CancellationToken cancellationToken, Func<EditScope, Task>? begin = null)
    {
        SqlName.CheckTable(name);
        var chance = new Random(name.Length + Environment.ProcessId);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await EditOnceAsync(name, verb, parameters, prepare, begin, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (MillraceException exception)
                when (exception.Code == ConflictCheck.Code && attempt < ConflictRetries)
            {
                await Task.Delay(
                    TimeSpan.FromMilliseconds(chance.Next(MaxRetryWaitMs)), _time, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }

    async Task<TableEdit> EditOnceAsync(
        string name, string verb, JsonObject parameters, Func<EditScope, StagedTable?> prepare,
        Func<EditScope, Task>? begin, CancellationToken cancellationToken)
    {
        var files = _tables.Place.Of(name);
        var before = DeltaLog.Read(name, files);
        var attemptId = Guid.CreateVersion7().ToString("N");
        var run = await StartAsync(name, verb, parameters, cancellationToken).ConfigureAwait(false);
        using var scope = new EditScope(name, before, files, attemptId, () => _tables.OpenSession(), OpenOther)
        {
            KeyColumns = before is { IsDropped: true }
                ? [] : await KeysAsync(name, cancellationToken).ConfigureAwait(false),
        };
        try
        {
            if (begin is not null)
            {
                await begin(scope).ConfigureAwait(false);
            }

            var staged = await Task.Run(() => prepare(scope), cancellationToken).ConfigureAwait(false);
            var inputs = await InputsAsync(scope, cancellationToken).ConfigureAwait(false);
            var publication = new Publication(
                attemptId, run.Id,
                staged is null ? [] : [new PublishedTable(name, staged, "{}")], inputs, [], []);
            var versions = await _tables.PublishAsync(publication, cancellationToken).ConfigureAwait(false);
            var version = versions.Count > 0 ? versions[0]
                : before is null ? null : await RecordAsync(before, cancellationToken).ConfigureAwait(false);
            var counts = scope.Counts;
            return new TableEdit(
                name, staged?.Change?.Operation ?? verb.ToUpperInvariant(), version, staged is not null)
            {
                InsertedRows = counts.Inserted,
                UpdatedRows = counts.Updated,
                DeletedRows = counts.Deleted,
                AddedFiles = counts.AddedFiles,
                AddedBytes = counts.AddedBytes,
                RemovedFiles = counts.RemovedFiles,
                RemovedBytes = counts.RemovedBytes,
            };
        }
        catch (Exception exception)
        {
            if (exception is not MillraceException { Code: TablePublisher.UnfinishedCode })
            {
                scope.Drop();
                await FailAsync(run.Id, exception).ConfigureAwait(false);
            }

            throw;
        }
    }

    TableSnapshot? OpenOther(string name) => DeltaLog.Read(name, _tables.Place.Of(name));

    async Task<Run> StartAsync(
        string name, string verb, JsonObject parameters, CancellationToken cancellationToken)
    {
        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "command", $"table {verb} {name}", null, null, "millrace/1",
            parameters.ToJsonString(), RunOutcome.Running, null, _time.GetUtcNow(), null);
        await _catalog.WriteAsync(
            session =>
            {
                LineageLog.StartRun(session, run);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        return run;
    }

    async Task FailAsync(string runId, Exception exception)
    {
        try
        {
            await _catalog.WriteAsync(session =>
            {
                LineageLog.EndRun(
                    session, runId,
                    exception is OperationCanceledException ? RunOutcome.Cancelled : RunOutcome.Failed,
                        exception.Message);
                return 0;
            }).ConfigureAwait(false);
        }
        catch (MillraceException)
        {
            // The first failure is what the caller must know; the disk that is full takes no second note.
        }
    }

    async Task<List<PublicationInput>> InputsAsync(EditScope scope, CancellationToken cancellationToken)
    {
        var inputs = new List<PublicationInput>();
        if (scope.Before is { } before)
        {
            var version = await RecordAsync(before, cancellationToken).ConfigureAwait(false);
            inputs.Add(new PublicationInput("before", version.Id, null));
        }

        foreach (var read in scope.Read)
        {
            var version = await RecordAsync(read, cancellationToken).ConfigureAwait(false);
            inputs.Add(new PublicationInput(read.Name, version.Id, null));
        }

        var known = inputs.Select(input => input.VersionId).ToHashSet();
        inputs.AddRange(scope.Sources.Where(
            source => source.VersionId is null || known.Add(source.VersionId)));
        return inputs;
    }

    /// <summary>The catalog's version of a snapshot. One that another writer put into the log is recorded
    /// now.</summary>
    async Task<ThingVersion> RecordAsync(TableSnapshot snapshot, CancellationToken cancellationToken)
    {
        var known = await _catalog.ReadAsync(
            session => session.First(
                $"{LineageGraph.VersionColumns} where kind = 'table' and name = @name and number = @number",
                LineageGraph.ReadVersion, ("name", snapshot.Name), ("number", snapshot.Version)),
            cancellationToken).ConfigureAwait(false);
        if (known is not null)
        {
            return known;
        }

        var identity = snapshot.Identity().ToString();
        var summary = new JsonObject
        {
            ["rows"] = snapshot.RowCount,
            ["files"] = snapshot.Files.Count,
            ["bytes"] = snapshot.SizeBytes,
            ["operation"] = snapshot.Note?.Operation,
            ["engine"] = snapshot.Note?.Engine,
        }.ToJsonString();
        return await _catalog.WriteAsync(
            session => LineageLog.AddVersion(
                session, "table", snapshot.Name, snapshot.Version, identity, null, summary),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What to publish: the files, and the change that they are part of.</summary>
    static StagedTable Staged(
        EditScope scope, TableSnapshot after, IReadOnlyList<DataFile> files, TableChange change,
        string? figuresOf = null)
    {
        scope.Counts.Remove(change.Removed.ToList());
        return new StagedTable(scope.Name, TableMode.Append, after.Schema, scope.KeyColumns, files)
        {
            Change = change with { Metrics = scope.Counts.ToJson() },
            ColumnFigures = figuresOf is null || files.Count == 0
                ? null : ColumnFigures.Read(scope.Session, after.Schema, figuresOf),
        };
    }

    async Task<IReadOnlyList<string>> KeysAsync(string name, CancellationToken cancellationToken)
    {
        var keys = await _catalog.ReadAsync(
            session => session.First(
                "select key_columns from data_table where name = @name", row => row.Text(0), ("name", name)),
            cancellationToken).ConfigureAwait(false);
        return keys is null ? [] : JsonSerializer.Deserialize(keys, TablesJson.Default.ListString)!;
    }
}
