using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

partial class DataFileWriter
{
    const string Written = "millrace_written";
    const int LeastGroupRows = 2_048;
    const int ColumnsOfFullGroup = 64;

    /// <summary>Writes the rows of a query as one file without holding them, for a table without partitions; none when
    /// there are no rows. What its statistics say is read back from it.</summary>
    /// <param name="query">Gives the columns of the table, with their very types.</param>
    /// <param name="path">The file, relative to the table's folder.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>constraint-violated</c>, <c>disk-full</c>. What was
    /// written is deleted.</exception>
    public DataFile? WriteQuery(string query, string path, CancellationToken cancellationToken)
    {
        var full = Full(path);
        try
        {
            Copy(
                _physical.Select(), $"({query}\n)", path, _physical.Ids(), cancellationToken,
                GroupRows(_table.Schema.Columns.Count));
            var literal = SqlName.Text(DataScan.Literal(full));
            var count = _session.Value<long>($"select num_rows from parquet_file_metadata({literal})");
            if (count == 0)
            {
                Drop();
                return null;
            }

            _session.Execute(
                $"create or replace temp view {Written} as select * "
                + $"from read_parquet({literal}, hive_partitioning = false)", cancellationToken);
            WriteRules.Check(_session, _table, Written);
            var (hash, size) = Seal(path);
            var (statistics, mayNameObjects) =
                new FileFigures(_table, _physical).ReadWritten(_session, full, Written, count);
            var list = ObjectLists.Write(_session, _table.Storage, path, _physical.Columns, Written, mayNameObjects);
            if (list is not null)
            {
                _written.Add(list);
            }

            SyncFolders([path]);
            return new DataFile(path, size, count, hash, statistics, list);
        }
        catch
        {
            Drop();
            throw;
        }
        finally
        {
            _session.Execute($"drop view if exists {Written}", CancellationToken.None);
        }
    }

    /// <summary>Rows of a row group, all of which are in memory until it is written; fewer when there are many columns.
    /// </summary>
    static int GroupRows(int columnCount) => columnCount <= ColumnsOfFullGroup ? SampleRows
        : Math.Max(1, SampleRows / columnCount * ColumnsOfFullGroup / LeastGroupRows) * LeastGroupRows;
}
