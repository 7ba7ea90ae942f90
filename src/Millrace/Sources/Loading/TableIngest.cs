using System.Text.Json.Nodes;
using Millrace.Lineage;
using Millrace.Tables;

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
        var before = Before(entry);
        using var session = OpenSession();
        using var sink = new QuarantineSink(session, files);
        var (plan, ranges) = files.Count > 0 && SourceIntake.IsTyped(files[0])
            ? Typed(files, before, temporary).Look(cancellationToken)
            : await Work(files, before, history, sink).LookAsync(cancellationToken).ConfigureAwait(false);
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

        var before = Before(entry);
        var stage = Stage;
        using var session = OpenSession();
        using var sink = new QuarantineSink(session, files);
        var (plan, parts) = SourceIntake.IsTyped(files[0])
            ? await Typed(files, before, temporary).WriteAsync(cancellationToken).ConfigureAwait(false)
            : await Work(files, before, history, sink).WriteAsync(cancellationToken).ConfigureAwait(false);
        _notices.AddRange(plan.Notices);
        var ranges = parts.SelectMany(part => part.Ranges).ToList();
        var staged = new List<PublishedTable>();
        try
        {
            files.ForEach(file => file.CheckUnchanged());
            var report = Files(files, known, ranges);
            var columns = plan.Columns.Select((column, i) => new IngestedColumn(
                column.Name, column.Delta, parts.Sum(part => part.Values[i]))).ToList();
            var added = parts.Where(part => part.File is not null).Select(part => part.File!).ToList();
            if (added.Count == 0 && sink.Count == 0 && before is null)
            {
                _notices.Add($"There is no record in the input, so there is no table '{settings.Table}' to make.");
                return await NothingAsync(report).ConfigureAwait(false);
            }

            var summary = IngestSummary.Of(settings, plan, report, columns);
            if (columns.Count > 0)
            {
                var table = Staged(plan, before, entry, stage, session, added, cancellationToken);
                staged.Add(new PublishedTable(
                    settings.Table,
                    await stage.WithFiguresAsync(session, table, cancellationToken).ConfigureAwait(false), summary));
            }

            await AddQuarantineAsync(staged, stage, session, sink, ranges, summary, cancellationToken)
                .ConfigureAwait(false);
            var inputs = files.Select(file => new ExternalVersion(
                "file", file.Name, file.Hash, new JsonObject { ["bytes"] = file.SizeBytes }.ToJsonString()));
            var versions = await _lease.PublishAsync(staged, inputs, entry, cancellationToken).ConfigureAwait(false);
            return new Outcome(columns.Count > 0 ? versions[0] : null, columns, report);
        }
        catch (MillraceException exception) when (exception.Code == TablePublisher.UnfinishedCode)
        {
            throw;
        }
        catch
        {
            stage.Drop(settings.Table, parts.Where(part => part.File is not null).Select(part => part.File!));
            staged.ForEach(table => stage.Drop(table.Table.Name, table.Table.Files));
            throw;
        }
    }

    /// <summary>What is published of the table: an append, or all of its rows anew when a column takes another type.
    /// </summary>
    StagedTable Staged(
        IngestPlan plan,
        TableSnapshot? before,
        TableEntry? entry,
        TableStage stage,
        SqlSession session,
        List<DataFile> added,
        CancellationToken cancellationToken)
    {
        var keys = entry?.KeyColumns ?? [];
        if (settings.Mode == TableMode.Overwrite)
        {
            return new StagedTable(settings.Table, TableMode.Overwrite, plan.Schema, keys, added);
        }

        if (plan.Widened.Count == 0 || before is null)
        {
            return new StagedTable(settings.Table, TableMode.Append, plan.Schema, keys, added)
            {
                AddsColumns = plan.Added.Count > 0,
            };
        }

        session.Attach("before", before);
        var columns = plan.Columns.Select(column =>
            plan.Widened.TryGetValue(column.Name, out var sql) ? $"{sql} as {SqlName.Quote(column.Name)}"
            : before.Schema.Find(column.Name) is not null ? SqlName.Quote(column.Name)
            : $"cast(null as {new TableColumn(column.Name, column.Delta).SqlType}) as {SqlName.Quote(column.Name)}");
        var old = stage.WriteFile(
            session, settings.Table, plan.Schema, $"select {string.Join(", ", columns)} from before", "old",
            cancellationToken);
        _notices.Add(
            $"{string.Join(", ", plan.Widened.Keys.Select(name => $"'{name}'"))} took a wider type; the older rows "
            + "were written again.");
        return new StagedTable(
            settings.Table, TableMode.Overwrite, plan.Schema, keys, old is null ? added : [old, .. added]);
    }

    async Task AddQuarantineAsync(
        List<PublishedTable> staged,
        TableStage stage,
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
            stage.Write(
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
        // Inputs that gave no row at all are known by the quarantine alone.
        var versions = await places.Tables.Lineage.VersionsAsync(
            "table", entry is null ? _quarantine : settings.Table, cancellationToken).ConfigureAwait(false);
        return (entry, TableHistory.Of(versions));
    }

    TableSnapshot? Before(TableEntry? entry) => entry is null || settings.Mode == TableMode.Overwrite
        ? null : places.Tables.Open(entry.Newest);

    RecordIngest Work(
        List<InputFile> files, TableSnapshot? before, TableHistory history, QuarantineSink sink) => new(
        settings, files, new IngestPlanner(settings, before?.Schema, history.JsonColumns),
        Stage, sink, OpenSession, progress);

    TypedIngest Typed(List<InputFile> files, TableSnapshot? before, string temporary) => new(
        settings, files, before?.Schema, Stage, OpenSession, temporary, progress);

    TableStage Stage => field ??= new TableStage(places.Tables.Folder, _lease.AttemptId);

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
