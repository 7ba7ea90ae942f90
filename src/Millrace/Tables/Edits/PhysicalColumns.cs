using System.Globalization;
using System.Text.Json;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>The columns of a table as its files have them: without those of the partitions, under the names and ids that
/// the log gives them. Delta protocol, "Column Mapping".</summary>
sealed class PhysicalColumns
{
    const string NameKey = "delta.columnMapping.physicalName";
    const string IdKey = "delta.columnMapping.id";

    readonly bool _isMapped;
    readonly bool _hasIcebergIds;

    public PhysicalColumns(TableSnapshot table)
    {
        _isMapped = table.Metadata.Configuration.GetValueOrDefault(SchemaChange.ModeProperty, "none") is "name" or "id";
        _hasIcebergIds = table.Metadata.Is("millrace.iceberg");
        Columns = [.. table.Schema.Columns.Where(
            column => !table.PartitionColumns.Contains(column.Name, StringComparer.Ordinal)
                && column.DataType is not PrimitiveType { Name: "void" })];
    }

    /// <summary>The columns that are in files, in the table's order.</summary>
    public IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>The name of a column or of a field in the files.</summary>
    public string Name(TableColumn column) => _isMapped && Metadata(column, NameKey) is { } name ? name : column.Name;

    /// <summary>What a file is written from: each column under its name in the file.</summary>
    public string Select() => Columns.Count == 0 ? "1 as \"_\"" : string.Join(", ", Columns.Select(
        column => $"{Value(SqlName.Quote(column.Name), column.DataType, 0)} as {SqlName.Quote(Name(column))}"));

    /// <summary>The ids of the columns for <c>copy … (field_ids {…})</c>; null when the files have none.</summary>
    public string? Ids()
    {
        if (!_isMapped && !_hasIcebergIds)
        {
            return null;
        }

        var parts = Columns.Select((column, i) => Ids(column, i + 1)).OfType<string>().ToList();
        return parts.Count == 0 ? null : $"{{{string.Join(", ", parts)}}}";
    }

    /// <summary>The id of a top-level column; its number when the log gives none.</summary>
    public static long Id(TableColumn column, int number) =>
        Metadata(column, IdKey) is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out var id) ? id : number;

    string? Ids(TableColumn column, int number)
    {
        var id = _isMapped ? Metadata(column, IdKey) : number.ToString(CultureInfo.InvariantCulture);
        var name = SqlName.Text(Name(column));
        var parts = column.DataType is StructType nested
            ? nested.Fields.Select((field, i) => Ids(field, (number * NestedIds) + i + 1)).OfType<string>().ToList() : [];
        return parts.Count > 0
            ? $"{name}: {{{string.Join(", ", parts.Prepend($"__duckdb_field_id: {id ?? "0"}"))}}}"
            : id is null ? null : $"{name}: {id}";
    }

    /// <summary>How far the ids of the fields of one column are from those of the next.</summary>
    public const int NestedIds = 1000;

    static string? Metadata(TableColumn column, string key)
    {
        if (column.Metadata == TableColumn.NoMetadata)
        {
            return null;
        }

        using var metadata = JsonDocument.Parse(column.Metadata);
        return metadata.RootElement.TryGetProperty(key, out var value) ? value.ToString() : null;
    }

    bool IsRenamed(DeltaType type) => type switch
    {
        ArrayType array => IsRenamed(array.Element),
        MapType map => IsRenamed(map.Key) || IsRenamed(map.Value),
        StructType nested => nested.Fields.Any(field => Name(field) != field.Name || IsRenamed(field.DataType)),
        _ => false,
    };

    string Value(string value, DeltaType type, int depth)
    {
        if (!IsRenamed(type))
        {
            return value;
        }

        var item = $"x{depth}";
        return type switch
        {
            ArrayType array => $"list_transform({value}, lambda {item}: {Value(item, array.Element, depth + 1)})",
            MapType map => $"map_from_entries(list_transform(map_entries({value}), lambda {item}: struct_pack("
                + $"k := {Value(item + ".key", map.Key, depth + 1)}, v := {Value(item + ".value", map.Value, depth + 1)})))",
            StructType nested => $"case when {value} is null then null else struct_pack({string.Join(
                ", ", nested.Fields.Select(field => $"{SqlName.Quote(Name(field))} := "
                    + Value($"({value}).{SqlName.Quote(field.Name)}", field.DataType, depth)))}) end",
            _ => value,
        };
    }
}
