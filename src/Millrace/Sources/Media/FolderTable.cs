using System.Text.Json.Nodes;
using Millrace.Sources.Loading;
using Millrace.Tables;
using Millrace.Tables.Checks;

namespace Millrace.Sources.Media;

/// <summary>One ingest of files as objects, from the folders to the publication.</summary>
sealed class FolderTable(IngestPlaces places, IngestSettings settings, IProgress<IngestProgress>? progress)
{
    readonly TableLease _lease = new(places, settings, progress);
    readonly string _quarantine = settings.Table + "$quarantine";
    readonly List<string> _notices = [];

    public async Task<IngestReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = places.Time.GetTimestamp();
        SqlName.CheckTable(settings.Table);
        if (settings.KeyColumns.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", "Files of a folder are told apart by their path and hash.",
                "Leave '--key' out.");
        }

        var report = settings.IsDryRun
            ? await LookAsync(cancellationToken).ConfigureAwait(false)
            : await _lease.HoldAsync(() => IngestAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        return report with { Duration = places.Time.GetElapsedTime(started) };
    }

    async Task<IngestReport> LookAsync(CancellationToken cancellationToken)
    {
        using var session = places.Tables.OpenSession();
        var entry = await places.Tables.FindAsync(settings.Table, cancellationToken).ConfigureAwait(false);
        var known = await KnownAsync(session, entry, cancellationToken).ConfigureAwait(false);
        var rows = await new FolderIngest(settings, progress).ReadAsync(known, null, cancellationToken)
            .ConfigureAwait(false);
        return Report(null, rows);
    }

    async Task<IngestReport> IngestAsync(CancellationToken cancellationToken)
    {
        using var session = places.Tables.OpenSession();
        var entry = await places.Tables.FindAsync(settings.Table, cancellationToken).ConfigureAwait(false);
        var known = await KnownAsync(session, entry, cancellationToken).ConfigureAwait(false);
        // Nothing that it stored is swept before it is published.
        using var batch = places.Objects.BeginBatch();
        var rows = await new FolderIngest(settings, progress).ReadAsync(known, batch, cancellationToken)
            .ConfigureAwait(false);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        var report = Report(null, rows);
        if (rows.Count(row => row.IsKnown) is > 0 and var count)
        {
            _notices.Add($"{count:N0} files are in table '{settings.Table}' already, so they are not added again.");
        }

        if (report.Records == 0)
        {
            await _lease.EndAsync().ConfigureAwait(false);
            return report;
        }

        Check(report, rows, entry);
        FolderIngest.Load(session, rows);
        var stage = places.Tables.StageOf(_lease.AttemptId);
        var summary = Summary(report);
        var staged = new List<PublishedTable>();
        try
        {
            staged.Add(new PublishedTable(settings.Table, stage.Write(
                session, settings.Table, settings.Mode, "select * from media order by path", entry?.KeyColumns ?? [],
                cancellationToken: cancellationToken), summary));
            if (report.Quarantined > 0)
            {
                staged.Add(new PublishedTable(_quarantine, Bad(session, stage, cancellationToken), summary));
                _notices.Add(
                    $"{report.Quarantined:N0} files are no rows; they are in table '{_quarantine}' with a reason.");
            }

            var rowsWritten = staged[0].Table.RowCount;
            if (rowsWritten != report.Rows)
            {
                throw new MillraceException(
                    ErrorKind.Corrupt, "ingest-mismatch",
                    $"{report.Rows:N0} files should be rows of '{settings.Table}', and {rowsWritten:N0} were written.",
                    "Nothing was added. Please report it.");
            }

            var inputs = new ExternalVersion(
                "file", report.Files[0].Name, report.Files[0].Hash,
                new JsonObject { ["bytes"] = report.Bytes, ["files"] = rows.Count }.ToJsonString());
            var versions = await _lease.PublishAsync(staged, [inputs], Kept(entry), cancellationToken)
                .ConfigureAwait(false);
            return report with
            {
                Version = versions[0],
                Notices = [.. report.Notices, .. versions.SelectMany(CheckText.WarningsOf)],
            };
        }
        catch (MillraceException exception) when (exception.Code == TablePublisher.UnfinishedCode)
        {
            throw;
        }
        catch
        {
            staged.ForEach(table => stage.Drop(table.Table.Name, table.Table.Files));
            throw;
        }
    }

    void Check(IngestReport report, IReadOnlyList<MediaRow> rows, TableEntry? entry) => QuarantineGate.Check(
        settings, report.Files, entry is not null && places.Tables.Open(entry.Newest).RowCount > 0,
        () => rows.First(row => row.Fault is not null) is var bad
            ? $"for example '{bad.Path}': {bad.Fault!.TrimEnd('.')}" : "");

    StagedTable Bad(SqlSession session, TableStage stage, CancellationToken cancellationToken) => stage.Write(
        session, _quarantine, settings.Mode,
        "select file, file_hash, line, column_name, reason, raw, cast(null as blob) as raw_bytes, object "
        + "from bad_media order by file", [], part: "quarantine", cancellationToken: cancellationToken);

    IEnumerable<TableEntry> Kept(TableEntry? entry) =>
        entry is not null && settings.Mode == TableMode.Append ? [entry] : [];

    /// <summary>Path and hash of the files that the table and its quarantine have.</summary>
    async Task<HashSet<(string Path, string Hash)>> KnownAsync(
        SqlSession session, TableEntry? entry, CancellationToken cancellationToken)
    {
        var known = new HashSet<(string, string)>();
        if (settings.Mode == TableMode.Overwrite || settings.IsRepeated)
        {
            return known;
        }

        if (entry is not null)
        {
            Add(entry, "path", "hash");
        }

        if (await places.Tables.FindAsync(_quarantine, cancellationToken).ConfigureAwait(false) is { } bad)
        {
            Add(bad, "file", "file_hash");
        }

        return known;

        void Add(TableEntry table, string path, string hash)
        {
            var snapshot = places.Tables.Open(table.Newest);
            if (snapshot.Schema.Find(path) is null || snapshot.Schema.Find(hash) is null)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "schema-drift", $"Table '{table.Name}' has no columns '{path}' and '{hash}'.",
                    "Ingest files into a table of their own.");
            }

            session.Attach("known", snapshot);
            known.UnionWith(session.Rows(
                $"select {path}, {hash} from known where {path} is not null and {hash} is not null",
                reader => (reader.GetString(0), reader.GetString(1))));
        }
    }

    IngestReport Report(Lineage.ThingVersion? version, IReadOnlyList<MediaRow> rows)
    {
        var added = rows.Where(row => !row.IsKnown).ToList();
        var good = added.Where(row => row.Fault is null).ToList();
        return new IngestReport(
            settings.Table, version,
            [.. FolderIngest.Schema.Columns.Select(column => new IngestedColumn(column.Name, column.Type, good.Count))],
            [new IngestedFile(
                string.Join(' ', settings.Sources.Select(Path.GetFullPath)), FolderIngest.HashOf(rows),
                SourceFormat.Auto, added.Sum(row => row.SizeBytes), added.Count == 0, added.Count, good.Count,
                added.Count - good.Count)],
            _notices, TimeSpan.Zero);
    }

    string Summary(IngestReport report) => new JsonObject
    {
        ["newFiles"] = report.Rows,
        ["quarantined"] = report.Quarantined,
        ["ingest"] = new JsonObject
        {
            ["mode"] = settings.Mode == TableMode.Append ? "append" : "overwrite",
            ["records"] = report.Records,
            ["rows"] = report.Rows,
            ["quarantined"] = report.Quarantined,
            ["bytes"] = report.Bytes,
            ["values"] = new JsonObject(),
            ["json"] = new JsonArray(),
            ["files"] = new JsonArray(),
        },
    }.ToJsonString();
}
