using System.Text.Json;

namespace Millrace.Catalog;

/// <summary>Values of system tables that are noted as JSON.</summary>
static class SystemValue
{
    /// <summary>A member of an object; null when it is not there or is of another type.</summary>
    public static object? Of(JsonElement json, string member, SystemType type)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(member, out var value))
            return null;
        return type switch
        {
            SystemType.Int64 => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var whole)
                ? whole : null,
            SystemType.Double => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null,
            SystemType.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? value.GetBoolean() : null,
            SystemType.Time => value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time)
                ? time : null,
            _ => value.ValueKind == JsonValueKind.Null ? null : value.ToString(),
        };
    }
}
