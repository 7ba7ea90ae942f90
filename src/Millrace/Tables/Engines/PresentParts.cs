using System.Text.Json;
using Millrace.Tables.Delta;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>Whether a list or map of a table is null in some row. ClickHouse has none that is, and would read it as an
/// empty one.</summary>
static class PresentParts
{
    /// <summary>Whether the files' statistics say that no row has a null there.</summary>
    public static bool AreSure(TableSnapshot snapshot, string column)
    {
        var found = snapshot.Schema.Columns.FirstOrDefault(one => ColumnName.Comparer.Equals(one.Name, column));
        if (found is null)
            return false;
        var name = ColumnMapping.Of(snapshot).PhysicalName(found);
        return snapshot.Files.All(file => HasNoNull(file.Statistics, name));
    }

    static bool HasNoNull(string statistics, string name)
    {
        if (statistics.Length == 0)
            return false;
        try
        {
            using var json = JsonDocument.Parse(statistics);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("nullCount", out var counts)
                && counts.ValueKind == JsonValueKind.Object && counts.TryGetProperty(name, out var count)
                && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out var number) && number == 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
