using System.Text.Json;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>What earlier ingests wrote down in the summaries of a table's versions.</summary>
/// <param name="Inputs">The versions that took an input, by its hash.</param>
/// <param name="JsonColumns">Columns that hold values of JSON as their texts.</param>
sealed record TableHistory(IReadOnlyDictionary<string, string> Inputs, IReadOnlySet<string> JsonColumns)
{
    /// <param name="versions">Newest first.</param>
    public static TableHistory Of(IEnumerable<ThingVersion> versions)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
        var json = new HashSet<string>(StringComparer.Ordinal);
        foreach (var version in versions)
        {
            using var summary = JsonDocument.Parse(version.Summary);
            if (summary.RootElement.TryGetProperty("operation", out var operation)
                && TableStore.TakesAll(operation.GetString()))
            {
                break;
            }

            if (!summary.RootElement.TryGetProperty("ingest", out var ingest))
            {
                continue;
            }

            foreach (var file in ingest.GetProperty("files").EnumerateArray())
            {
                inputs.TryAdd(file.GetProperty("hash").GetString()!, version.Label);
            }

            foreach (var column in ingest.GetProperty("json").EnumerateArray())
            {
                json.Add(column.GetString()!);
            }

            // What an ingest replaced is not in the table any more.
            if (ingest.GetProperty("mode").GetString() == "overwrite")
            {
                break;
            }
        }

        return new TableHistory(inputs, json);
    }
}
