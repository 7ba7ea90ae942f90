using Apache.Arrow.Ipc;
using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Queries;

public sealed partial class SqlQuery
{
    /// <summary>A table of the session that holds the rows while a file is written, for COPY takes no parameters.
    /// </summary>
    const string Gathered = "millrace_result";

    /// <summary>Names and types of the columns, without reading a row.</summary>
    /// <exception cref="MillraceException"><c>sql-failed</c>.</exception>
    public IReadOnlyList<SqlResultColumn> Columns(CancellationToken cancellationToken = default) => IsExplained
        ? [new SqlResultColumn("explain_key", "VARCHAR"), new SqlResultColumn("explain_value", "VARCHAR")]
        : Session.Query(
            // What describes something can't itself be described, but stand in a query. It may end in a comment.
            $"describe select * from ({Text}\n)", Parameters,
            reader =>
            {
                var columns = new List<SqlResultColumn>();
                while (reader.Read())
                    columns.Add(new SqlResultColumn(reader.GetString(0), reader.GetString(1)));
                return columns;
            },
            cancellationToken);

    /// <summary>Runs a statement that gives no rows.</summary>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>memory-limit</c>, <c>disk-full</c>.</exception>
    public void Execute(CancellationToken cancellationToken = default) =>
        Session.Query(Text, Parameters, _ => 0, cancellationToken);

    /// <summary>Begins to compute the rows.</summary>
    /// <param name="style">What the cells' texts are for.</param>
    /// <param name="most">The rows of which texts are made, and the characters of each; later rows have nulls, and may
    /// be counted. Null for all.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>memory-limit</c>.</exception>
    public SqlRows OpenRows(
        SqlCellStyle style, (int Rows, int Characters)? most = null, CancellationToken cancellationToken = default)
    {
        var columns = Columns(cancellationToken);
        // What explains a query can't stand in another one, and is text already.
        var sql = IsExplained ? Text : SqlCells.Sql(Text, columns, style, most);
        return new SqlRows(new ArrowReader(Session, sql, cancellationToken, Parameters), columns);
    }

    /// <summary>Writes the rows as they are computed.</summary>
    /// <param name="format">How.</param>
    /// <param name="target">Where to; Arrow comes as a stream of IPC.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <returns>How many rows.</returns>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>memory-limit</c>, <c>disk-full</c>.</exception>
    public async Task<long> WriteAsync(
        SqlResultFormat format, Stream target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        switch (format)
        {
            case SqlResultFormat.Parquet:
                return await WriteParquetAsync(target, cancellationToken).ConfigureAwait(false);
            case SqlResultFormat.Arrow:
                using (var reader = OpenArrow(cancellationToken))
                using (var writer = new ArrowStreamWriter(target, reader.Schema, leaveOpen: true))
                    return await WriteArrowAsync(reader, writer, cancellationToken).ConfigureAwait(false);
            default:
                using (var rows = OpenRows(StyleOf(format), null, cancellationToken))
                    return await RowWriter.WriteAsync(rows, format, target, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the rows as a file, which is there whole or not at all.</summary>
    /// <param name="format">How.</param>
    /// <param name="path">Where to.</param>
    /// <param name="replaces">Whether a file that is there is replaced.</param>
    /// <param name="cancellationToken">Interrupts the query; then nothing is written.</param>
    /// <returns>How many rows.</returns>
    /// <exception cref="MillraceException">As for <see cref="WriteAsync"/>, and <c>target-exists</c>.</exception>
    public async Task<long> WriteFileAsync(
        SqlResultFormat format, string path, bool replaces = false, CancellationToken cancellationToken = default)
    {
        var full = Path.GetFullPath(path);
        if (!replaces && (File.Exists(full) || Directory.Exists(full)))
        {
            throw new MillraceException(
                ErrorKind.Conflict, "target-exists", $"'{full}' is there already.",
                "Name another file, or replace it with '--replace'.");
        }

        var aside = Path.Join(DurableFile.FolderOf(full), $"{DurableFile.AsidePrefix}{Guid.NewGuid():N}");
        try
        {
            var rows = format == SqlResultFormat.Parquet
                ? await Task.Run(() => CopyParquet(aside, cancellationToken), cancellationToken).ConfigureAwait(false)
                : await WriteAsideAsync(format, aside, cancellationToken).ConfigureAwait(false);
            using (var handle = File.OpenHandle(aside, FileMode.Open, FileAccess.ReadWrite))
                DurableFile.Sync(handle, aside);
            if (replaces)
                DurableFile.Publish(aside, full);
            else if (!DurableFile.TryLink(aside, full))
                throw new MillraceException(
                    ErrorKind.Conflict, "target-exists", $"Another program made '{full}' meanwhile.",
                    "Name another file, or replace it with '--replace'.");
            return rows;
        }
        catch (IOException exception)
        {
            throw DurableFile.Translate(exception, full);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    /// <summary>Keeps the rows as a table of the workspace, with what they were read from as its lineage.</summary>
    /// <param name="table">The table; made when it is not there.</param>
    /// <param name="mode">Whether the rows come in the place of those that are there.</param>
    /// <param name="keyColumns">Rows are ordered by them and must be unique in them; empty for none.</param>
    /// <param name="cancellationToken">Interrupts the query; then nothing is published.</param>
    /// <returns>The table's new version.</returns>
    /// <exception cref="MillraceException"><c>table-name</c>, <c>duplicate-key</c>, <c>key-missing</c>,
    /// <c>column-twice</c>, <c>schema-mismatch</c>, <c>type-unsupported</c>, <c>sql-failed</c>, <c>disk-full</c>.
    /// </exception>
    public async Task<ThingVersion> SaveAsync(
        string table,
        TableMode mode = TableMode.Overwrite,
        IReadOnlyList<string>? keyColumns = null,
        CancellationToken cancellationToken = default)
    {
        if (IsExplained)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "sql-statement", "What explains a query has no rows that could be kept.",
                "Leave EXPLAIN out.");
        }

        var sources = await SourcesAsync(cancellationToken).ConfigureAwait(false);
        return await _tables.WriteRowsAsync(
            "sql", table, Text, sources, Engines,
            stage => Task.Run(
                () => Stage(stage, table, mode, keyColumns ?? [], cancellationToken), cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>With one thread the same rows give the same bytes.</summary>
    StagedTable Stage(
        TableStage stage, string table, TableMode mode, IReadOnlyList<string> keyColumns,
        CancellationToken cancellationToken)
    {
        var threads = Session.Value<string>("select cast(current_setting('threads') as varchar)");
        Session.Execute("set threads = 1", cancellationToken);
        try
        {
            return stage.Write(
                Session, table, mode, $"select * from ({Text}\n)", keyColumns, Parameters,
                cancellationToken: cancellationToken);
        }
        finally
        {
            Session.Execute($"set threads = {threads}", CancellationToken.None);
        }
    }

    static SqlCellStyle StyleOf(SqlResultFormat format) =>
        format is SqlResultFormat.Json or SqlResultFormat.JsonLines ? SqlCellStyle.Json : SqlCellStyle.Text;

    async Task<long> WriteAsideAsync(SqlResultFormat format, string path, CancellationToken cancellationToken)
    {
        var file = File.Create(path);
        await using (file.ConfigureAwait(false))
        {
            if (format != SqlResultFormat.Arrow)
                return await WriteAsync(format, file, cancellationToken).ConfigureAwait(false);
            using var reader = OpenArrow(cancellationToken);
            using var writer = new ArrowFileWriter(file, reader.Schema, leaveOpen: true);
            return await WriteArrowAsync(reader, writer, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The end of a Parquet file says where its parts are, so it is written to a file first.</summary>
    async Task<long> WriteParquetAsync(Stream target, CancellationToken cancellationToken)
    {
        var path = Path.Join(_tables.TemporaryFolder, $"result-{Guid.CreateVersion7():N}.parquet");
        try
        {
            var count = await Task.Run(() => CopyParquet(path, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
            var file = File.OpenRead(path);
            await using (file.ConfigureAwait(false))
                await file.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
            return count;
        }
        finally
        {
            File.Delete(path);
        }
    }

    long CopyParquet(string path, CancellationToken cancellationToken)
    {
        var rows = $"({Text}\n)";
        if (Parameters.Count > 0)
        {
            Session.Query(
                $"create or replace temp table {Gathered} as {Text}", Parameters, reader => reader.Read(),
                cancellationToken);
            rows = Gathered;
        }

        var count = Session.Query(
            $"copy {rows} to {SqlName.Text(path)} (format parquet, compression zstd, return_stats true)", [],
            reader => reader.Read() ? checked((long)reader.GetFieldValue<ulong>(1)) : 0, cancellationToken);
        if (Parameters.Count > 0)
            Session.Execute($"drop table {Gathered}", CancellationToken.None);
        return count;
    }

    ArrowReader OpenArrow(CancellationToken cancellationToken) => new(Session, Text, cancellationToken, Parameters);

    static async Task<long> WriteArrowAsync(
        ArrowReader reader, ArrowStreamWriter writer, CancellationToken cancellationToken)
    {
        var rows = 0L;
        await writer.WriteStartAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false) is { } batch)
        {
            using (batch)
            {
                rows += batch.Length;
                await writer.WriteRecordBatchAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }

        await writer.WriteEndAsync(cancellationToken).ConfigureAwait(false);
        return rows;
    }
}
