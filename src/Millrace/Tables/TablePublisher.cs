using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Tables.Checks;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;
using Millrace.Tables.Places;

namespace Millrace.Tables;

/// <summary>Makes an attempt's outputs visible in three steps: an intent in the catalog; the log entries of the tables,
/// put if absent, carrying the attempt's id; one catalog transaction with versions, lineage and everything
/// else.</summary>
/// <remarks>The Delta log is the truth about a table's files, the catalog about everything else; no transaction spans
/// both. Dying before the first log entry leaves files that nothing names; dying after it leaves an intent, which the
/// next process completes from what it says.</remarks>
sealed class TablePublisher(
    ICatalog catalog,
    ITablePlace place,
    ProcessBeats process,
    IReadOnlyDictionary<string, IFactWriter> factWriters,
    TimeProvider time)
{
    /// <summary>The publication's intent stands, and the next process completes it: whoever holds the output's lease
    /// must keep it until then, or the rows could be added twice.</summary>
    internal const string UnfinishedCode = "publication-unfinished";

    const int MaxTries = 100;
    const int MaxWaitMs = 100;

    readonly TableUpkeep _upkeep = new(place, process.Path, catalog, time);

    public TableUpkeep Upkeep => _upkeep;

    /// <summary>The checks that the settings name, by table.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CheckRule>> CheckRules { get; set; } =
        new Dictionary<string, IReadOnlyList<CheckRule>>();

    /// <summary>What must hold before anything is published.</summary>
    public TableAudit Audit => new(this, catalog, place, process.Path, time) { Rules = CheckRules };

    public async Task<IReadOnlyList<ThingVersion>> PublishAsync(
        Publication publication, CancellationToken cancellationToken)
    {
        if (publication.Tables.Count == 0)
        {
            // All of it is in the catalog, so that one transaction does and nothing is there to recover.
            return await catalog.WriteAsync(
                session =>
                {
                    Check(session, publication);
                    return Finish(session, publication, []);
                },
                cancellationToken).ConfigureAwait(false);
        }

        var audited = await Audit.AuditAsync(publication, cancellationToken).ConfigureAwait(false);
        publication = audited.Publication;
        await BeginAsync(publication, cancellationToken).ConfigureAwait(false);
        // From here on the publication is carried through: stopping in between would only leave work for recovery.
        try
        {
            var tables = await PutEntriesAsync(publication, audited).ConfigureAwait(false);
            var versions = await FinishAsync(publication, tables).ConfigureAwait(false);
            await _upkeep.AfterAsync(publication, tables).ConfigureAwait(false);
            return versions;
        }
        catch (MillraceException exception)
            when (exception.Code is ConflictCheck.Code or TableAudit.FailedCode && !IsBegun(publication))
        {
            // Nothing is in a log yet, so there is nothing to complete.
            await catalog.WriteAsync(session => Withdraw(session, publication), CancellationToken.None)
                .ConfigureAwait(false);
            throw;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever it is: a log entry may be there, so the intent must be completed before anybody adds again.
            var failure = exception as MillraceException;
            throw new MillraceException(
                failure?.Kind ?? ErrorKind.Unavailable, UnfinishedCode,
                $"The rows are written, but publishing them stopped: {exception.Message}",
                $"{failure?.Hint ?? "Check the disk and the catalog."} Then run the same command again: it completes "
                + "what was begun.",
                exception);
        }
    }

    /// <summary>Completes or drops what dead processes left. What can't be completed stays as it is, so that one
    /// damaged table does not close the workspace.</summary>
    /// <param name="problems">Gets a sentence for each publication that can't be completed.</param>
    /// <param name="cancellationToken">Ends the wait between two publications.</param>
    /// <returns>How many were completed and how many dropped.</returns>
    public async Task<(int Completed, int Dropped)> RecoverAsync(
        List<string> problems, CancellationToken cancellationToken)
    {
        var intents = await catalog.ReadAsync(
            session => session.Query(
                "select process_id, host, payload from publication_intent order by created_at",
                row => new LeftIntent(row.Text(0), row.Text(1), row.Text(2)))
                .Where(intent => !process.IsAlive(session, intent.ProcessId, intent.Host)).ToList(),
            cancellationToken).ConfigureAwait(false);
        var completed = 0;
        var dropped = 0;
        foreach (var intent in intents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var publication = JsonSerializer.Deserialize(intent.Payload, TablesJson.Default.Publication)!;
            try
            {
                if (await CompleteAsync(publication).ConfigureAwait(false))
                {
                    completed++;
                }
                else
                {
                    dropped++;
                }
            }
            catch (MillraceException exception)
            {
                problems.Add(
                    $"run:{publication.RunId}: its process ended while it published, and the rest can't be published "
                    + $"now: {exception.Message}");
            }
        }

        return (completed, dropped);
    }

    /// <summary>Step 1.</summary>
    internal async Task BeginAsync(Publication publication, CancellationToken cancellationToken)
    {
        // What can be refused is refused here: after the first log entry there is no way back.
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in publication.Tables.Select(published => published.Table))
        {
            if (!names.Add(SqlName.CheckTable(table.Name)))
            {
                throw new ArgumentException($"Table '{table.Name}' is published twice.", nameof(publication));
            }

            var before = DeltaLog.Read(table.Name, place.Of(table.Name));
            if (before is not null)
            {
                CheckColumns(before, table);
            }

            if ((table.Change?.Metadata?.Schema ?? table.Schema) is var schema && before?.Schema.Equals(schema) != true)
            {
                DeltaSchema.Check(schema, table.Name);
            }
        }

        // In their place before the intent is: whoever completes it, on whatever machine, finds them there.
        foreach (var table in publication.Tables.Select(published => published.Table))
        {
            await place.Of(table.Name).KeepAsync(NewFiles(table), cancellationToken).ConfigureAwait(false);
        }

        var payload = JsonSerializer.Serialize(publication, TablesJson.Default.Publication);
        await catalog.WriteAsync(
            session =>
            {
                Check(session, publication);
                if (publication.Tables.Count > 0)
                {
                    session.Execute(
                        """
                        insert into publication_intent (attempt_id, process_id, host, created_at, payload)
                        values (@attempt, @process, @host, @now, @payload)
                        """,
                        ("attempt", publication.AttemptId), ("process", process.Id), ("host", process.Host),
                        ("now", session.Now), ("payload", payload));
                }

                return 0;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Step 2; does again only what is not done.</summary>
    internal async Task<IReadOnlyList<TableSnapshot>> PutEntriesAsync(
        Publication publication, AuditedPublication? audited = null)
    {
        var tables = new List<TableSnapshot>();
        foreach (var table in publication.Tables)
        {
            // After the first entry there is no way back, whatever the checks of the others would say now.
            tables.Add(await PutAsync(publication, table.Table, tables.Count == 0 ? audited : null)
                .ConfigureAwait(false));
        }

        return tables;
    }

    /// <summary>Step 3.</summary>
    internal Task<IReadOnlyList<ThingVersion>> FinishAsync(
        Publication publication, IReadOnlyList<TableSnapshot> tables)
    {
        var named = Named(tables);
        return catalog.WriteAsync<IReadOnlyList<ThingVersion>>(session => Finish(session, publication, named));
    }

    /// <summary>The tables with their identities: files may have to be read for them, which no transaction waits for.
    /// </summary>
    static List<(TableSnapshot Table, string Identity)> Named(IReadOnlyList<TableSnapshot> tables) =>
        [.. tables.Select(table => (table, table.Identity().ToString()))];

    async Task<bool> CompleteAsync(Publication publication)
    {
        if (!IsBegun(publication))
        {
            await catalog.WriteAsync(session => Withdraw(session, publication)).ConfigureAwait(false);
            return false;
        }

        var tables = Named(await PutEntriesAsync(publication).ConfigureAwait(false));
        // Another process may have completed it since the intent was read; then there is nothing left to write.
        await catalog.WriteAsync(session =>
            session.Count(
                "select count(*) from publication_intent where attempt_id = @id", ("id", publication.AttemptId)) == 0
                ? [] : Finish(session, publication, tables)).ConfigureAwait(false);
        return true;
    }

    static IReadOnlyList<string> NewFiles(StagedTable table) =>
    [
        .. table.Files.Select(file => file.Path), .. table.Files.Select(file => file.ObjectList).OfType<string>(),
        .. (table.Change?.Changes ?? []).Select(file => file.Path),
    ];

    static int Withdraw(CatalogSession session, Publication publication) => session.Execute(
        "delete from publication_intent where attempt_id = @id", ("id", publication.AttemptId));

    /// <exception cref="MillraceException"><c>ref-moved</c>.</exception>
    static void CheckRefs(CatalogSession session, StagedVersion staged)
    {
        foreach (var move in staged.Refs.Where(move => move.IsConditional))
        {
            var current = LineageLog.RefTarget(session, staged.Kind, staged.Name, move.Name);
            if (current != move.Expected && !IsThere(session, staged, current))
            {
                throw new MillraceException(
                    ErrorKind.Conflict, "ref-moved",
                    $"'{staged.Kind}:{staged.Name}@{move.Name}' was moved by another process while this run worked.",
                    "Run the same command again: it compares with the version that is there now.");
            }
        }
    }

    // A ref that points to the very version is where it shall be, whoever moved it.
    static bool IsThere(CatalogSession session, StagedVersion staged, long? current) => session.Count(
        "select count(*) from version where version_id = @id and kind = @kind and name = @name and hash = @hash",
        ("id", current), ("kind", staged.Kind), ("name", staged.Name), ("hash", staged.Hash)) > 0;

    bool IsBegun(Publication publication) => publication.Tables.Any(
        table => DeltaLog.Read(table.Table.Name, place.Of(table.Table.Name))?
            .Attempts.ContainsKey(publication.AttemptId) ?? false);

    async Task<TableSnapshot> PutAsync(Publication publication, StagedTable table, AuditedPublication? audited)
    {
        var files = place.Of(table.Name);
        files.Create();
        var began = time.GetUtcNow();
        var chance = new Random(string.GetHashCode(publication.AttemptId, StringComparison.Ordinal));
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            var before = DeltaLog.Read(table.Name, files);
            if (before is not null && DeltaLog.VersionOf(publication.AttemptId, before) is { } version)
            {
                return DeltaLog.Read(table.Name, files, version)!;
            }

            if (table.Change is not null)
            {
                new ConflictCheck(process.Path, table).Check(before);
            }
            else if (before is not null && IsUnchanged(before, table))
            {
                return before;
            }

            await CheckStandsAsync(publication, began).ConfigureAwait(false);

            if (audited?.IsStale(table.Name, before) == true)
            {
                await Audit.AuditAgainAsync(publication, table, before).ConfigureAwait(false);
            }

            var next = (before?.Version ?? -1) + 1;
            var entry = DeltaEntry.Build(
                table, before, Guid.CreateVersion7().ToString(), publication.AttemptId, publication.RunId,
                time.GetUtcNow());
            if (DeltaLog.TryPut(files, next, entry))
            {
                return DeltaLog.Read(table.Name, files, next)!;
            }

            // Writers that lost to the same one must not meet again at the same moment.
            var wait = chance.Next(Math.Min(MaxWaitMs, 1 << Math.Min(attempt, 10)) + 1);
            await Task.Delay(TimeSpan.FromMilliseconds(wait), time).ConfigureAwait(false);
        }

        throw new MillraceException(
            ErrorKind.Conflict, "table-contended",
            $"Table '{table.Name}' was changed by others {MaxTries} times while this publication tried to be next.",
            "Run the same command again when fewer processes write to the table.");
    }

    /// <summary>A process that stood still for long may have been taken for dead, and its intent dropped.</summary>
    async Task CheckStandsAsync(Publication publication, DateTimeOffset began)
    {
        if ((time.GetUtcNow() - began).Duration() > ProcessBeats.Lease / 2 && await catalog.ReadAsync(session => session.Count(
            "select count(*) from publication_intent where attempt_id = @id", ("id", publication.AttemptId)))
            .ConfigureAwait(false) == 0)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "lease-lost", "This process stood still for so long that another took it for dead.",
                "Nothing more of this attempt is published; run the same command again.");
        }
    }

    /// <summary>Whether publishing would leave the table's content as it is.</summary>
    /// <exception cref="MillraceException"><c>schema-mismatch</c>.</exception>
    static bool IsUnchanged(TableSnapshot before, StagedTable table)
    {
        CheckColumns(before, table);
        return !before.IsDropped && table.Mode == TableMode.Append
            ? table.Files.Count == 0
            : !before.IsDropped && before.Schema.Equals(table.Schema)
                && before.Files.Select(file => file.Hash).Order(StringComparer.Ordinal).SequenceEqual(
                    table.Files.Select(file => file.Hash).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    /// <exception cref="MillraceException"><c>schema-mismatch</c>: an append whose columns are not the table's;
    /// <c>table-not-writable</c>.</exception>
    static void CheckColumns(TableSnapshot before, StagedTable table)
    {
        WriteGate.Check(
            before, table.Change is { } change
                ? change.IsDataChange && change.Removed.Count > 0 : table.Mode == TableMode.Overwrite);
        if (table.Change is null && table.Mode == TableMode.Append && !before.IsDropped
            && !before.Schema.Equals(table.Schema) && !Extends(before, table))
        {
            throw Mismatch(before, table);
        }
    }

    static bool Extends(TableSnapshot before, StagedTable table) => table.AddsColumns
        && table.Schema.Columns.Take(before.Schema.Columns.Count).SequenceEqual(before.Schema.Columns);

    static MillraceException Mismatch(TableSnapshot before, StagedTable table)
    {
        var differences = table.Schema.Columns
            .Where(column => before.Schema.Find(column.Name)?.Type != column.Type)
            .Select(column => before.Schema.Find(column.Name) is { } old
                ? $"'{column.Name}' is {column.Type} in the rows and {old.Type} in the table"
                : $"'{column.Name}' ({column.Type}) is not in the table")
            .Concat(before.Schema.Columns.Where(column => table.Schema.Find(column.Name) is null)
                .Select(column => $"'{column.Name}' is missing from the rows"))
            .DefaultIfEmpty("the columns come in another order");
        return new MillraceException(
            ErrorKind.Invalid, "schema-mismatch",
            $"Rows can't be appended to table '{table.Name}' (v{before.Version}): {string.Join("; ", differences)}.",
            "Cast or rename the columns in the task that makes the rows, or write to a table of another name.");
    }

    void Check(CatalogSession session, Publication publication)
    {
        foreach (var fact in publication.Facts)
        {
            factWriters[fact.Kind].Check(session, publication.RunId, fact.Body);
        }

        foreach (var table in publication.Tables)
        {
            ViewStore.RefuseView(session, table.Table.Name);
        }

        foreach (var staged in publication.Versions)
        {
            CheckRefs(session, staged);
        }
    }

    IReadOnlyList<ThingVersion> Finish(
        CatalogSession session, Publication publication,
        IReadOnlyList<(TableSnapshot Table, string Identity)> tables)
    {
        foreach (var input in publication.Inputs)
        {
            var id = input.VersionId ?? LineageLog.AddVersion(
                session, input.External!.Kind, input.External.Name, null, input.External.Hash, null,
                input.External.Summary).Id;
            LineageLog.AddEdge(session, new LineageEdge(publication.RunId, id, false, input.Role));
        }

        var outputs = new List<ThingVersion>();
        foreach (var (table, published) in publication.Tables.Zip(tables))
        {
            outputs.Add(AddTable(session, publication, table, published.Table, published.Identity));
        }

        foreach (var staged in publication.Versions)
        {
            outputs.Add(AddVersion(session, publication.RunId, staged));
        }

        foreach (var fact in publication.Facts)
        {
            factWriters[fact.Kind].Write(session, publication.RunId, fact.Body);
        }

        LineageLog.EndRun(session, publication.RunId, RunOutcome.Succeeded, null);
        if (tables.Count > 0)
        {
            Withdraw(session, publication);
        }

        return outputs;
    }

    ThingVersion AddTable(
        CatalogSession session, Publication publication, PublishedTable table, TableSnapshot snapshot,
        string identity)
    {
        session.Execute(
            """
            insert into data_table (name, table_id, location, key_columns, created_at, dropped_at)
            values (@name, @id, @location, @keys, @now, @dropped)
            on conflict (name) do update set key_columns = @keys, dropped_at = case when exists (
                select 1 from version where kind = 'table' and name = @name and number > @number)
                then data_table.dropped_at else excluded.dropped_at end
            """,
            ("name", snapshot.Name), ("id", snapshot.TableId), ("location", place.LocationOf(snapshot.Name)),
            ("now", session.Now),
            ("keys", JsonSerializer.Serialize([.. table.Table.KeyColumns], TablesJson.Default.ListString)),
            ("dropped", snapshot.IsDropped ? session.Now : null), ("number", snapshot.Version));
        var summary = JsonNode.Parse(table.Summary)!.AsObject();
        summary["rows"] = snapshot.RowCount;
        summary["rowsWritten"] = table.Table.RowCount;
        summary["files"] = snapshot.Files.Count;
        summary["bytes"] = snapshot.SizeBytes;
        if (table.Table.Change is { } change)
        {
            summary["operation"] = change.Operation;
            if (change.Operation == TableChange.Restore
                && JsonNode.Parse(change.Parameters)?["version"]?.GetValue<string>() is { } restored)
            {
                // So that whoever reads the summaries knows which of them are not of the table any more.
                summary["restored"] = long.Parse(restored, CultureInfo.InvariantCulture);
            }
        }

        if (table.Table.Change is { Operation: TableChange.CloneTable, Parameters: var text }
            && JsonNode.Parse(text) is { } clone)
        {
            // What the source's summaries tell holds for the clone.
            summary["clonedFrom"] = clone["source"]?.GetValue<string>();
            summary["clonedVersion"] = long.Parse(
                clone["sourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        }

        if (table.Table.ColumnFigures is { } figures)
        {
            summary["columns"] = JsonNode.Parse(figures);
        }

        var version = LineageLog.AddVersion(
            session, "table", snapshot.Name, snapshot.Version, identity,
            Maker(session, publication, snapshot), summary.ToJsonString());
        LineageLog.AddEdge(session, new LineageEdge(publication.RunId, version.Id, true, table.Role));
        return version;
    }

    // A publication that changed nothing stands for a version that another run made, and may be the first to record
    // it. A log that came from elsewhere names a run that this catalog does not know.
    static string? Maker(CatalogSession session, Publication publication, TableSnapshot snapshot) =>
        snapshot.Attempts.GetValueOrDefault(publication.AttemptId, -1) == snapshot.Version ? publication.RunId
        : snapshot.RunId is { } runId && session.Count("select count(*) from run where run_id = @id", ("id", runId)) > 0
            ? runId : null;

    static ThingVersion AddVersion(CatalogSession session, string runId, StagedVersion staged)
    {
        var version = LineageLog.AddVersion(
            session, staged.Kind, staged.Name, null, staged.Hash, runId, staged.Summary);
        LineageLog.AddEdge(session, new LineageEdge(runId, version.Id, true, staged.Role));
        foreach (var pinned in staged.Pins)
        {
            LineageLog.Pin(session, pinned, version.Label);
        }

        foreach (var move in staged.Refs)
        {
            var expected = move.IsConditional
                ? move.Expected : LineageLog.RefTarget(session, staged.Kind, staged.Name, move.Name);
            LineageLog.MoveRef(session, staged.Kind, staged.Name, move.Name, expected, version.Id);
        }

        return version;
    }

    /// <summary>A publication that was begun, as every opening of a workspace looks for it.</summary>
    /// <remarks>A class: code of lists of it is there when the program starts.</remarks>
    sealed record LeftIntent(string ProcessId, string Host, string Payload);
}
