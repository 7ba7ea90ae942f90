using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables.Iceberg;

/// <summary>A table's columns as Iceberg writes them. Apache Iceberg table spec, "Schemas and Data Types".</summary>
sealed class IcebergSchema(TableSnapshot table)
{
    readonly PhysicalColumns _physical = new(table);
    long _lastId;

    /// <summary>The greatest id that is used; after <see cref="ToJson"/>.</summary>
    public long LastId => _lastId;

    public JsonObject ToJson() => new()
    {
        ["type"] = "struct",
        ["schema-id"] = 0,
        ["fields"] = new JsonArray([.. table.Schema.Columns.Where(IsKept).Select(
            column => (JsonNode)Field(column, _physical.Field(column)))]),
    };

    /// <summary>The names by which files without ids have the columns.</summary>
    public JsonArray NameMapping() =>
        new([.. table.Schema.Columns.Where(IsKept).Select(column => (JsonNode)new JsonObject
    {
        ["field-id"] = _physical.Field(column).Id,
        ["names"] = new JsonArray(_physical.Name(column)),
    })]);

    public long Id(string name) => _physical.Field(table.Schema.Find(name)!).Id;

    static bool IsKept(TableColumn column) => column.DataType is not PrimitiveType { Name: "void" };

    JsonObject Field(TableColumn column, FieldId id)
    {
        _lastId = Math.Max(_lastId, id.Id);
        return new JsonObject
        {
            ["id"] = id.Id,
            ["name"] = column.Name,
            ["required"] = false,
            ["type"] = Type(column.DataType, id),
        };
    }

    JsonNode Type(DeltaType type, FieldId id)
    {
        foreach (var part in id.Parts)
        {
            _lastId = Math.Max(_lastId, part.Id.Id);
        }

        return type switch
        {
            StructType nested => new JsonObject
            {
                ["type"] = "struct",
                ["fields"] =
                    new JsonArray([.. nested.Fields.Zip(id.Parts, (field, part) => (JsonNode)Field(field, part.Id))]),
            },
            ArrayType array => new JsonObject
            {
                ["type"] = "list",
                ["element-id"] = id.Parts[0].Id.Id,
                ["element-required"] = false,
                ["element"] = Type(array.Element, id.Parts[0].Id),
            },
            MapType map => new JsonObject
            {
                ["type"] = "map",
                ["key-id"] = id.Parts[0].Id.Id,
                ["key"] = Type(map.Key, id.Parts[0].Id),
                ["value-id"] = id.Parts[1].Id.Id,
                ["value-required"] = false,
                ["value"] = Type(map.Value, id.Parts[1].Id),
            },
            DecimalType number => JsonValue.Create($"decimal({number.Precision},{number.Scale})"),
            _ => JsonValue.Create(type.ToString() switch
            {
                "integer" or "short" or "byte" => "int",
                "timestamp" => "timestamptz",
                "timestamp_ntz" => "timestamp",
                var name => name,
            }),
        };
    }
}
