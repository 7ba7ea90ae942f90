namespace Millrace.Tables.Delta;

/// <summary>Whether data files have the very columns that the table has now. Then DuckDB may take columns from their
/// footers: it knows their statistics, and groups and joins by narrower keys.</summary>
/// <remarks>Footers are read only where they are few beside the rows: what was declared once and never changed is the
/// common case, but the log does not tell it.</remarks>
static class DeclaredFiles
{
    const int MostFiles = 64;
    const long FewestRows = 50_000;

    /// <summary>Columns that DuckDB adds to those of a file, unless the file has one of the name.</summary>
    static readonly string[] AddedNames = ["filename", "file_index", "file_row_number"];

    /// <param name="session">Reads the footers, and keeps them for the query.</param>
    /// <param name="files">The files.</param>
    /// <param name="columns">The columns that are wanted: their names and types in files.</param>
    public static bool Have(
        SqlSession session, IReadOnlyList<PlacedFile> files, IReadOnlyList<(string Name, string Type)> columns)
    {
        if (columns.Count == 0 || files.Count > MostFiles
            || files.Sum(file => Math.Max(file.File.RowCount, 0)) / files.Count < FewestRows)
        {
            return false;
        }

        try
        {
            var first = Describe(session, files[0]);
            return !first.Any(column => AddedNames.Contains(column.Name, StringComparer.OrdinalIgnoreCase))
                && first.DistinctBy(column => column.Name, StringComparer.OrdinalIgnoreCase).Count() == first.Count
                && columns.All(first.Contains)
                && files.Skip(1).All(file => Describe(session, file).SequenceEqual(first));
        }
        catch (MillraceException)
        {
            // The query says better what is wrong.
            return false;
        }
    }

    static List<(string Name, string Type)> Describe(SqlSession session, PlacedFile file) => session.Rows(
        $"describe select * from read_parquet({SqlName.Text(DataScan.Literal(file.Path))}, hive_partitioning = false)",
        reader => (reader.GetString(0), reader.GetString(1)));
}
