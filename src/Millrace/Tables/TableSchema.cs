using System.Text.Json;
using System.Text.Json.Nodes;

namespace Millrace.Tables;

/// <summary>The columns of a table, in order.</summary>
/// <param name="Columns">At least one.</param>
public sealed record TableSchema(IReadOnlyList<TableColumn> Columns)
{
    public bool Equals(TableSchema? other) => other is not null && Columns.SequenceEqual(other.Columns);

    public override int GetHashCode() =>
        Columns.Aggregate(17, (hash, column) => HashCode.Combine(hash, column));

    /// <summary>The column of that name, or null; names are compared as they are written.</summary>
    public TableColumn? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);

    /// <summary>The JSON of Delta's <c>schemaString</c>. Delta protocol, "Schema Serialization Format".</summary>
    internal string ToDelta() => new JsonObject
    {
        ["type"] = "struct",
        ["fields"] = new JsonArray([.. Columns.Select(column => (JsonNode)new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = DeltaType(column.Type),
            ["nullable"] = true,
            ["metadata"] = new JsonObject(),
        })]),
    }.ToJsonString();

    internal static TableSchema FromDelta(string json, string table)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var schema = new TableSchema([.. document.RootElement.GetProperty("fields").EnumerateArray().Select(
                field => new TableColumn(
                    field.GetProperty("name").GetString()
                        ?? throw new InvalidOperationException("A column has no name."),
                    ReadType(field.GetProperty("type"), table)))]);
            return schema.Columns.Count > 0 ? schema : throw new InvalidOperationException("It has no columns.");
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new MillraceException(
                ErrorKind.Corrupt, "table-log-damaged",
                $"The schema of table '{table}' can't be read: {exception.Message}",
                "Restore the table's '_delta_log' folder from a copy; 'millrace fsck' lists what else is damaged.",
                exception);
        }
    }

    static JsonNode DeltaType(string type) => type.StartsWith("array<", StringComparison.Ordinal)
        ? new JsonObject
        {
            ["type"] = "array",
            ["elementType"] = DeltaType(type[6..^1]),
            ["containsNull"] = true,
        }
        : JsonValue.Create(type);

    static string ReadType(JsonElement type, string table)
    {
        if (type.ValueKind == JsonValueKind.String)
        {
            // A list is an object there; as a text it is nothing that Delta knows.
            var name = type.GetString()!;
            _ = ColumnTypes.ToSql(name.Replace("array<", "", StringComparison.Ordinal));
            return name;
        }

        if (type.GetProperty("type").GetString() == "array")
        {
            return $"array<{ReadType(type.GetProperty("elementType"), table)}>";
        }

        throw new MillraceException(
            ErrorKind.Invalid, "type-unsupported",
            $"Table '{table}' has a column of type '{type.GetProperty("type").GetString()}', which can't be read yet.",
            "Read the table with an engine that knows the type, or cast the column where it is written.");
    }
}
