using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Pipelines;
using Spectre.Console;

namespace Millrace.App.Demo;

/// <summary>What the demo says of its nights.</summary>
static class DemoText
{
    public static string Night(PipelineReport report)
    {
        var dataset = report.Task("photo-popularity_dataset").Outputs[0];
        var model = report.Task("photo-popularity_model").Outputs[0];
        var summary = JsonNode.Parse(model.Summary)!;
        var before = summary["productionError"] is { } old ? $" (before: {(double)old:F3})" : "";
        var production = (bool)summary["isProduction"]!
            ? $"tonight's model is @production{before}"
            : $"@production stays ({(double)summary["productionError"]!:F3})";
        return $"dataset [bold]{dataset.ShortHash}[/] ({Rows(dataset.Summary)}), "
            + $"test error [bold]{Metric(report, "train", "test_rmse"):F3}[/], {production}";
    }

    public static Table Errors(PipelineReport report)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("test error: root mean square of log(1 + views)", "", "");
        table.AddRow("predict the mean", Number(Metric(report, "train", "test_rmse_of_mean")), "the baseline");
        table.AddRow(
            "model, point-in-time join", Number(Metric(report, "train", "test_rmse")), "what it can really do");
        table.AddRow(
            "model, leaky join", Number(Metric(report, "train_leaky", "test_rmse")),
            "what joining each author's newest values would have claimed");
        return table;
    }

    public static JsonObject Json(IEnumerable<(DateOnly Date, PipelineReport Report)> reports) => new()
    {
        ["nights"] = new JsonArray([.. reports.Select(night => (JsonNode)new JsonObject
        {
            ["date"] = night.Date.ToString("yyyy-MM-dd"),
            ["dataset"] = night.Report.Task("photo-popularity_dataset").Outputs[0].Hash,
            ["model"] = night.Report.Task("photo-popularity_model").Outputs[0].Hash,
            ["metrics"] = Metrics(night.Report, "train").DeepClone(),
            ["ran"] = night.Report.Tasks.Count(task => task.State == TaskState.Succeeded),
            ["cached"] = night.Report.Tasks.Count(task => task.State == TaskState.Cached),
            ["tables"] = new JsonObject(night.Report.Tasks.SelectMany(task => task.Outputs)
                .Where(output => output.Kind == "table")
                .Select(output => KeyValuePair.Create(output.Name, (JsonNode?)output.Hash))),
        })]),
    };

    /// <summary>A photo of the examples, for a command to try.</summary>
    public static long ExamplePhoto(Workspace workspace, PipelineReport report)
    {
        using var session = workspace.Tables.OpenSession();
        session.Attach("examples", workspace.Tables.Open(report.Task("photo_examples").Outputs[0]));
        return session.Value<long>("select photo_id from examples order by views_24h desc, photo_id limit 1");
    }

    static string Rows(string summary)
    {
        var parsed = JsonNode.Parse(summary)!;
        return $"{parsed["train"]} + {parsed["validation"]} + {parsed["test"]} rows";
    }

    static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    static double Metric(PipelineReport report, string task, string name) => (double)Metrics(report, task)[name]!;

    static JsonNode Metrics(PipelineReport report, string task) =>
        JsonNode.Parse(report.Task(task).Outputs[0].Summary)!["metrics"]!;
}
