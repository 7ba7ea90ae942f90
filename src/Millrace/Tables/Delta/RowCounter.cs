using DuckDB.NET.Data;

namespace Millrace.Tables.Delta;

/// <summary>Counts the rows of files of which the log does not tell, from their footers.</summary>
static class RowCounter
{
    public static long Count(TableSnapshot snapshot)
    {
        var known = snapshot.Files.Where(file => file.RowCount != DataFile.UnknownRowCount).Sum(file => file.RowCount);
        List<DataFile> unknown = [.. snapshot.Files.Where(file => file.RowCount == DataFile.UnknownRowCount)];
        var placed = snapshot.Bring(unknown);
        var paths = string.Join(
            ", ", placed.Select(file => SqlName.Text(DataScan.Literal(file.Path))).Distinct());
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"select file_name, num_rows from parquet_file_metadata([{paths}])";
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                rows[reader.GetString(0)] = Convert.ToInt64(reader.GetValue(1));
            }
        }
        catch (DuckDBException exception)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "table-file-unreadable",
                $"The rows of table '{snapshot.Name}' can't be counted: {exception.Message}",
                "Restore the file from a copy; 'millrace fsck' lists what else is damaged.", exception);
        }

        return known + placed.Sum(file => rows[file.Path] - (file.File.DeletionVector?.Cardinality ?? 0));
    }
}
