using System.Globalization;
using System.Text.Json;
using Millrace.Lineage;

namespace Millrace.App.Terminal;

/// <summary>Says in a few words what a version is; everything that is known is in the JSON.</summary>
static class ThingText
{
    public static string Summary(ThingVersion version)
    {
        using var document = JsonDocument.Parse(version.Summary);
        var summary = document.RootElement;
        return string.Join(", ", Parts(version.Kind, summary).Where(part => part.Length > 0));
    }

    /// <summary>The rows of a table's version; empty when it does not say.</summary>
    public static string Rows(ThingVersion version)
    {
        using var document = JsonDocument.Parse(version.Summary);
        return Number(document.RootElement, "rows") is { } rows ? rows.ToString("N0") : "";
    }

    static IEnumerable<string> Parts(string kind, JsonElement summary) => kind switch
    {
        "table" => [
            $"{Count(summary, "rows")} rows",
            Number(summary, "rowsWritten") is { } written && written != Number(summary, "rows")
                ? $"{written:N0} of them new" : "",
            Number(summary, "newFiles") is > 0 and { } files
                ? $"from {files:N0} new file{(files == 1 ? "" : "s")}" : "",
            Number(summary, "quarantined") is > 0 and { } bad ? $"{bad:N0} quarantined" : ""],
        "dataset" => [
            $"{Count(summary, "rows")} rows: {Count(summary, "train")} train, "
            + $"{Count(summary, "validation")} validation, {Count(summary, "test")} test"],
        "model" => [
            $"test error {Decimal(summary, "testError")}",
            Decimal(summary, "productionError") is { Length: > 0 } before ? $"the one before {before}" : ""],
        "object" => [Text(summary, "what"), $"{Count(summary, "bytes")} bytes"],
        "file" => [$"{Count(summary, "bytes")} bytes"],
        "source" => [$"{Count(summary, "rows")} rows", $"newest {Text(summary, "newest")}"],
        "feature" => [
            $"{Count(summary, "entities")} entities", $"{Count(summary, "features")} features",
            $"as of {Text(summary, "asOf")}",
            $"{Count(summary, "equalRows")} of {Count(summary, "checkedRows")} compared rows equal"],
        _ => [],
    };

    static long? Number(JsonElement summary, string name) =>
        summary.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number : null;

    static string Count(JsonElement summary, string name) => (Number(summary, name) ?? 0).ToString("N0");

    static string Decimal(JsonElement summary, string name) =>
        summary.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble().ToString("0.000", CultureInfo.InvariantCulture) : "";

    static string Text(JsonElement summary, string name) =>
        summary.TryGetProperty(name, out var value) ? value.ToString() : "";
}
