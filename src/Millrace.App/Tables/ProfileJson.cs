using System.Text.Json.Nodes;
using Millrace.Tables.Profiles;

namespace Millrace.App.Tables;

/// <summary>A profile as JSON; times among numbers are microseconds since 1970.</summary>
static class ProfileJson
{
    public static JsonObject Of(TableProfile profile) => new()
    {
        ["name"] = profile.Name,
        ["rows"] = profile.RowCount,
        ["files"] = profile.FileCount,
        ["bytes"] = profile.SizeBytes,
        ["first"] = profile.IsFirst,
        ["sampleRows"] = profile.SampleRowCount,
        ["target"] = profile.Target,
        ["leftOutColumns"] = profile.LeftOutColumnCount,
        ["columns"] = new JsonArray([.. profile.Columns.Select(Of)]),
        ["correlations"] = new JsonArray([.. profile.Correlations.Select(pair => (JsonNode)new JsonObject
        {
            ["left"] = pair.Left,
            ["right"] = pair.Right,
            ["kind"] = pair.Kind switch
            {
                CorrelationKind.Pearson => "pearson",
                CorrelationKind.CramerV => "cramer-v",
                _ => "correlation-ratio",
            },
            ["value"] = pair.Value,
        })]),
        ["findings"] = new JsonArray([.. profile.Findings.Select(finding => (JsonNode)new JsonObject
        {
            ["code"] = finding.Code,
            ["severity"] = ProfileWords.Severity(finding.Severity),
            ["columns"] = Texts(finding.Columns),
            ["message"] = finding.Message,
            ["rows"] = finding.Count,
            ["estimate"] = finding.IsEstimate,
            ["examples"] = Texts(finding.Examples),
        })]),
    };

    static JsonNode Of(ColumnProfile column) => new JsonObject
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["kind"] = column.Kind.ToString().ToLowerInvariant(),
        ["nulls"] = column.NullCount,
        ["nan"] = column.NanCount,
        ["infinite"] = column.InfiniteCount,
        ["distinct"] = column.DistinctCount,
        ["distinctExact"] = column.IsDistinctExact,
        ["unique"] = column.IsUnique,
        ["min"] = column.Min,
        ["max"] = column.Max,
        ["mean"] = Number(column.Mean),
        ["std"] = Number(column.Std),
        ["quantiles"] = column.Quantiles.Count == 0 ? null : new JsonObject(
            ColumnProfile.QuantileShares.Zip(column.Quantiles, (share, value) => KeyValuePair.Create(
                share.ToString(System.Globalization.CultureInfo.InvariantCulture), Number(value)))),
        ["histogram"] = column.Histogram is not { } histogram ? null : new JsonObject
        {
            ["edges"] = new JsonArray([.. histogram.Edges.Select(edge => Number(edge))]),
            ["counts"] = new JsonArray([.. histogram.Counts.Select(count => (JsonNode)count)]),
        },
        ["top"] = new JsonArray([.. column.Top.Select(top => (JsonNode)new JsonObject
        {
            ["value"] = top.Value,
            ["count"] = top.Count,
            ["share"] = top.Share,
        })]),
        ["lengths"] = column.Lengths is not { } lengths ? null : new JsonObject
        {
            ["min"] = lengths.Min,
            ["mean"] = lengths.Mean,
            ["max"] = lengths.Max,
        },
    };

    static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    // JSON has no NaN and no infinity.
    static JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
