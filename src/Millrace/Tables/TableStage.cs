using Millrace.Catalog;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;
using Millrace.Tables.Places;

namespace Millrace.Tables;

/// <summary>Writes the rows of a query as Parquet files into a table's folder, durable but not yet published.</summary>
/// <remarks>The bytes depend on the rows alone: one thread, rows in the order of the key, no times or names inside. The
/// file's name holds the attempt's id, so that two attempts never meet.</remarks>
public sealed partial class TableStage
{
    static readonly IReadOnlyDictionary<string, long> NoAttempts = new Dictionary<string, long>();

    readonly ITablePlace _place;
    readonly string _attemptId;
    readonly FileNames _names;

    /// <param name="tablesFolder">A folder of this machine with a folder for each table.</param>
    /// <param name="attemptId">Stands in the files' names.</param>
    public TableStage(string tablesFolder, string attemptId)
        : this(new LocalTablePlace(tablesFolder), attemptId)
    {
    }

    /// <param name="place">Where the tables are.</param>
    /// <param name="attemptId">Stands in the files' names.</param>
    internal TableStage(ITablePlace place, string attemptId)
    {
        _place = place;
        _attemptId = attemptId;
        _names = new FileNames(attemptId);
    }

    /// <summary>The folder where a table's files are written, which may not exist yet.</summary>
    public string FolderOf(string table) => Path.Combine(_place.Folder, SqlName.CheckTable(table));

    /// <summary>Writes files of about one size, a folder for each partition; none when the query has no rows.</summary>
    /// <param name="session">Where the query's views are.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="mode">What publishing does.</param>
    /// <param name="query">The rows.</param>
    /// <param name="keyColumns">Rows are ordered by them and must be unique in them; empty keeps the query's
    /// order.</param>
    /// <param name="parameters">Values of the query.</param>
    /// <param name="part">Tells files of one attempt apart when several processes write them.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>duplicate-key</c>, <c>key-missing</c>,
    /// <c>column-twice</c>, <c>type-unsupported</c>, <c>disk-full</c>.</exception>
    public StagedTable Write(
        SqlSession session,
        string table,
        TableMode mode,
        string query,
        IReadOnlyList<string> keyColumns,
        IReadOnlyList<SqlParameter>? parameters = null,
        string part = "0",
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var folder = FolderOf(table);
        var columns = session.Query(
            $"describe {query}", parameters ?? [],
            reader =>
            {
                var found = new List<(string Name, string Sql)>();
                while (reader.Read())
                {
                    found.Add((reader.GetString(0), reader.GetString(1)));
                }

                return found;
            },
            cancellationToken);
        var schema = new TableSchema([.. columns.Select(
            column => new TableColumn(column.Name, ColumnTypes.FromSql(column.Sql, column.Name)))]);
        CheckNames(table, schema);
        CheckKey(table, schema, keyColumns);
        DurableFile.CreateFolder(folder);
        var files = _place.Of(table);
        var target = Target(table, files, Newest(table, files), mode, schema);
        schema = target.Schema;

        var select = string.Join(", ", schema.Columns.Select(
            column => $"cast({SqlName.Quote(column.Name)} as {column.SqlType}) as {SqlName.Quote(column.Name)}"));
        var order = keyColumns.Count == 0 ? "" : $" order by {SqlName.QuoteAll(keyColumns)}";
        try
        {
            // COPY takes no parameters, so the rows are first gathered under them. A query may end in a comment.
            _ = session.Query(
                $"create or replace temp table staged as select {select} from ({query}\n){order}", parameters ?? [],
                reader => reader.Read(), cancellationToken);
            CheckUnique(session, table, keyColumns);
            var written = new DataFileWriter(session, target, _names).Write(
                "staged", part, DataFileWriter.TargetBytes(target), cancellationToken);
            return new StagedTable(table, mode, schema, keyColumns, written)
            {
                ColumnFigures = written.Count == 0 ? null : ColumnFigures.Read(session, schema, "staged"),
            };
        }
        finally
        {
            session.Execute("drop table if exists staged", CancellationToken.None);
        }
    }

    /// <summary>The table as it is; null when there is none, or it was dropped.</summary>
    static TableSnapshot? Newest(string table, ITableFiles files) =>
        DeltaLog.Read(table, files) is { IsDropped: false } newest ? newest : null;

    /// <summary>The table as it is, or as it is going to be when rows of these columns make it.</summary>
    static TableSnapshot Target(
        string table, ITableFiles files, TableSnapshot? before, TableMode mode, TableSchema schema)
    {
        if (before is null)
        {
            return new TableSnapshot(table, files.Folder, -1, schema, [], "", NoAttempts, null) { Storage = files };
        }

        if (IsAlike(before.Schema, schema))
        {
            return before;
        }

        // An append of other columns is refused when it is published; an overwrite makes them the table's.
        if (mode == TableMode.Overwrite && SchemaChange.IsMapped(before))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "schema-mismatch",
                $"Table '{table}' maps its columns, and the rows have others than "
                + $"{string.Join(", ", before.Schema.Columns.Select(column => column.Name))}.",
                "Add, rename or drop its columns first, or write to a table of another name.");
        }

        if (before.PartitionColumns.FirstOrDefault(name => schema.Find(name) is null) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "schema-mismatch",
                $"Table '{table}' is parted by '{missing}', which the rows do not have.",
                "Select that column too, or write to a table of another name.");
        }

        return before with { Schema = schema };
    }

    /// <summary>Whether rows fit into columns that say more about themselves.</summary>
    static bool IsAlike(TableSchema table, TableSchema rows) => table.Columns.Count == rows.Columns.Count
        && table.Columns.Zip(rows.Columns).All(pair => pair.First.Name == pair.Second.Name
            && (pair.First.Type == pair.Second.Type
                || (pair.First.Type == "timestamp_ntz" && pair.Second.Type == "timestamp")));

    static void CheckNames(string table, TableSchema schema)
    {
        // SQL does not tell names apart by case, and neither does Delta.
        if (schema.Columns.GroupBy(column => column.Name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"The rows for table '{table}' have two columns '{twice.Key}'.",
                "Give one of them another name with 'as'.");
        }
    }

    static void CheckKey(string table, TableSchema schema, IReadOnlyList<string> keyColumns)
    {
        if (keyColumns.FirstOrDefault(key => schema.Find(key) is null) is { } missing)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "key-missing", $"The rows for table '{table}' have no key column '{missing}'.",
                "Select it, or name another key. "
                + $"The columns are {string.Join(", ", schema.Columns.Select(c => c.Name))}.");
        }
    }

    static void CheckUnique(SqlSession session, string table, IReadOnlyList<string> keyColumns)
    {
        if (keyColumns.Count == 0)
        {
            return;
        }

        var keys = SqlName.QuoteAll(keyColumns);
        var twice = session.Rows(
            $"select concat_ws(',', {keys}), count(*) from staged "
            + $"group by {keys} having count(*) > 1 order by {keys} limit 3",
            reader => $"{reader.GetString(0)} ({reader.GetInt64(1)} times)");
        if (twice.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "duplicate-key",
                $"Rows for table '{table}' have the same {string.Join(", ", keyColumns)}: {string.Join("; ", twice)}.",
                "Keep one row for each key, for instance with 'select distinct on' and an order, "
                + "or name a longer key.");
        }
    }
}
