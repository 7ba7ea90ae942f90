using System.Text.Json.Nodes;

namespace Millrace.SystemTests.Fixtures;

/// <summary>What a night gave, as lines of text that compare and differ well: everything that must not depend on the
/// folder, the number of threads or interruptions.</summary>
static class Fingerprints
{
    public static string OfDemo(JsonNode demo) =>
        string.Join("\n", demo["nights"]!.AsArray().Select(night => $"{night!["date"]}\n{OfDemoNight(night)}"));

    public static string OfDemoNight(JsonNode night) => Lines(
        (string)night["dataset"]!, (string)night["model"]!, night["metrics"]!,
        night["tables"]!.AsObject().Select(table => (table.Key, (string)table.Value!)));

    /// <param name="report">What <c>run --json</c> printed.</param>
    public static string OfRun(JsonNode report)
    {
        var outputs = report["tasks"]!.AsArray()
            .SelectMany(
                task => task!["outputs"]!.AsArray(),
                (task, output) => (Task: (string)task!["task"]!, Output: output!))
            .ToList();
        return Lines(
            Hash("dataset"), Hash("model"),
            outputs.First(entry => entry.Task == "train").Output["summary"]!["metrics"]!,
            outputs.Where(entry => (string)entry.Output["kind"]! == "table")
                .Select(entry => ((string)entry.Output["name"]!, (string)entry.Output["hash"]!)));

        string Hash(string kind) => (string)outputs.Select(entry => entry.Output).Single(
            output => (string)output["kind"]! == kind && (string)output["name"]! == "photo-popularity")["hash"]!;
    }

    static string Lines(
        string dataset, string model, JsonNode metrics, IEnumerable<(string Name, string Hash)> tables) =>
        string.Join(
            "\n",
            tables.Select(table => $"table {table.Name} {table.Hash}")
                .Concat(metrics.AsObject().Select(metric => $"metric {metric.Key} {metric.Value!.ToJsonString()}"))
                .Order(StringComparer.Ordinal)
                .Prepend($"model {model}").Prepend($"dataset {dataset}"));
}
