using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Pipelines;
using Spectre.Console;

namespace Millrace.App.Pipelines;

/// <summary>A run's report for people and for scripts.</summary>
static class ReportText
{
    public static Table Table(PipelineReport report)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("task", "", "output", "time");
        foreach (var task in report.Tasks)
        {
            var outputs = string.Join(
                "\n", task.Outputs.Where(output => !output.Name.Contains('$') || HasRows(output.Summary)).Select(
                    output => output.Kind == "object"
                        ? $"object:{output.ShortHash}… {ThingText.Summary(output)}"
                        : $"{output.Label} {ThingText.Summary(output)}"));
            table.AddRow(
                Markup.Escape(task.Task), Word(task.State), Markup.Escape(outputs),
                task.State == TaskState.Succeeded ? $"{task.Duration.TotalSeconds:F1} s" : "");
        }

        return table;
    }

    public static string Sentence(PipelineReport report)
    {
        var ran = report.Tasks.Count(task => task.State == TaskState.Succeeded);
        var cached = report.Tasks.Count(task => task.State == TaskState.Cached);
        var wouldRun = report.Tasks.Count(task => task.State == TaskState.WouldRun);
        return report.RunId is null
            ? $"{report.Pipeline}: {wouldRun} of {report.Tasks.Count} tasks would run."
            : ran == 0 && report.IsSuccess
                ? $"{report.Pipeline}: nothing to do; all {cached} tasks have their results from earlier runs."
                : $"{report.Pipeline}: {ran} tasks ran, {cached} had their results, "
                    + $"in {report.Duration.TotalSeconds:F1} s.";
    }

    public static JsonObject Json(PipelineReport report) => new()
    {
        ["pipeline"] = report.Pipeline,
        ["run"] = report.RunId,
        ["parameters"] = new JsonObject(report.Parameters.Select(
            parameter => KeyValuePair.Create(parameter.Key, (JsonNode?)parameter.Value))),
        ["succeeded"] = report.IsSuccess,
        ["seconds"] = report.Duration.TotalSeconds,
        ["tasks"] = new JsonArray([.. report.Tasks.Select(task => (JsonNode)new JsonObject
        {
            ["task"] = task.Task,
            ["state"] = task.State.ToString().ToLowerInvariant(),
            ["key"] = task.Key,
            ["run"] = task.RunId,
            ["seconds"] = task.Duration.TotalSeconds,
            ["outputs"] = new JsonArray([.. task.Outputs.Select(output => (JsonNode)new JsonObject
            {
                ["kind"] = output.Kind, ["name"] = output.Name, ["version"] = output.Number, ["hash"] = output.Hash,
                ["summary"] = JsonNode.Parse(output.Summary),
            })]),
            ["warnings"] = new JsonArray([.. task.Warnings.Select(warning => (JsonNode)warning)]),
            ["error"] = task.Error is null ? null : new JsonObject
            {
                ["code"] = task.Error.Code, ["message"] = task.Error.Message, ["hint"] = task.Error.Hint,
            },
        })]),
    };

    /// <summary>Tells each failure with its hint.</summary>
    /// <returns>The exit code.</returns>
    public static int WriteFailures(PipelineReport report)
    {
        var code = 0;
        foreach (var task in report.Tasks.Where(task => task.Error is not null))
        {
            Failure.Write(task.Error!, task.Task);
            code = code == 0 ? Failure.ExitCode(task.Error!.Kind) : code;
        }

        return code == 0 && !report.IsSuccess ? Failure.CancelledExitCode : code;
    }

    static bool HasRows(string summary) => JsonNode.Parse(summary)?["rows"]?.GetValue<long>() > 0;

    static string Word(TaskState state) => state switch
    {
        TaskState.Succeeded => "[green]ran[/]",
        TaskState.Cached => "[grey]had its result[/]",
        TaskState.Failed => "[red]failed[/]",
        TaskState.Skipped => "[grey]skipped[/]",
        TaskState.WouldRun => "would run",
        _ => state.ToString().ToLowerInvariant(),
    };
}
