using System.Text.Json.Nodes;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Pipelines;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>One ingest from its sources to its publication, under a lease on the table.</summary>
sealed class TableIngest(IngestPlaces places, IngestSettings settings, IProgress<IngestProgress>? progress)
{
    /// <summary>What a session that writes a part may use.</summary>
    const int PartMemoryMiB = 512;

    static readonly TimeSpan LeasePoll = TimeSpan.FromMilliseconds(200);

    readonly string _attemptId = Guid.CreateVersion7().ToString("N");
    readonly List<string> _notices = [];
    readonly string _quarantine = settings.Table + "$quarantine";

    public async Task<IngestReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = places.Time.GetTimestamp();
        SqlName.CheckTable(settings.Table);
        var temporary = Path.Combine(places.TemporaryFolder, $"ingest-{_attemptId}");
        Directory.CreateDirectory(temporary);
        try
        {
            var (version, columns, files) = settings.IsDryRun
                ? await LookAsync(temporary, cancellationToken).ConfigureAwait(false)
                : await UnderLeaseAsync(temporary, cancellationToken).ConfigureAwait(false);
            return new IngestReport(
                settings.Table, version, columns, files, _notices, places.Time.GetElapsedTime(started));
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    async Task<Outcome> UnderLeaseAsync(string temporary, CancellationToken cancellationToken)
    {
        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "command", $"ingest/{settings.Table}", null, null, "ingest/1",
            Parameters(), RunOutcome.Running, null, places.Time.GetUtcNow(), null);
        string[] leases = [$"table:{settings.Table}", $"table:{_quarantine}"];
        await BeginAsync(run, leases, cancellationToken).ConfigureAwait(false);
        try
        {
            return await IngestAsync(run, leases, temporary, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code == TablePublisher.UnfinishedCode)
        {
            // The publication stands: the lease is kept until this process ends, and the next one completes it.
            throw;
        }
        catch (Exception exception)
        {
            var outcome = exception is OperationCanceledException ? RunOutcome.Cancelled : RunOutcome.Failed;
            await places.Ledger.EndAsync(run.Id, _attemptId, outcome, exception.Message, null).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until nobody else writes to the table.</summary>
    async Task BeginAsync(Run run, string[] leases, CancellationToken cancellationToken)
    {
        LeaseHolder? told = null;
        while (true)
        {
            var start = await places.Ledger.BeginAsync(
                run, _attemptId, leases, isForced: true, cancellationToken).ConfigureAwait(false);
            if (start.Holder is not { } holder)
            {
                return;
            }

            if (!places.Ledger.IsAlive(holder))
            {
                await places.Tables.RecoverAsync(cancellationToken).ConfigureAwait(false);
                await places.Ledger.RecoverAsync(cancellationToken).ConfigureAwait(false);
            }

            if (told != holder)
            {
                told = holder;
                progress?.Report(new IngestProgress($"waiting for process {holder.Pid} on {holder.Host}", 0, 0, 0));
            }

            await Task.Delay(LeasePoll, places.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    async Task<Outcome> LookAsync(string temporary, CancellationToken cancellationToken)
    {
        var (entry, history) = await TableAsync(cancellationToken).ConfigureAwait(false);
        var (files, known) = Take(temporary, history, cancellationToken);
        var before = Before(entry);
        using var session = OpenSession();
        using var sink = new QuarantineSink(session, files);
        var (plan, ranges) = files.Count > 0 && IsTyped(files[0])
            ? Typed(files, before, temporary).Look(cancellationToken)
            : await Work(files, before, history, sink).LookAsync(cancellationToken).ConfigureAwait(false);
        _notices.AddRange(plan.Notices);
        _notices.AddRange(plan.Differences.Select(difference => $"{difference}."));
        return new Outcome(
            null, [.. plan.Columns.Select(column => new IngestedColumn(column.Name, column.Delta, 0))],
            Files(files, known, ranges));
    }

    async Task<Outcome> IngestAsync(Run run, string[] leases, string temporary, CancellationToken cancellationToken)
    {
        var (entry, history) = await TableAsync(cancellationToken).ConfigureAwait(false);
        var (files, known) = Take(temporary, history, cancellationToken);
        if (files.Count == 0)
        {
            return await NothingAsync(run, known, cancellationToken).ConfigureAwait(false);
        }

        var before = Before(entry);
        var stage = new TableStage(places.Tables.Folder, _attemptId);
        using var session = OpenSession();
        using var sink = new QuarantineSink(session, files);
        var (plan, parts) = IsTyped(files[0])
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
                return await NothingAsync(run, report, cancellationToken).ConfigureAwait(false);
            }

            var summary = IngestSummary.Of(settings, plan, report, columns);
            if (columns.Count > 0)
            {
                staged.Add(new PublishedTable(
                    settings.Table, Staged(plan, before, entry, stage, session, added, cancellationToken), summary));
            }

            await AddQuarantineAsync(staged, stage, session, sink, ranges, summary, cancellationToken)
                .ConfigureAwait(false);
            var versions = await PublishAsync(run, leases, staged, files, entry, cancellationToken)
                .ConfigureAwait(false);
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
            $"{string.Join(", ", plan.Widened.Keys.Select(name => $"'{name}'"))} took a wider type; the older rows were "
            + "written again.");
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
        _notices.Add($"{sink.Count:N0} records are no rows; they are in table '{_quarantine}' with file, line and reason.");
    }

    Task<IReadOnlyList<ThingVersion>> PublishAsync(
        Run run,
        string[] leases,
        List<PublishedTable> staged,
        IReadOnlyList<InputFile> files,
        TableEntry? entry,
        CancellationToken cancellationToken)
    {
        var inputs = files.Select(file => new PublicationInput("file", null, new ExternalVersion(
            "file", file.Name, file.Hash, new JsonObject { ["bytes"] = file.SizeBytes }.ToJsonString())));
        if (entry is not null && settings.Mode == TableMode.Append)
        {
            inputs = inputs.Append(new PublicationInput(LineageNode.PreviousRole, entry.Newest.Id, null));
        }

        var publication = new Publication(_attemptId, run.Id, staged, [.. inputs], [], [Done(leases)]);
        return places.Tables.PublishAsync(publication, cancellationToken);
    }

    /// <summary>Ends a run that has nothing to publish.</summary>
    async Task<Outcome> NothingAsync(Run run, IReadOnlyList<IngestedFile> files, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await places.Ledger.EndAsync(run.Id, _attemptId, RunOutcome.Succeeded, "nothing to add", null)
            .ConfigureAwait(false);
        return new Outcome(null, [], files);
    }

    CatalogFact Done(string[] leases) => TaskLedger.Fact(new TaskResultFact(
        $"ingest:{_attemptId}", "ingest", settings.Table, _attemptId, leases, IsProvisional: true));

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
        new TableStage(places.Tables.Folder, _attemptId), sink, OpenSession, progress);

    TypedIngest Typed(List<InputFile> files, TableSnapshot? before, string temporary) => new(
        settings, files, before?.Schema, new TableStage(places.Tables.Folder, _attemptId), OpenSession, temporary,
        progress);

    SqlSession OpenSession() => new(places.TemporaryFolder, 1, PartMemoryMiB);

    /// <summary>Brings the sources here and looks at how each is written; those that the table holds are left out.
    /// </summary>
    (List<InputFile> New, List<IngestedFile> Known) Take(
        string temporary, TableHistory history, CancellationToken cancellationToken)
    {
        var intake = new FileIntake(temporary, progress);
        var files = new List<InputFile>();
        var known = new List<IngestedFile>();
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Sources(intake, cancellationToken))
        {
            var where = settings.IsRepeated ? null
                : taken.GetValueOrDefault(file.Hash) ?? (settings.Mode == TableMode.Overwrite
                    ? null : history.Inputs.GetValueOrDefault(file.Hash));
            file.Origin = file.Format = FormatGuess.Of(file, settings.Format);
            if (where is not null)
            {
                known.Add(new IngestedFile(file.Name, file.Hash, file.Format, file.SizeBytes, true, 0, 0, 0));
                _notices.Add($"'{file.Name}' has the same bytes as what {where} holds, so it is not added again.");
                continue;
            }

            taken[file.Hash] = $"'{file.Name}'";
            files.Add(Prepare(file, intake, temporary, cancellationToken));
        }

        CheckKinds(files);
        return (files, known);
    }

    /// <summary>Finds out how a file is written, and brings it into a form that can be read in parts.</summary>
    InputFile Prepare(InputFile file, FileIntake intake, string temporary, CancellationToken cancellationToken)
    {
        switch (file.Format)
        {
            case SourceFormat.CommonLog or SourceFormat.CombinedLog or SourceFormat.Regex:
                file.Names = LogPattern.Of(file.Format, settings.Pattern).Columns;
                return file;
            case SourceFormat.Csv or SourceFormat.Tsv:
                if (CsvGuess.Apply(file, settings) is { } notice)
                {
                    _notices.Add(notice);
                }

                return file;
            case SourceFormat.Excel:
                var lines = Path.Combine(temporary, $"sheet-{Guid.NewGuid():N}");
                WorkbookReader.ToJsonLines(file, settings, lines, cancellationToken);
                var plain = intake.Take(lines, file.Name, cancellationToken);
                return plain with
                {
                    Hash = file.Hash,
                    SizeBytes = file.SizeBytes,
                    Format = SourceFormat.JsonLines,
                    Origin = SourceFormat.Excel,
                };
            default:
                return file;
        }
    }

    static bool IsTyped(InputFile file) => file.Format is SourceFormat.Parquet or SourceFormat.Arrow;

    static void CheckKinds(IReadOnlyList<InputFile> files)
    {
        if (files.Any(IsTyped) && !files.All(IsTyped))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-mixed",
                $"'{files.First(IsTyped).Name}' carries its types and '{files.First(file => !IsTyped(file)).Name}' does "
                + "not, so they can't be taken at once.",
                "Ingest the two kinds of files one after the other.");
        }
    }

    IEnumerable<InputFile> Sources(FileIntake intake, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in settings.Sources)
        {
            if (source == "-")
            {
                using var input = (settings.OpenInput ?? Console.OpenStandardInput)();
                yield return intake.TakeAside(input, "-", 0, cancellationToken);
                continue;
            }

            if (source.StartsWith("s3://", StringComparison.OrdinalIgnoreCase))
            {
                foreach (var file in new ServiceSources(settings.Service).Take(source, intake, cancellationToken))
                {
                    yield return file;
                }

                continue;
            }

            foreach (var path in SourceSearch.Files(source))
            {
                var full = Path.GetFullPath(path);
                if (seen.Add(full))
                {
                    yield return intake.Take(full, full, cancellationToken);
                }
            }
        }
    }

    static List<IngestedFile> Files(
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

    string Parameters() => new JsonObject
    {
        ["sources"] = string.Join(' ', settings.Sources),
        ["mode"] = settings.Mode == TableMode.Append ? "append" : "overwrite",
    }.ToJsonString();

    readonly record struct Outcome(
        ThingVersion? Version, IReadOnlyList<IngestedColumn> Columns, IReadOnlyList<IngestedFile> Files);
}
