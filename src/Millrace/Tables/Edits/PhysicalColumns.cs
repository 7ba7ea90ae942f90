using System.Globalization;
using System.Text.Json;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>The columns of a table as its files have them: without those of the partitions, under the names and ids
/// that the log gives them. Delta protocol, "Column Mapping".</summary>
sealed class PhysicalColumns
{
    const string NameKey = "delta.columnMapping.physicalName";
    const string IdKey = "delta.columnMapping.id";

    readonly bool _isMapped;
    // How far the numbers of the parts of one column are from those of the next: far above any id of a column.
    const long NestedIds = 1_000_000;

    readonly bool _hasIcebergIds;
    readonly Dictionary<string, long> _numbers = new(StringComparer.Ordinal);

    public PhysicalColumns(TableSnapshot table)
    {
        _isMapped = table.Metadata.Configuration.GetValueOrDefault(SchemaChange.ModeProperty, "none") is "name" or "id";
        _hasIcebergIds = table.Metadata.Is("millrace.iceberg");
        for (var i = 0; i < table.Schema.Columns.Count; i++)
        {
            _numbers[table.Schema.Columns[i].Name] = i + 1;
        }

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
        column => $"{ToFiles(column)} as {SqlName.Quote(Name(column))}"));

    string ToFiles(TableColumn column) => new FieldRename((field, _) => field.Name, (field, _) => Name(field))
        .Sql(SqlName.Quote(column.Name), column.DataType);

    /// <summary>The ids of the columns for <c>copy … (field_ids {…})</c>; null when the files have none.</summary>
    public string? Ids() => !_isMapped && !_hasIcebergIds || Columns.Count == 0 ? null
        : $"{{{string.Join(", ", Columns.Select(column => $"{SqlName.Text(Name(column))}: {Sql(Field(column))}"))}}}";

    /// <summary>The id of a column in its files, and those of its parts.</summary>
    public FieldId Field(TableColumn column)
    {
        var number = _numbers[column.Name];
        var next = number * NestedIds;
        return Field(column, number, ref next);
    }

    FieldId Field(TableColumn column, long number, ref long next)
    {
        var id = _isMapped && Metadata(column, IdKey) is { } text
            && long.TryParse(text, CultureInfo.InvariantCulture, out var own)
            ? own : number;
        return new FieldId(id, Parts(column.DataType, ref next));
    }

    List<(string Name, FieldId Id)> Parts(DeltaType type, ref long next)
    {
        var parts = new List<(string, FieldId)>();
        switch (type)
        {
            case StructType nested:
                foreach (var field in nested.Fields)
                {
                    var number = ++next;
                    parts.Add((Name(field), Field(field, number, ref next)));
                }

                break;
            case ArrayType array:
                var element = ++next;
                parts.Add(("element", new FieldId(element, Parts(array.Element, ref next))));
                break;
            case MapType map:
                var key = ++next;
                parts.Add(("key", new FieldId(key, Parts(map.Key, ref next))));
                var value = ++next;
                parts.Add(("value", new FieldId(value, Parts(map.Value, ref next))));
                break;
        }

        return parts;
    }

    static string Sql(FieldId field) => field.Parts.Count == 0
        ? field.Id.ToString(CultureInfo.InvariantCulture)
        : $"{{__duckdb_field_id: {field.Id}, {string.Join(
            ", ", field.Parts.Select(part => $"{SqlName.Text(part.Name)}: {Sql(part.Id)}"))}}}";

    static string? Metadata(TableColumn column, string key)
    {
        if (column.Metadata == TableColumn.NoMetadata)
        {
            return null;
        }

        using var metadata = JsonDocument.Parse(column.Metadata);
        return metadata.RootElement.TryGetProperty(key, out var value) ? value.ToString() : null;
    }
}
