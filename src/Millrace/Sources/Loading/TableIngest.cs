using System.Text.Json.Nodes;
using Millrace.Lineage;
using Millrace.Tables;
using Millrace.Tables.Checks;
using Millrace.Tables.Edits;

namespace Millrace.Sources.Loading;

/// <summary>One ingest from its sources to its publication, under a lease on the table.</summary>
sealed class TableIngest(IngestPlaces places, IngestSettings settings, IProgress<IngestProgress>? progress)
{
    /// <summary>What a session that writes a part may use.</summary>
    const int PartMemoryMiB = 512;

    readonly TableLease _lease = new(places, settings, progress);
    readonly List<string> _notices = [];
    readonly string _quarantine = settings.Table + "$quarantine";

    public async Task<IngestReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = places.Time.GetTimestamp();
        SqlName.CheckTable(settings.Table);
        var temporary = Path.Combine(places.TemporaryFolder, $"ingest-{_lease.AttemptId}");
        Directory.CreateDirectory(temporary);
        try
        {
            var (version, columns, files) = settings.IsDryRun
                ? await LookAsync(temporary, cancellationToken).ConfigureAwait(false)
                : await _lease.HoldAsync(() => IngestAsync(temporary, cancellationToken), cancellationToken)
                    .ConfigureAwait(false);
            return new IngestReport(
                settings.Table, version, columns, files, _notices, places.Time.GetElapsedTime(started));
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    async Task<Outcome> LookAsync(string temporary, CancellationToken cancellationToken)
    {
        var (entry, history) = await TableAsync(cancellationToken).ConfigureAwait(false);
        var (files, known) = new SourceIntake(settings, temporary, progress, _notices).Take(history, cancellationToken);
        var columns = Deliver(entry, temporary).Columns;
        using var session = OpenSession();
        using var sink = new QuarantineSink(session, files);
        var (plan, ranges) = files.Count > 0 && SourceIntake.IsTyped(files[0])
            ? Typed(files, columns, Stage, temporary).Look(cancellationToken)
            : await Work(files, columns, Stage, history, sink).LookAsync(cancellationToken).ConfigureAwait(false);
        _notices.AddRange(plan.Notices);
        _notices.AddRange(plan.Differences.Select(difference => $"{difference}."));
        return new Outcome(
            null, [.. plan.Columns.Select(column => new IngestedColumn(column.Name, column.Delta, 0))],
            Files(files, known, ranges));
    }

    async Task<Outcome> IngestAsync(string temporary, CancellationToken cancellationToken)
    {
        var (entry, history) = await TableAsync(cancellationToken).ConfigureAwait(false);
        var (files, known) = new SourceIntake(settings, temporary, progress, _notices).Take(history, cancellationToken);
        if (files.Count == 0)
        {
            return await NothingAsync(known).ConfigureAwait(false);
        }

        var delivery = Deliver(entry, temporary);
        using var session = OpenSession();
        using var sink = new QuarantineSink(session, files);
        var (plan, parts) = SourceIntake.IsTyped(files[0])
            ? await Typed(files, delivery.Columns, delivery.Stage, temporary).WriteAsync(cancellationToken)
                .ConfigureAwait(false)
            : await Work(files, delivery.Columns, delivery.Stage, history, sink).WriteAsync(cancellationToken)
                .ConfigureAwait(false);
        _notices.AddRange(plan.Notices);
        var ranges = parts.SelectMany(part => part.Ranges).ToList();
        var added = parts.Where(part => part.File is not null).Select(part => part.File!).ToList();
        var staged = new List<PublishedTable>();
        try
        {
            files.ForEach(file => file.CheckUnchanged());
            var report = Files(files, known, ranges);
            var columns = plan.Columns.Select((column, i) => new IngestedColumn(
                column.Name, column.Delta, parts.Sum(part => part.Values[i]))).ToList();
            if (added.Count == 0 && sink.Count == 0 && delivery.Columns is null)
            {
                _notices.Add($"There is no record in the input, so there is no table '{settings.Table}' to make.");
                return await NothingAsync(report).ConfigureAwait(false);
            }

            QuarantineGate.Check(
                settings, report, entry is not null && places.Tables.Open(entry.Newest).RowCount > 0, sink.Sample);
            var summary = IngestSummary.Of(settings, plan, report, columns);
            await AddQuarantineAsync(staged, session, sink, ranges, summary, cancellationToken)
                .ConfigureAwait(false);
            var inputs = files.Select(file => new ExternalVersion(
                "file", file.Name, file.Hash, new JsonObject { ["bytes"] = file.SizeBytes }.ToJsonString())).ToList();
            var version = await DeliverAsync(
                session, delivery, plan, added, staged, inputs, entry, summary, cancellationToken)
                .ConfigureAwait(false);
            return new Outcome(version, columns, report);
        }
        catch (MillraceException exception) when (exception.Code == TablePublisher.UnfinishedCode)
        {
            throw;
        }
        catch
        {
            delivery.Stage.Drop(settings.Table, added);
            staged.ForEach(table => Stage.Drop(table.Table.Name, table.Table.Files));
            throw;
        }
    }

    /// <summary>Publishes rows and quarantine; a change that another writer came before is prepared anew.</summary>
    async Task<ThingVersion?> DeliverAsync(
        SqlSession session,
        RowDelivery delivery,
        IngestPlan plan,
        IReadOnlyList<DataFile> added,
        List<PublishedTable> staged,
        List<ExternalVersion> inputs,
        TableEntry? entry,
        string summary,
        CancellationToken cancellationToken)
    {
        if (plan.Columns.Count == 0)
        {
            await _lease.PublishAsync(staged, inputs, [], cancellationToken).ConfigureAwait(false);
            return null;
        }

        for (var attempt = 0; ; attempt++)
        {
            var notices = new List<string>();
            using var rows = delivery.Prepare(plan, added, entry?.KeyColumns ?? [], notices, cancellationToken);
            try
            {
                var table = rows.Table is { } prepared && delivery.IsDirect
                    ? await delivery.Stage.WithFiguresAsync(session, prepared, cancellationToken).ConfigureAwait(false)
                    : rows.Table;
                var tables = table is not null
                    ? [new PublishedTable(settings.Table, table, summary), .. staged] : staged;
                var versions = await _lease.PublishAsync(tables, inputs, Kept(entry), cancellationToken)
                    .ConfigureAwait(false);
                _notices.AddRange(notices);
                _notices.AddRange(versions.SelectMany(CheckText.WarningsOf));
                return rows.Table is null ? null : versions[0];
            }
            catch (MillraceException exception)
                when (exception.Code == ConflictCheck.Code && attempt < RowDelivery.MaxRetries)
            {
                rows.Undo();
            }
            catch (Exception exception)
                when (exception is not MillraceException { Code: TablePublisher.UnfinishedCode })
            {
                rows.Drop();
                throw;
            }
        }
    }

    async Task AddQuarantineAsync(
        List<PublishedTable> staged,
        SqlSession session,
        QuarantineSink sink,
        List<RangeResult> ranges,
        string summary,
        CancellationToken cancellationToken)
    {
        if (sink.Count == 0)
        {
            return;
        }

        using var batch = places.Objects.BeginBatch();
        await sink.StoreLongAsync(batch, cancellationToken).ConfigureAwait(false);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        staged.Add(new PublishedTable(
            _quarantine,
            Stage.Write(
                session, _quarantine, settings.Mode, sink.Query(ranges), [], part: "quarantine",
                cancellationToken: cancellationToken),
            summary));
        _notices.Add(
            $"{sink.Count:N0} records are no rows; they are in table '{_quarantine}' with file, line and reason.");
    }

    /// <summary>Ends a run that has nothing to publish.</summary>
    async Task<Outcome> NothingAsync(IReadOnlyList<IngestedFile> files)
    {
        await _lease.EndAsync().ConfigureAwait(false);
        return new Outcome(null, [], files);
    }

    async Task<(TableEntry? Entry, TableHistory History)> TableAsync(CancellationToken cancellationToken)
    {
        var entry = await places.Tables.FindAsync(settings.Table, cancellationToken).ConfigureAwait(false);
        return (entry, await TableHistory.ReadAsync(places.Tables, settings.Table, cancellationToken)
            .ConfigureAwait(false));
    }

    RowDelivery Deliver(TableEntry? entry, string temporary) => new(
        places, new DeliveryOrder(settings.Table, settings.Mode, settings.OnDrift, settings.KeyColumns),
        entry is null ? null : places.Tables.Open(entry.Newest), _lease.AttemptId, temporary, OpenSession);

    IEnumerable<TableEntry> Kept(TableEntry? entry) =>
        entry is not null && settings.Mode == TableMode.Append ? [entry] : [];

    RecordIngest Work(
        List<InputFile> files, TableSchema? before, TableStage stage, TableHistory history, QuarantineSink sink) => new(
        settings, files, new IngestPlanner(settings, before, history.JsonColumns), stage, sink, OpenSession, progress);

    TypedIngest Typed(List<InputFile> files, TableSchema? before, TableStage stage, string temporary) => new(
        settings, files, before, stage, OpenSession, temporary, progress);

    /// <summary>Where the quarantine is written to.</summary>
    TableStage Stage => field ??= places.Tables.StageOf(_lease.AttemptId);

    SqlSession OpenSession() => new(places.TemporaryFolder, 1, PartMemoryMiB);

    public static List<IngestedFile> Files(
        IReadOnlyList<InputFile> files, IReadOnlyList<IngestedFile> known, IEnumerable<RangeResult> ranges)
    {
        var byFile = ranges.ToLookup(range => range.Range.File);
        return
        [
            .. files.Select(file => new IngestedFile(
                file.Name, file.Hash, file.Origin, file.SizeBytes, false, byFile[file].Sum(range => range.Records),
                byFile[file].Sum(range => range.Rows), byFile[file].Sum(range => range.Bad))),
            .. known,
        ];
    }

    readonly record struct Outcome(
        ThingVersion? Version, IReadOnlyList<IngestedColumn> Columns, IReadOnlyList<IngestedFile> Files);
}
