using Millrace.Catalog;

namespace Millrace.Tables;

partial class TableStage
{
    /// <summary>Rows of a row group, all of which are in memory until it is written; fewer when there are many columns.
    /// </summary>
    const int MostGroupRows = 122_880;

    const int LeastGroupRows = 2_048;
    const int ColumnsOfFullGroup = 64;

    /// <summary>Writes the rows of a query as one file without holding them in memory; none when there are no rows.
    /// What the file's statistics say is read back from it.</summary>
    /// <param name="session">Where the query can be run; nothing else may use it meanwhile.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="schema">The columns that the query gives, with their very types.</param>
    /// <param name="query">The rows.</param>
    /// <param name="part">Tells the files of one attempt apart.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>disk-full</c>.</exception>
    internal DataFile? WriteFile(
        SqlSession session,
        string table,
        TableSchema schema,
        string query,
        string part,
        CancellationToken cancellationToken)
    {
        CheckNames(table, schema);
        var folder = FolderOf(table);
        DurableFile.CreateFolder(folder);
        var name = $"part-{part}-{attemptId}.parquet";
        var path = Path.Combine(folder, name);
        try
        {
            session.Execute(
                $"copy ({query}) to {SqlName.Text(path)} (format parquet, compression zstd, "
                + $"row_group_size {GroupRows(schema.Columns.Count)})", cancellationToken);
            var rowCount = session.Value<long>($"select num_rows from parquet_file_metadata({SqlName.Text(path)})");
            if (rowCount == 0)
            {
                File.Delete(path);
                return null;
            }

            session.Execute(
                "create or replace temp view staged as select * from "
                + $"read_parquet({SqlName.Text(path)}, hive_partitioning = false)", cancellationToken);
            return Seal(session, folder, name, rowCount, FooterRanges(session, path, schema));
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        finally
        {
            session.Execute("drop view if exists staged", CancellationToken.None);
        }
    }

    /// <summary>Least and greatest values and the number of nulls, as DuckDB wrote them into the file's footer while it
    /// wrote the rows. A column that some part of the file has no bounds for has none.</summary>
    static List<ColumnRange> FooterRanges(SqlSession session, string path, TableSchema schema)
    {
        session.Execute($"""
            create or replace temp table footer as select column_id, stats_min_value as low, stats_max_value as high,
                num_values as total, stats_null_count as nulls
            from parquet_metadata({SqlName.Text(path)})
            """);
        var isFlat = !schema.Columns.Any(column => column.Type.Contains('<', StringComparison.Ordinal));
        if (!isFlat || session.Value<bool>("select bool_or(nulls is null) from footer"))
        {
            // The parts of a nested column are counted by themselves there, so that the rows are asked.
            return Ranges(session, schema);
        }

        return [.. schema.Columns.Select((column, i) => FooterRange(session, column, i))];
    }

    static int GroupRows(int columns) => columns <= ColumnsOfFullGroup ? MostGroupRows
        : Math.Max(1, MostGroupRows / columns * ColumnsOfFullGroup / LeastGroupRows) * LeastGroupRows;

    static ColumnRange FooterRange(SqlSession session, TableColumn column, int index)
    {
        var (low, high) = column.Type switch
        {
            "binary" or "boolean" => ("null", "null"),
            "string" => ("min(low)", "max(high)"),
            "date" => ("cast(min(cast(low as date)) as varchar)", "cast(max(cast(high as date)) as varchar)"),
            "timestamp" => ("epoch_us(min(cast(low as timestamptz)))", "epoch_us(max(cast(high as timestamptz)))"),
            var type when type.StartsWith("decimal(", StringComparison.Ordinal) =>
                ($"cast(min(cast(low as {type})) as varchar)", $"cast(max(cast(high as {type})) as varchar)"),
            _ => ($"min(cast(low as {column.SqlType}))", $"max(cast(high as {column.SqlType}))"),
        };
        return session.Query(
            $"""
            select case when whole then {low} end, case when whole then {high} end, cast(all_nulls as bigint) from (
                select *, bool_and(total = nulls or (low is not null and high is not null)) over () as whole,
                    sum(nulls) over () as all_nulls
                from footer where column_id = {index}) group by whole, all_nulls
            """, [],
            reader =>
            {
                reader.Read();
                return new ColumnRange(
                    column, reader.IsDBNull(0) ? null : reader.GetValue(0),
                    reader.IsDBNull(1) ? null : reader.GetValue(1), reader.GetInt64(2));
            });
    }

    /// <summary>Deletes files that will not be published.</summary>
    internal void Drop(string table, IEnumerable<DataFile> files)
    {
        foreach (var file in files)
        {
            File.Delete(Path.Combine(FolderOf(table), file.Path));
            if (file.ObjectList is { } list)
            {
                File.Delete(Path.Combine(FolderOf(table), list));
            }
        }
    }
}
