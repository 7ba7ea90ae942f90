using System.Text.Json;
using Millrace.Lineage;

namespace Millrace.App.Terminal;

/// <summary>Says in a few words what a version is.</summary>
static class ThingText
{
    static readonly HashSet<string> Hidden = new(StringComparer.Ordinal) { "url", "files", "shards" };

    /// <summary>The summary's entries, such as <c>rows 583, bytes 41,220</c>.</summary>
    public static string Summary(ThingVersion version)
    {
        using var summary = JsonDocument.Parse(version.Summary);
        return string.Join(", ", summary.RootElement.EnumerateObject()
            .Where(entry => !Hidden.Contains(entry.Name) && entry.Value.ValueKind is not JsonValueKind.Null
                and not JsonValueKind.Object)
            .Select(entry => $"{Words(entry.Name)} {Value(entry.Value)}"));
    }

    static string Value(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.TryGetInt64(out var whole) ? whole.ToString("N0") : value.GetDouble().ToString("0.####")
        : value.ToString().ToLowerInvariant() is "true" or "false"
            ? value.ToString().ToLowerInvariant()
            : value.ToString();

    // 'rowsWritten' is read as 'rows written'.
    static string Words(string name) =>
        string.Concat(name.Select(c => char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : c.ToString()));
}
