using System.Text;

namespace Millrace.Tables.Delta;

/// <summary>The SQL that reads the rows of a table from its data files.</summary>
/// <remarks>DuckDB gets the columns that the table has now, so that each file is mapped by itself: a column that a file
/// does not have is null, one of a narrower type is widened, and no footer is read before the query runs. Files without
/// deleted rows are one scan; those with deleted rows are a second one, less the rows whose place in their file is in a
/// temporary table. What is not in the files, the values of the partitions, is taken from lists by the number that a
/// file has in its scan.</remarks>
sealed class DataScan
{
    /// <summary>The columns that <see cref="SqlWithPlaces"/> adds.</summary>
    public const string FileColumn = "millrace_file";
    public const string RowColumn = "millrace_row";

    const string Nothing = "(select 1) where false";

    readonly SqlSession _session;
    readonly TableSnapshot _snapshot;
    readonly ColumnMapping _mapping;
    IReadOnlyDictionary<string, long>? _numbers;

    public DataScan(SqlSession session, TableSnapshot snapshot)
    {
        _session = session;
        _snapshot = snapshot;
        _mapping = ColumnMapping.Of(snapshot);
    }

    /// <summary>A query of some of the table's files.</summary>
    public string Sql(IReadOnlyList<DataFile> files)
    {
        var scans = new List<string>();
        foreach (var shape in _mapping.Shapes(_session, _snapshot.Bring(files)))
        {
            shape.Look(_session);
            var whole = shape.Files.Where(file => file.File.DeletionVector is null).ToList();
            var cut = shape.Files.Where(file => file.File.DeletionVector is not null).ToList();
            if (whole.Count > 0)
            {
                scans.Add(Scan(shape, whole));
            }

            if (cut.Count > 0)
            {
                var deleted = cut.Select(file => DeletedRows.Read(_snapshot, file.File.DeletionVector!).Places);
                scans.Add($"{Scan(shape, cut)} as f where not exists (select 1 from {Load(deleted)} d "
                    + "where d.file = f.file_index and d.place = f.file_row_number)");
            }
        }

        return scans.Count > 0 ? string.Join("\nunion all\n", scans) : Empty(_snapshot.Schema);
    }

    /// <summary>A query of some of the table's files that also tells where each row is: the number of its file, and its
    /// place in it.</summary>
    /// <param name="files">The files.</param>
    /// <param name="numbers">A number for each file by its <see cref="DataFile.Key"/>.</param>
    public string SqlWithPlaces(IReadOnlyList<DataFile> files, IReadOnlyDictionary<string, long> numbers)
    {
        _numbers = numbers;
        return files.Count > 0 ? Sql(files)
            : $"select *, 0::bigint as {FileColumn}, 0::bigint as {RowColumn} from ({Empty(_snapshot.Schema)})";
    }

    /// <summary>A query of the rows at some places of a file.</summary>
    public string Sql(DataFile file, IEnumerable<long> places)
    {
        var shape = _mapping.Shapes(_session, _snapshot.Bring([file]))[0];
        return $"{Scan(shape, [.. shape.Files])} as f where exists (select 1 from {Load([places])} d "
            + "where d.place = f.file_row_number)";
    }

    /// <summary>A path as <c>read_parquet</c> takes it, which would find several files by <c>*</c>.</summary>
    public static string Literal(string path) => path.IndexOfAny(['[', '*', '?']) < 0 ? path
        : string.Concat(path.Select(c => c is '[' or '*' or '?' ? $"[{c}]" : c.ToString()));

    /// <summary>A query of files whose columns are named as in the schema.</summary>
    public static string Sql(TableSchema schema, IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
        {
            return Empty(schema);
        }

        var shape = new FileShape([], schema.Columns, column => column.Name);
        return Source(
            schema.Columns.Select(column => $"{shape.Sql(column)} as {SqlName.Quote(column.Name)}"), paths, shape);
    }

    static string Empty(TableSchema schema) =>
        $"select {string.Join(", ", schema.Columns.Select(
            column => $"cast(null as {column.SqlType}) as {SqlName.Quote(column.Name)}"))} from {Nothing}";

    static string Source(IEnumerable<string> columns, IEnumerable<string> paths, FileShape shape) =>
        new StringBuilder("select ").AppendJoin(", ", columns).Append("\nfrom read_parquet([")
            .AppendJoin(", ", paths.Select(path => SqlName.Text(Literal(path)))).Append(']')
            // A file of which no column is wanted is still counted.
            .Append(shape.IsDeclared ? ""
                : $", schema = map {{{string.Join(", ", shape.Definitions().DefaultIfEmpty(FileShape.NoColumn))}}}")
            // A folder called 'id=7' on the way must not become a column.
            .Append(", hive_partitioning = false)").ToString();

    string Scan(FileShape shape, List<PlacedFile> files)
    {
        return Source(
            [.. _snapshot.Schema.Columns.Select(column => $"{Value(column)} as {SqlName.Quote(column.Name)}"),
                .. Places(files)],
            files.Select(file => file.Path), shape);

        string Value(TableColumn column) =>
            _snapshot.PartitionColumns.Contains(column.Name, StringComparer.Ordinal)
                ? new PartitionText(column.DataType, _snapshot.WriterTimeZone).Sql([.. files.Select(
                    file => file.File.PartitionValues.GetValueOrDefault(_mapping.PhysicalName(column)))])
                : shape.Sql(column);
    }

    IEnumerable<string> Places(List<PlacedFile> files)
    {
        if (_numbers is null)
        {
            return [];
        }

        var numbers = files.Select(file => _numbers[file.File.Key]).ToList();
        var isRun = numbers.Zip(numbers.Skip(1)).All(pair => pair.Second == pair.First + 1);
        var number = isRun ? $"cast(file_index as bigint) + {numbers[0]}"
            : $"(cast([{string.Join(", ", numbers)}] as bigint[]))[cast(file_index as bigint) + 1]";
        return [$"{number} as {FileColumn}", $"cast(file_row_number as bigint) as {RowColumn}"];
    }

    string Load(IEnumerable<IEnumerable<long>> places)
    {
        var table = _session.NextHiddenTable();
        _session.Execute($"create temp table {table} (file ubigint, place bigint)");
        using var appender = _session.Connection.CreateAppender("temp", "main", table);
        var file = 0UL;
        foreach (var ofFile in places)
        {
            foreach (var place in ofFile)
            {
                appender.CreateRow().AppendValue(file).AppendValue(place).EndRow();
            }

            file++;
        }

        return table;
    }
}
