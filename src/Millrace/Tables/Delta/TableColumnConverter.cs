using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millrace.Tables.Delta;

/// <summary>JSON of a column in an intent: <c>{"name":…,"type":…}</c> with Delta's type, and what differs from a column
/// that may be null and has no metadata. Older intents have <c>array&lt;…&gt;</c> as a text.</summary>
sealed class TableColumnConverter : JsonConverter<TableColumn>
{
    /// <inheritdoc/>
    public override TableColumn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        var name = root.GetProperty("name").GetString()!;
        var type = root.GetProperty("type");
        return new TableColumn(
            name, type.ValueKind == JsonValueKind.String
                ? DeltaType.Parse(type.GetString()!) : DeltaSchema.ReadType(type, $"column '{name}'", 0))
        {
            IsNullable = !root.TryGetProperty("nullable", out var nullable) || nullable.GetBoolean(),
            Metadata = root.TryGetProperty("metadata", out var metadata)
                ? metadata.GetRawText() : TableColumn.NoMetadata,
        };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TableColumn value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("name", value.Name);
        writer.WritePropertyName("type");
        DeltaSchema.WriteType(writer, value.DataType);
        if (!value.IsNullable)
        {
            writer.WriteBoolean("nullable", false);
        }

        if (value.Metadata != TableColumn.NoMetadata)
        {
            writer.WritePropertyName("metadata");
            writer.WriteRawValue(value.Metadata);
        }

        writer.WriteEndObject();
    }
}
