using System.Text;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Writes, beside a data file, the list of the objects that its cells name.</summary>
static class ObjectLists
{
    public const string Folder = "_objects";

    /// <summary>The list's path relative to the table's folder; null when the rows name no object.</summary>
    /// <param name="session">Where the rows are.</param>
    /// <param name="files">Where the table is.</param>
    /// <param name="file">The data file, relative to the table.</param>
    /// <param name="columns">The columns that are in the file.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="textsMayNameThem">Whether texts outside of lists can; their bounds tell.</param>
    public static string? Write(
        SqlSession session, ITableFiles files, string file, IReadOnlyList<TableColumn> columns, string rows,
        bool textsMayNameThem)
    {
        var sources = columns.Select(column => Source(column, rows, textsMayNameThem)).OfType<string>();
        var hashes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            foreach (var url in session.Rows(
                $"select distinct url from ({source}) where url >= 'object:' and url < 'object:g'",
                reader => reader.GetString(0)))
            {
                if (ObjectUrl.TryParse(url, out var hash))
                {
                    hashes.Add(hash.ToString());
                }
            }
        }

        if (hashes.Count == 0)
        {
            return null;
        }

        var relative = Path.Combine(Folder, Path.ChangeExtension(file.Replace('/', '~'), ".txt"));
        var full = files.StagePath(relative);
        DurableFile.CreateFolder(DurableFile.FolderOf(full));
        DurableFile.Write(full, Encoding.ASCII.GetBytes(string.Join('\n', hashes) + "\n"));
        return relative;
    }

    static string? Source(TableColumn column, string rows, bool textsMayNameThem)
    {
        var name = SqlName.Quote(column.Name);
        return column.DataType switch
        {
            PrimitiveType { Name: "string" } => textsMayNameThem ? $"select {name} as url from {rows}" : null,
            ArrayType { Element: PrimitiveType { Name: "string" } } => $"select unnest({name}) as url from {rows}",
            // A text somewhere in it; one that only looks so keeps an object longer than it must be, which does no
            // harm.
            { IsNested: true } when HoldsText(column.DataType) =>
                $"select unnest(regexp_extract_all(cast(to_json({name}) as varchar), 'object:[0-9a-f]{{64}}')) as url "
                + $"from {rows}",
            _ => null,
        };
    }

    static bool HoldsText(DeltaType type) => type switch
    {
        PrimitiveType { Name: "string" } => true,
        ArrayType array => HoldsText(array.Element),
        MapType map => HoldsText(map.Key) || HoldsText(map.Value),
        StructType nested => nested.Fields.Any(field => HoldsText(field.DataType)),
        _ => false,
    };
}
