using DuckDB.NET.Data;
using Millrace.Lineage;
using Millrace.Sources.Loading;
using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>Writes a version of a table into a table of a database: all rows in one transaction, or none.</summary>
sealed class DatabaseExport(IngestPlaces places, ExportSettings settings, IProgress<IngestProgress>? progress)
{
    const int MemoryMiB = 1024;

    /// <exception cref="MillraceException"><c>export-type</c>, <c>export-value</c>, <c>export-mismatch</c>,
    /// <c>source-failed</c>, <c>source-unavailable</c>.</exception>
    public async Task<ExportReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = places.Time.GetTimestamp();
        var target = ExportTarget.Parse(settings.Target, settings.Table);
        var version = await places.Tables.Lineage.ResolveAsync(
            new ThingName("table", settings.Table, settings.Version, null), cancellationToken).ConfigureAwait(false);
        var snapshot = places.Tables.Open(version);
        var history = await TableHistory.ReadAsync(places.Tables, settings.Table, cancellationToken)
            .ConfigureAwait(false);
        var columns = Columns(snapshot.Schema).Select(column => ExportColumn.Of(
            column, history.JsonColumns.Contains(column.Name), target.Database.IsPostgres)).ToList();
        CheckKey(columns);
        var (rows, bytes) = await Task.Run(
            () => Write(target, snapshot, columns, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new ExportReport(
            version, target.Label, target.Database.IsPostgres ? SourceFormat.Postgres : SourceFormat.Sqlite, rows,
            bytes, "", places.Time.GetElapsedTime(started));
    }

    (long Rows, long Bytes) Write(
        ExportTarget target, TableSnapshot snapshot, List<ExportColumn> columns, CancellationToken cancellationToken)
    {
        using var session = new SqlSession(places.TemporaryFolder, Environment.ProcessorCount, MemoryMiB);
        session.Attach("exported", snapshot);
        var select = string.Join(", ", columns.Select((column, i) => $"{column.Value} as c{i}"));
        using IDatabaseWriter writer = target.Database.IsPostgres
            ? new PostgresWriter(target, columns, settings.KeyColumns, settings.Replaces, cancellationToken)
            : new SqliteWriter(target, columns, settings.KeyColumns, settings.Replaces, cancellationToken);
        var rows = session.Query(
            $"select {select} from exported", [],
            reader => Send(reader, writer, snapshot.RowCount, cancellationToken), cancellationToken);
        if (rows != snapshot.RowCount)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "export-mismatch",
                $"Table '{settings.Table}' has {snapshot.RowCount:N0} rows, and {rows:N0} were read.",
                "Nothing was kept. 'millrace fsck' tells whether the table's files are damaged.");
        }

        writer.Commit(rows);
        return (rows, writer.ByteCount);
    }

    long Send(DuckDBDataReader reader, IDatabaseWriter writer, long total, CancellationToken cancellationToken)
    {
        const int ReportEvery = 8_192;
        var rows = 0L;
        while (reader.Read())
        {
            writer.Add(reader);
            if (++rows % ReportEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new IngestProgress("exporting", writer.ByteCount, 0, Math.Min(rows, total)));
            }
        }

        return rows;
    }

    IReadOnlyList<TableColumn> Columns(TableSchema schema) => settings.Columns.Count == 0 ? schema.Columns
        : [.. settings.Columns.Select(name => schema.Find(name) ?? throw new MillraceException(
            ErrorKind.NotFound, "column-unknown", $"Table '{settings.Table}' has no column '{name}'.",
            $"Its columns are {string.Join(", ", schema.Columns.Take(50).Select(column => column.Name))}."))];

    void CheckKey(List<ExportColumn> columns)
    {
        if (settings.KeyColumns.Count > 0 && settings.Replaces)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "option-invalid", "Rows can't replace all others and those of the same key at once.",
                "Leave out '--key' or '--mode replace'.");
        }

        if (settings.KeyColumns.FirstOrDefault(key => columns.All(column => column.Name != key)) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "column-unknown", $"No column '{missing}' is exported that could be a key.",
                $"The columns are {string.Join(", ", columns.Take(50).Select(column => column.Name))}.");
        }
    }
}
