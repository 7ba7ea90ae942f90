using System.Globalization;

namespace Millrace.Tables.Delta;

/// <summary>The names that the columns of a data file have, by the ids in its footer.</summary>
sealed class FieldNames
{
    readonly Dictionary<long, string> _names = [];

    /// <summary>The same for files whose columns are named alike.</summary>
    public string Signature => string.Join('\n', _names.OrderBy(pair => pair.Key).Select(
        pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")));

    /// <summary>Reads the footers of files.</summary>
    /// <exception cref="MillraceException"><c>table-file-unreadable</c>: a file without ids.</exception>
    public static IReadOnlyList<FieldNames> Read(SqlSession session, string table, IReadOnlyList<string> paths)
    {
        var found = paths.Distinct(StringComparer.Ordinal)
            .ToDictionary(path => path, _ => new FieldNames(), StringComparer.Ordinal);
        var list = string.Join(", ", found.Keys.Select(path => SqlName.Text(DataScan.Literal(path))));
        foreach (var (path, id, name) in session.Rows(
            "select file_name, cast(field_id as bigint), name from parquet_schema("
            + $"[{list}]) where field_id is not null",
            reader => (reader.GetString(0), reader.GetInt64(1), reader.GetString(2))))
        {
            found[path]._names[id] = name;
        }

        return found.FirstOrDefault(pair => pair.Value._names.Count == 0).Key is { } without
            ? throw new MillraceException(
                ErrorKind.Corrupt, "table-file-unreadable",
                $"'{without}' of table '{table}' has no ids of columns, and the table finds its columns by them.",
                "Write the file anew with the engine that wrote the table.")
            : [.. paths.Select(path => found[path])];
    }

    /// <summary>The name of a column; null when the file does not have it.</summary>
    public string? Find(long id) => _names.GetValueOrDefault(id);
}
