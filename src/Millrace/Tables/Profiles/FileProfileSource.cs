using Millrace.Tables.Delta;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Profiles;

/// <summary>Files; what is written down about their rows are the footers of Parquet. Files of text are first read into
/// Parquet, once, so that they are not read again for each question.</summary>
/// <param name="paths">At least one, all of one format.</param>
/// <param name="folder">Where Parquet made of text lies until the profile ends.</param>
sealed class FileProfileSource(IReadOnlyList<string> paths, string folder) : ProfileSource, IDisposable
{
    static readonly string[] Packings = [".gz", ".gzip", ".zst", ".zstd"];

    readonly FileFormat _format = FormatOf(paths[0]);
    string? _converted;

    public override string Name => System.IO.Path.GetFileName(paths[0])
        + (paths.Count > 1 ? $" and {paths.Count - 1:N0} more" : "");

    public override int FileCount => paths.Count;

    public override long SizeBytes { get; } = paths.Sum(path => new FileInfo(path).Length);

    public override bool IsText => _format != FileFormat.Parquet;

    string Files => _converted is not null
        ? SqlName.Text(DataScan.Literal(_converted))
        : $"[{string.Join(", ", paths.Select(path => SqlName.Text(DataScan.Literal(path))))}]";

    /// <exception cref="MillraceException"><c>file-missing</c>, <c>file-format</c>, <c>file-damaged</c>.</exception>
    public static void Check(IReadOnlyList<string> paths)
    {
        if (paths.FirstOrDefault(path => !File.Exists(path)) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "file-missing", $"There is no file '{missing}'.", "Check the path.");
        }

        if (paths.FirstOrDefault(path => FormatOf(path) != FormatOf(paths[0])) is { } other)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "file-format", $"'{paths[0]}' and '{other}' are not of one format.",
                "Profile them one by one.");
        }

        if (FormatOf(paths[0]) == FileFormat.Parquet)
            ParquetCheck.Check(paths);
    }

    public override void Prepare(SqlSession session, CancellationToken cancellationToken)
    {
        if (!IsText || _converted is not null)
            return;
        var path = System.IO.Path.Combine(folder, $"profile-{Guid.NewGuid():N}.parquet");
        _converted = path;
        Reading(() => session.Execute(
            $"copy ({new TextFiles(_format, paths).Sql(session)}) to {SqlName.Text(path)} "
            + "(format parquet, compression snappy)", cancellationToken));
    }

    public override IReadOnlyList<(string Name, string Type, string SqlType)> Columns(SqlSession session) =>
        Reading(() => FrameEngine.Describe(session, $"select * from {Scan("")}")
            .Select(column => (column.Name, TypeText(column.SqlType), column.SqlType)).ToList());

    public override string RowsSql(SqlSession session) =>
        $"select *, file_index as {FileColumn}, file_row_number as {RowColumn} from {Scan("")}";

    public override long? RowCount(SqlSession session) => IsText && _converted is null ? null
        : Reading(() => session.Value<long>(
            $"select cast(sum(num_rows) as bigint) from parquet_file_metadata({Files})"));

    public override IReadOnlyList<ColumnProfile> First(SqlSession session, IReadOnlyList<ProfiledColumn> columns) =>
        Reading(() => new ParquetFooters(Files).Read(session, columns, Unknown));

    public void Dispose()
    {
        if (_converted is not null)
            File.Delete(_converted);
    }

    string Scan(string more) => $"read_parquet({Files}, hive_partitioning = false, union_by_name = true{more})";

    static string TypeText(string sqlType) =>
        sqlType == "VARCHAR" ? "string" : sqlType.ToLowerInvariant();

    // What can't be read is the file's fault, not that of a query which the user never saw.
    static T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (MillraceException exception) when (exception.Code == "sql-failed")
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "file-unreadable", $"The file can't be read: {exception.Message}",
                "Check that it is whole and of the format that its name says.", exception);
        }
    }

    static FileFormat FormatOf(string path)
    {
        var name = path.ToLowerInvariant();
        if (Packings.FirstOrDefault(name.EndsWith) is { } packing)
            name = name[..^packing.Length];
        return System.IO.Path.GetExtension(name) switch
        {
            ".parquet" or ".pq" => FileFormat.Parquet,
            ".csv" or ".tsv" or ".tab" or ".txt" => FileFormat.Csv,
            ".json" or ".jsonl" or ".ndjson" => FileFormat.Json,
            _ => throw new MillraceException(
                ErrorKind.Invalid, "file-format", $"'{path}' does not end as CSV, TSV, JSON or Parquet does.",
                "Take it into a table with 'millrace ingest', and profile the table."),
        };
    }
}
