using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>Maps of texts as actions have them: a JSON object, or the list of entries that some writers of checkpoints
/// make of a map.</summary>
static class JsonMap
{
    public static readonly IReadOnlyDictionary<string, string?> Empty = new Dictionary<string, string?>();

    static readonly IReadOnlyDictionary<string, string> EmptyTexts = new Dictionary<string, string>();

    /// <summary>The map under a name; null when there is none.</summary>
    public static IReadOnlyDictionary<string, string?>? Read(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var map) && map.ValueKind != JsonValueKind.Null ? Read(map) : null;

    public static IReadOnlyDictionary<string, string?> Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Read(document.RootElement);
    }

    public static IReadOnlyDictionary<string, string> WithoutNulls(IReadOnlyDictionary<string, string?>? map) =>
        map is null || map.Count == 0
            ? EmptyTexts
            : map.Where(pair => pair.Value is not null).ToDictionary(
                pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal);

    static IReadOnlyDictionary<string, string?> Read(JsonElement map)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (map.ValueKind == JsonValueKind.Array)
        {
            foreach (var entry in map.EnumerateArray())
            {
                values[entry.GetProperty("key").GetString()!] = Text(entry.GetProperty("value"));
            }
        }
        else
        {
            foreach (var entry in map.EnumerateObject())
            {
                values[entry.Name] = Text(entry.Value);
            }
        }

        return values.Count == 0 ? Empty : values;
    }

    // Numbers and booleans where texts belong are read as the texts that they would be.
    static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw new InvalidDataException("a value of a map is no text"),
    };
}
