using System.Text.Json.Nodes;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>What an ingest leaves in the summary of the version that it makes: the counts that prove it, and what later
/// ingests must know. See docs/formats/ingest.md.</summary>
static class IngestSummary
{
    public static string Of(
        IngestSettings settings,
        IngestPlan plan,
        IReadOnlyList<IngestedFile> report,
        IReadOnlyList<IngestedColumn> columns)
    {
        var files = report.Where(file => !file.IsKnown).ToList();
        return new JsonObject
        {
            ["newFiles"] = files.Count,
            ["quarantined"] = files.Sum(file => file.Quarantined),
            ["ingest"] = new JsonObject
            {
                ["mode"] = settings.Mode == TableMode.Overwrite ? "overwrite"
                    : settings.KeyColumns.Count > 0 ? "upsert" : "append",
                ["records"] = files.Sum(file => file.Records),
                ["rows"] = files.Sum(file => file.Rows),
                ["quarantined"] = files.Sum(file => file.Quarantined),
                ["bytes"] = files.Sum(file => file.SizeBytes),
                ["values"] = new JsonObject(columns.Select(
                    column => KeyValuePair.Create(column.Name, (JsonNode?)column.Values))),
                ["json"] = new JsonArray([.. plan.Columns.Where(column => column.Type.Is(ValueTypes.Json))
                    .Select(column => (JsonNode)column.Name)]),
                ["files"] = new JsonArray([.. files.Select(file => (JsonNode)new JsonObject
                {
                    ["name"] = file.Name,
                    ["hash"] = file.Hash,
                    ["format"] = file.Format.ToString(),
                    ["bytes"] = file.SizeBytes,
                    ["records"] = file.Records,
                    ["rows"] = file.Rows,
                    ["quarantined"] = file.Quarantined,
                })]),
            },
        }.ToJsonString();
    }
}
