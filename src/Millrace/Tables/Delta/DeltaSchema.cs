using System.Text;
using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>The JSON of Delta's <c>schemaString</c>. Delta protocol, "Schema Serialization Format".</summary>
/// <remarks>The bytes are part of a version's identity: a schema of nullable columns without metadata is written as
/// every released version wrote it.</remarks>
static class DeltaSchema
{
    const int MaxDepth = 60;
    const int MaxColumns = 100_000;

    /// <summary>Refuses columns that would be written and could not be read again.</summary>
    /// <exception cref="MillraceException"><c>columns-many</c>, <c>schema-invalid</c>.</exception>
    public static void Check(TableSchema schema, string table)
    {
        CheckCount(schema, table);
        CheckForm(schema, table);
    }

    /// <exception cref="MillraceException"><c>columns-many</c>.</exception>
    public static void CheckCount(TableSchema schema, string table)
    {
        if (schema.Columns.Count > MaxColumns)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "columns-many",
                $"Table '{table}' would have {schema.Columns.Count:N0} columns; {MaxColumns:N0} are allowed.",
                "Keep them as rows of name and value, or as a list.");
        }
    }

    static void CheckForm(TableSchema schema, string table)
    {
        try
        {
            Read(Write(schema), table);
        }
        catch (Exception exception) when (exception is MillraceException or InvalidOperationException)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "schema-invalid",
                $"Table '{table}' can't have these columns: {exception.InnerException?.Message ?? exception.Message}",
                "Give each column a name of its own, and nest types less deep. Nothing was written.", exception);
        }
    }

    public static string Write(TableSchema schema)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            WriteStruct(json, schema.Columns);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <exception cref="MillraceException"><c>table-log-damaged</c>, <c>type-unsupported</c>.</exception>
    public static TableSchema Read(string text, string table)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4 * MaxDepth });
            var columns = ReadFields(document.RootElement, $"table '{table}'", 0);
            return columns.Count > 0
                ? new TableSchema(columns) : throw new InvalidOperationException("It has no columns.");
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

    internal static void WriteType(Utf8JsonWriter json, DeltaType type)
    {
        switch (type)
        {
            case ArrayType array:
                json.WriteStartObject();
                json.WriteString("type", "array");
                json.WritePropertyName("elementType");
                WriteType(json, array.Element);
                json.WriteBoolean("containsNull", array.ContainsNull);
                json.WriteEndObject();
                break;
            case MapType map:
                json.WriteStartObject();
                json.WriteString("type", "map");
                json.WritePropertyName("keyType");
                WriteType(json, map.Key);
                json.WritePropertyName("valueType");
                WriteType(json, map.Value);
                json.WriteBoolean("valueContainsNull", map.ValueContainsNull);
                json.WriteEndObject();
                break;
            case StructType nested:
                WriteStruct(json, nested.Fields);
                break;
            default:
                json.WriteStringValue(type.ToString());
                break;
        }
    }

    internal static DeltaType ReadType(JsonElement type, string where, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidOperationException($"It is nested more than {MaxDepth} levels deep.");
        }

        if (type.ValueKind == JsonValueKind.String)
        {
            // A list is an object there; as a text it is nothing that Delta knows.
            return DeltaType.ParsePrimitive(type.GetString()!) ?? throw Unreadable(type.GetString()!, where);
        }

        return type.GetProperty("type").GetString() switch
        {
            "array" => new ArrayType(
                ReadType(type.GetProperty("elementType"), where, depth + 1), Flag(type, "containsNull")),
            "map" => new MapType(
                ReadType(type.GetProperty("keyType"), where, depth + 1),
                ReadType(type.GetProperty("valueType"), where, depth + 1), Flag(type, "valueContainsNull")),
            "struct" => new StructType(ReadFields(type, where, depth + 1)),
            var other => throw Unreadable(other ?? "null", where),
        };
    }

    static void WriteStruct(Utf8JsonWriter json, IReadOnlyList<TableColumn> columns)
    {
        json.WriteStartObject();
        json.WriteString("type", "struct");
        json.WriteStartArray("fields");
        foreach (var column in columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WritePropertyName("type");
            WriteType(json, column.DataType);
            json.WriteBoolean("nullable", column.IsNullable);
            json.WritePropertyName("metadata");
            json.WriteRawValue(column.Metadata);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static List<TableColumn> ReadFields(JsonElement type, string where, int depth)
    {
        var columns = new List<TableColumn>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in type.GetProperty("fields").EnumerateArray())
        {
            var name = field.GetProperty("name").GetString()
                ?? throw new InvalidOperationException("A column has no name.");
            if (!names.Add(name))
            {
                throw new InvalidOperationException($"It has two columns '{name}'.");
            }

            if (names.Count > MaxColumns)
            {
                throw new InvalidOperationException($"It has more than {MaxColumns:N0} columns.");
            }

            columns.Add(new TableColumn(name, ReadType(field.GetProperty("type"), where, depth))
            {
                IsNullable = Flag(field, "nullable"),
                Metadata = ReadMetadata(field),
            });
        }

        return columns;
    }

    // What is there and is not an object tells nothing; older writers leave it out.
    static string ReadMetadata(JsonElement field) =>
        field.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.EnumerateObject().MoveNext()
            ? metadata.GetRawText() : TableColumn.NoMetadata;

    static bool Flag(JsonElement element, string name) =>
        !element.TryGetProperty(name, out var flag) || flag.ValueKind != JsonValueKind.False;

    static MillraceException Unreadable(string type, string where) => new(
        ErrorKind.Invalid, "type-unsupported", $"The type '{type}' in {where} can't be read yet.",
        "Read the table with an engine that knows the type, or cast the column where it is written.");
}
