using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Lineage;
using Spectre.Console;

namespace Millrace.App.Pipelines;

/// <summary><c>millrace run list</c> and <c>millrace run show</c>.</summary>
static class RunListCommands
{
    public static Command List()
    {
        var limit = new Option<int>("--limit")
        {
            Description = "At most this many.",
            DefaultValueFactory = _ => 20,
            HelpName = "N",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "list", "Show the runs of pipelines, newest first.",
            "  millrace run list --limit 5")
        {
            limit, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var runs = await workspace.Lineage.RunsAsync("pipeline", null, parsed.GetValue(limit), cancellationToken)
                .ConfigureAwait(false);
            Write(runs, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    public static Command Show()
    {
        var id = new Argument<string>("RUN") { Description = "A run's id, or its beginning." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "show", "Show a run: its tasks, parameters and metrics.",
            "  millrace run show 019aab12")
        {
            id, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var run = await workspace.Lineage.RunAsync(parsed.GetValue(id)!, cancellationToken).ConfigureAwait(false);
            var parts = await workspace.Lineage.RunsAsync(null, run.Id, 10_000, cancellationToken)
                .ConfigureAwait(false);
            var parameters = await workspace.Tracking.ParametersAsync(run.Id, cancellationToken).ConfigureAwait(false);
            var metrics = await workspace.Tracking.MetricsAsync(run.Id, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                var document = Json(run);
                document["tasks"] = new JsonArray([.. parts.Select(part => (JsonNode)Json(part))]);
                document["recorded"] = new JsonObject(parameters.Select(
                    parameter => KeyValuePair.Create(parameter.Key, (JsonNode?)parameter.Value)));
                document["metrics"] = new JsonArray([.. metrics.Select(metric => (JsonNode)new JsonObject
                {
                    ["name"] = metric.Name, ["step"] = metric.Step, ["value"] = metric.Value,
                })]);
                Console.Out.WriteLine(document.ToJsonString());
                return 0;
            }

            Write([run, .. parts.AsEnumerable().Reverse()], false);
            foreach (var (name, value) in parameters)
            {
                TerminalConsole.Out.WriteLine($"  {name} = {value}");
            }

            foreach (var group in metrics.GroupBy(metric => metric.Name, StringComparer.Ordinal))
            {
                var values = group.ToList();
                TerminalConsole.Out.WriteLine(values.Count == 1
                    ? $"  {group.Key}: {values[0].Value:0.####}"
                    : $"  {group.Key}: {values[0].Value:0.####} … {values[^1].Value:0.####} over {values.Count} steps, "
                        + $"least {values.Min(metric => metric.Value):0.####}");
            }

            return 0;
        });
        return command;
    }

    static void Write(IReadOnlyList<Run> runs, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonArray([.. runs.Select(run => (JsonNode)Json(run))]).ToJsonString());
            return;
        }

        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("run", "name", "outcome", "started (UTC)", "time", "");
        foreach (var run in runs)
        {
            table.AddRow(
                run.Id, Markup.Escape(run.Name), run.Outcome.ToString().ToLowerInvariant(),
                run.StartedAt.ToString("yyyy-MM-dd HH:mm:ss"),
                run.EndedAt is { } ended ? $"{(ended - run.StartedAt).TotalSeconds:F1} s" : "",
                Markup.Escape(run.Message ?? (run.Kind == "pipeline" ? Parameters(run) : "")));
        }

        TerminalConsole.Out.Write(table);
    }

    static string Parameters(Run run) => string.Join(
        ' ', JsonNode.Parse(run.Parameters)!.AsObject().Select(parameter => $"{parameter.Key}={parameter.Value}"));

    static JsonObject Json(Run run) => new()
    {
        ["run"] = run.Id,
        ["kind"] = run.Kind,
        ["name"] = run.Name,
        ["parent"] = run.ParentId,
        ["key"] = run.TaskKey,
        ["code"] = run.Code,
        ["parameters"] = JsonNode.Parse(run.Parameters),
        ["outcome"] = run.Outcome.ToString().ToLowerInvariant(),
        ["message"] = run.Message,
        ["startedAt"] = run.StartedAt.ToString("O"),
        ["endedAt"] = run.EndedAt?.ToString("O"),
    };
}
