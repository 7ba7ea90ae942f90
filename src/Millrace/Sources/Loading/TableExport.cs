using System.Security.Cryptography;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Objects.Backends;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Writes a version of a table as a file of another format: aside, and under its name when it is whole.
/// </summary>
sealed class TableExport(IngestPlaces places, ExportSettings settings, IProgress<IngestProgress>? progress)
{
    const int MemoryMiB = 1024;

    static readonly Dictionary<string, SourceFormat> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = SourceFormat.Csv,
        [".tsv"] = SourceFormat.Tsv,
        [".tab"] = SourceFormat.Tsv,
        [".json"] = SourceFormat.Json,
        [".jsonl"] = SourceFormat.JsonLines,
        [".ndjson"] = SourceFormat.JsonLines,
        [".parquet"] = SourceFormat.Parquet,
        [".pq"] = SourceFormat.Parquet,
        [".arrow"] = SourceFormat.Arrow,
        [".feather"] = SourceFormat.Arrow,
        [".ipc"] = SourceFormat.Arrow,
        [".xlsx"] = SourceFormat.Excel,
    };

    public async Task<ExportReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = places.Time.GetTimestamp();
        var format = Format();
        var place = ExportPlace.Of(settings.Target);
        var (isFile, target) = (place.IsFile, place.Target);
        if (isFile)
        {
            place.Check(settings.Replaces);
            place.Sweep(places.Time.GetUtcNow());
        }

        var version = await places.Tables.Lineage.ResolveAsync(
            new ThingName("table", settings.Table, settings.Version, null), cancellationToken).ConfigureAwait(false);
        var snapshot = places.Tables.Open(version);
        var columns = Columns(snapshot.Schema);
        var json = format is SourceFormat.Json or SourceFormat.JsonLines
            ? (await TableHistory.ReadAsync(places.Tables, settings.Table, cancellationToken).ConfigureAwait(false))
                .JsonColumns
            : new HashSet<string>();
        // A file of this machine is written beside its place, so that giving it its name is one step.
        var aside = isFile
            ? Path.Join(DurableFile.FolderOf(target), $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}")
            : Path.Join(places.TemporaryFolder, $"export-{Guid.NewGuid():N}");
        try
        {
            if (isFile)
            {
                place.Begin(aside);
            }

            var rows = await WriteAsync(snapshot, columns, json, format, aside, cancellationToken)
                .ConfigureAwait(false);
            if (rows != snapshot.RowCount)
            {
                throw new MillraceException(
                    ErrorKind.Corrupt, "export-mismatch",
                    $"{version.Label} has {snapshot.RowCount:N0} rows, and {rows:N0} were written.",
                    "Nothing was kept. 'millrace fsck' tells whether the table's files are damaged.");
            }

            var (hash, size) = Seal(aside);
            await DeliverAsync(aside, place, size, cancellationToken).ConfigureAwait(false);
            return new ExportReport(version, target, format, rows, size, hash, places.Time.GetElapsedTime(started));
        }
        finally
        {
            if (File.Exists(aside))
            {
                File.Delete(aside);
            }
        }
    }

    async Task<long> WriteAsync(
        TableSnapshot snapshot,
        IReadOnlyList<TableColumn> columns,
        IReadOnlySet<string> json,
        SourceFormat format,
        string path,
        CancellationToken cancellationToken)
    {
        using var session = new SqlSession(places.TemporaryFolder, Environment.ProcessorCount, MemoryMiB);
        session.Attach("exported", snapshot);
        var select = string.Join(", ", columns.Select(column =>
            $"{Expression(column, json, format)} as {SqlName.Quote(column.Name)}"));
        var query = $"select {select} from exported";
        progress?.Report(new IngestProgress("exporting", 0, snapshot.SizeBytes, 0));
        if (format == SourceFormat.Excel)
        {
            return WorkbookWriter.Write(session, query, columns, snapshot.RowCount, path, cancellationToken);
        }

        if (format == SourceFormat.Arrow)
        {
            return await ArrowOutput.WriteAsync(session, query, path, cancellationToken).ConfigureAwait(false);
        }

        session.Execute($"copy ({query}) to {SqlName.Text(path)} ({CopyOptions(format)})", cancellationToken);
        return snapshot.RowCount;
    }

    static string CopyOptions(SourceFormat format) => format switch
    {
        SourceFormat.Csv => "format csv, header true, use_tmp_file false",
        SourceFormat.Tsv => "format csv, header true, delimiter '\t', use_tmp_file false",
        SourceFormat.Json => "format json, array true, use_tmp_file false",
        SourceFormat.JsonLines => "format json, use_tmp_file false",
        _ => "format parquet, compression zstd, use_tmp_file false",
    };

    /// <summary>A value in the form that the format can hold and that an ingest reads back as what it was.</summary>
    static string Expression(TableColumn column, IReadOnlySet<string> json, SourceFormat format)
    {
        var name = SqlName.Quote(column.Name);
        var isJson = format is SourceFormat.Json or SourceFormat.JsonLines;
        return format is SourceFormat.Parquet or SourceFormat.Arrow ? name
            : column.Type == "binary" ? $"base64({name})"
            : isJson && json.Contains(column.Name) ? $"cast({name} as json)"
            : isJson && column.Type.StartsWith("decimal(", StringComparison.Ordinal)
                ? $"cast(cast({name} as varchar) as json)"
            : isJson ? JsonNumbers.Of(name, column.DataType)
            : !column.Type.Contains('<', StringComparison.Ordinal) ? name
            : $"cast(to_json({name}) as varchar)";
    }

    IReadOnlyList<TableColumn> Columns(TableSchema schema) => settings.Columns.Count == 0 ? schema.Columns
        : [.. settings.Columns.Select(name => schema.Find(name) ?? throw new MillraceException(
            ErrorKind.NotFound, "column-unknown", $"Table '{settings.Table}' has no column '{name}'.",
            $"Its columns are {string.Join(", ", schema.Columns.Take(50).Select(column => column.Name))}."))];

    SourceFormat Format()
    {
        if (settings.Format is not SourceFormat.Auto)
        {
            return Endings.ContainsValue(settings.Format) ? settings.Format : throw new MillraceException(
                ErrorKind.Invalid, "format-unsupported", $"A table can't be written as {settings.Format}.",
                "The formats are csv, tsv, json, jsonl, parquet, arrow and xlsx.");
        }

        return Endings.TryGetValue(Path.GetExtension(settings.Target), out var format) ? format
            : throw new MillraceException(
                ErrorKind.Invalid, "format-unknown", $"The ending of '{settings.Target}' tells no format.",
                "Name it with '--format csv', 'tsv', 'json', 'jsonl', 'parquet', 'arrow' or 'xlsx'.");
    }

    static (string Hash, long Size) Seal(string path)
    {
        using (var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            DurableFile.Sync(handle, path);
        }

        using var stream = File.OpenRead(path);
        return (Convert.ToHexStringLower(SHA256.HashData(stream)), stream.Length);
    }

    async Task DeliverAsync(string aside, ExportPlace place, long size, CancellationToken cancellationToken)
    {
        if (place.IsFile)
        {
            DurableFile.Publish(aside, place.Target);
            return;
        }

        var file = File.OpenRead(aside);
        await using (file.ConfigureAwait(false))
        {
            if (!place.IsService)
            {
                using var output = place.IsStream
                    ? await place.OpenAsync(cancellationToken).ConfigureAwait(false)
                    : (settings.OpenOutput ?? Console.OpenStandardOutput)();
                await file.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
                return;
            }

            var address = BackendAddress.Parse(place.Target, "/");
            using var backend = new S3Backend(address with { Path = "" }, settings.Service);
            await backend.PutAsync(address.Path, file, size, cancellationToken).ConfigureAwait(false);
        }
    }
}
