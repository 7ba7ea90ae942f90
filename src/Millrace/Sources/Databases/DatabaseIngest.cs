using System.Text.Json.Nodes;
using Millrace.Objects;
using Millrace.Sources.Loading;
using Millrace.Tables;
using Millrace.Tables.Edits;

namespace Millrace.Sources.Databases;

/// <summary>One ingest of tables or a query of a database: read from one state of it, proved, and published at once
/// under a lease on all tables.</summary>
sealed class DatabaseIngest(
    IngestPlaces places, DatabaseIngestSettings settings, IProgress<IngestProgress>? progress)
{
    /// <summary>What a session that writes files may use.</summary>
    const int PartMemoryMiB = 512;

    readonly Lookback _lookback = Lookback.Parse(settings.Lookback);

    public async Task<IReadOnlyList<IngestReport>> RunAsync(CancellationToken cancellationToken)
    {
        CheckSettings();
        var started = places.Time.GetTimestamp();
        var temporary = Path.Combine(places.TemporaryFolder, $"ingest-{Guid.NewGuid():N}");
        Directory.CreateDirectory(temporary);
        try
        {
            var reports = await RunAsync(temporary, cancellationToken).ConfigureAwait(false);
            return [.. reports.Select(report => report with { Duration = places.Time.GetElapsedTime(started) })];
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    async Task<IReadOnlyList<IngestReport>> RunAsync(string temporary, CancellationToken cancellationToken)
    {
        // The names are asked for before the lease; the rows are read from a state that is taken under it.
        List<DatabaseTable> tables;
        using (var session = await OpenAsync(cancellationToken).ConfigureAwait(false))
        {
            tables = DatabaseTable.Of(session, settings);
            if (settings.IsDryRun)
            {
                return await LookAsync(session, tables, cancellationToken).ConfigureAwait(false);
            }
        }

        var lease = new TableLease(places, [.. tables.Select(table => table.Table)], Parameters(tables), progress);
        return await lease.HoldAsync(
            () => IngestAsync(lease, tables, temporary, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    async Task<IReadOnlyList<IngestReport>> LookAsync(
        DatabaseSession session, List<DatabaseTable> tables, CancellationToken cancellationToken)
    {
        var reports = new List<IngestReport>();
        foreach (var table in tables)
        {
            using var work = await BeginAsync(table, "", "", null, cancellationToken).ConfigureAwait(false);
            var (plan, count) = await Task.Run(
                () =>
                {
                    var order = work.Order with { Where = Where(session, work) };
                    return (session.Look(order, cancellationToken), session.Count(order.From, order.Where));
                },
                cancellationToken).ConfigureAwait(false);
            reports.Add(new IngestReport(
                table.Table, null,
                [.. plan.Columns.Select(column => new IngestedColumn(column.Name, column.Delta, 0))],
                [new IngestedFile(table.Label, "", Format, 0, false, count, count, 0)],
                [.. plan.Notices, .. plan.Differences.Select(difference => $"{difference}.")], TimeSpan.Zero));
        }

        return reports;
    }

    async Task<IReadOnlyList<IngestReport>> IngestAsync(
        TableLease lease, List<DatabaseTable> tables, string temporary, CancellationToken cancellationToken)
    {
        using var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        // Nothing that is stored is swept before it is published.
        using var objects = places.Objects.BeginBatch();
        var works = new List<DatabaseWork>();
        try
        {
            foreach (var table in tables)
            {
                var work = await BeginAsync(
                    table, lease.AttemptId, temporary, objects, cancellationToken).ConfigureAwait(false);
                works.Add(work);
                await Task.Run(() => Load(session, work, cancellationToken), cancellationToken).ConfigureAwait(false);
                await RemoveKnownAsync(work, cancellationToken).ConfigureAwait(false);
            }

            await objects.CommitAsync(cancellationToken).ConfigureAwait(false);
            await PublishAsync(lease, works, cancellationToken).ConfigureAwait(false);
            return [.. works.Select(work => work.Report(Format))];
        }
        catch (MillraceException exception) when (exception.Code == TablePublisher.UnfinishedCode)
        {
            throw;
        }
        catch
        {
            works.ForEach(work => work.Drop());
            throw;
        }
        finally
        {
            works.ForEach(work => work.Dispose());
        }
    }

    async Task<DatabaseWork> BeginAsync(
        DatabaseTable table,
        string attemptId,
        string temporary,
        ObjectBatch? objects,
        CancellationToken cancellationToken)
    {
        var entry = await places.Tables.FindAsync(table.Table, cancellationToken).ConfigureAwait(false);
        var history = await TableHistory.ReadAsync(places.Tables, table.Table, cancellationToken)
            .ConfigureAwait(false);
        var isCursor = settings.Cursor is not null && settings.KeyColumns.Count == 0;
        var delivery = new RowDelivery(
            places,
            new DeliveryOrder(
                table.Table, settings.Mode, settings.OnDrift, settings.KeyColumns, settings.DeletesOthers,
                isCursor && history.Marks.ContainsKey(table.Label) ? settings.Cursor : null),
            entry is null ? null : places.Tables.Open(entry.Newest), attemptId, temporary, OpenEngine);
        var rows = 0L;
        var bytes = 0L;
        var engine = OpenEngine();
        var order = new LoadOrder(
            table.Label,
            new IngestSettings
            {
                Table = table.Table,
                Sources = [table.Label],
                Mode = settings.Mode,
                OnDrift = settings.OnDrift,
                KeyColumns = settings.KeyColumns,
                Types = settings.Types,
            },
            delivery.Columns, history.JsonColumns, history.BytesColumns, table.From, null, delivery.Stage, "",
            new RowQuarantine(engine, objects), objects, OpenEngine,
            (moreBytes, moreRows) => progress?.Report(new IngestProgress(
                moreBytes == 0 ? "looking" : "reading", bytes += moreBytes, 0, rows += moreRows)),
            settings.MaxRowBytes);
        return new DatabaseWork(table, entry, history, delivery, order, engine);
    }

    string? Where(DatabaseSession session, DatabaseWork work)
    {
        if (settings.Cursor is not { } cursor)
        {
            return null;
        }

        if (!session.Columns(work.Source.From).Contains(cursor, StringComparer.Ordinal))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "column-unknown", $"'{work.Source.Label}' has no column '{cursor}'.",
                $"Its columns are {string.Join(", ", session.Columns(work.Source.From).Take(50))}.");
        }

        var known = settings.Mode == TableMode.Overwrite
            ? null : work.History.Marks.GetValueOrDefault(work.Source.Label);
        if (known is not null && known.Column != cursor)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "cursor-changed",
                $"Table '{work.Source.Table}' was taken from '{work.Source.Label}' by column '{known.Column}' so far.",
                $"Name that one, or take all rows anew with '--replace --cursor {cursor}'.");
        }

        work.Mark = session.Newest(work.Source.From, cursor) ?? known;
        return known is null ? null : session.Behind(work.Source.From, known, _lookback);
    }

    void Load(DatabaseSession session, DatabaseWork work, CancellationToken cancellationToken)
    {
        work.Order = work.Order with { Where = Where(session, work) };
        work.Loaded = session.Load(work.Order, cancellationToken);
        RefuseTwice(work);
    }

    /// <summary>Without a cursor, a key or a replacement nothing tells which rows are new: the same ones are known by
    /// their hash, and changed ones are refused.</summary>
    void RefuseTwice(DatabaseWork work)
    {
        if (settings.IsRepeated || settings.Mode == TableMode.Overwrite || settings.KeyColumns.Count > 0
            || settings.Cursor is not null)
        {
            return;
        }

        if (work.History.Inputs.TryGetValue(work.Loaded!.Hash, out var version))
        {
            work.IsKnown = true;
            work.Notices.Add(
                $"'{work.Source.Label}' has the same rows as what {version} holds, so they are not added again.");
            return;
        }

        if (work.History.Sources.TryGetValue(work.Source.Label, out var before))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "source-loaded",
                $"{before} holds rows of '{work.Source.Label}', which has changed since, so some rows would be there "
                + "twice.",
                "Say how new rows are told: '--key COLUMN' replaces rows of the same key, '--cursor COLUMN' takes "
                + "those behind its greatest value, '--replace' takes all anew. '--again' adds all nevertheless.");
        }
    }

    /// <summary>Rows that are read again behind a mark must not go to the quarantine again.</summary>
    async Task RemoveKnownAsync(DatabaseWork work, CancellationToken cancellationToken)
    {
        var isAnew = settings.Mode == TableMode.Overwrite || work.IsKnown;
        if (work.Order.Quarantine.Count > 0 && !isAnew && await places.Tables.FindAsync(
            work.Source.Quarantine, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            work.Order.Quarantine.RemoveKnown(places.Tables.Open(entry.Newest), work.Source.Label);
        }
    }

    async Task PublishAsync(TableLease lease, List<DatabaseWork> works, CancellationToken cancellationToken)
    {
        foreach (var work in works.Where(work => work.IsKnown))
        {
            work.Drop();
        }

        var fresh = works.Where(work => !work.IsKnown).ToList();
        var stage = places.Tables.StageOf(lease.AttemptId);
        var bad = fresh.Where(work => work.Order.Quarantine.Count > 0).Select(work => new PublishedTable(
            work.Source.Quarantine, work.StageBad(stage, settings, cancellationToken),
            work.Summary(settings, Format))).ToList();
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    var changed = fresh.Where(work => work.Prepare(settings, cancellationToken)).ToList();
                    if (changed.Count + bad.Count == 0)
                    {
                        await lease.EndAsync().ConfigureAwait(false);
                        return;
                    }

                    List<PublishedTable> tables =
                    [
                        .. changed.Select(work => new PublishedTable(
                            work.Source.Table, work.Rows!.Table!, work.Summary(settings, Format))),
                        .. bad,
                    ];
                    var versions = await lease.PublishAsync(
                        tables, fresh.Select(work => work.Input()), fresh.Select(work => work.Entry)
                            .OfType<TableEntry>().Where(_ => settings.Mode == TableMode.Append),
                        cancellationToken).ConfigureAwait(false);
                    for (var i = 0; i < changed.Count; i++)
                    {
                        changed[i].Version = versions[i];
                    }

                    return;
                }
                catch (MillraceException exception)
                    when (exception.Code == ConflictCheck.Code && attempt < RowDelivery.MaxRetries)
                {
                    fresh.ForEach(work => work.Undo());
                }
            }
        }
        catch (Exception exception) when (exception is not MillraceException { Code: TablePublisher.UnfinishedCode })
        {
            bad.ForEach(table => stage.Drop(table.Table.Name, table.Table.Files));
            throw;
        }
    }

    void CheckSettings()
    {
        if (settings.DeletesOthers && (settings.KeyColumns.Count == 0 || settings.Cursor is not null
            || settings.Mode == TableMode.Overwrite))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "option-invalid",
                "Rows that are gone can only be told when all rows are read and matched by a key.",
                "Write '--mirror' with '--key COLUMN', and without '--cursor' and '--replace'.");
        }

        if (settings.Lookback is not null && settings.Cursor is null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", "A span to look back needs a column to look back in.",
                "Name it with '--cursor COLUMN'.");
        }
    }

    Task<DatabaseSession> OpenAsync(CancellationToken cancellationToken) =>
        Task.Run(() => DatabaseSession.Open(settings.Database, cancellationToken), cancellationToken);

    SourceFormat Format => settings.Database.IsPostgres ? SourceFormat.Postgres : SourceFormat.Sqlite;

    SqlSession OpenEngine() => new(places.TemporaryFolder, 1, PartMemoryMiB);

    string Parameters(List<DatabaseTable> tables) => new JsonObject
    {
        ["sources"] = string.Join(' ', tables.Select(table => table.Label)),
        ["mode"] = settings.Mode == TableMode.Append ? "append" : "overwrite",
        ["query"] = settings.Query,
        ["key"] = settings.KeyColumns.Count > 0 ? string.Join(',', settings.KeyColumns) : null,
        ["cursor"] = settings.Cursor,
        ["lookback"] = settings.Lookback,
    }.ToJsonString();
}
