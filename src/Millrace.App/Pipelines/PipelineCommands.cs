using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.Pipelines;
using Spectre.Console;

namespace Millrace.App.Pipelines;

/// <summary><c>millrace run FILE.cs</c>, <c>run list</c> and <c>run show</c>.</summary>
static class PipelineCommands
{
    public static Command Run()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A C# file that builds a pipeline; './list' when it is so called.",
        };
        var force = new Option<string[]>("--force")
        {
            Description = "Run this task even if its key has a result; may be repeated; '*' is all.",
            HelpName = "TASK",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would run." };
        var parallelism = new Option<int>("--parallel")
        {
            Description = "How many tasks run at once.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
            HelpName = "N",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "run",
            "Run a pipeline, or look at runs. Parameters of the pipeline follow as '--name value'.",
            "  millrace run nightly.cs --date 2026-03-15\n"
            + "  millrace run nightly.cs --date 2026-03-15 --dry-run\n"
            + "  millrace run list")
        {
            file, force, dryRun, parallelism, workspaceFolder, json, RunListCommands.List(), RunListCommands.Show(),
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var options = new RunOptions
            {
                Force = parsed.GetValue(force) ?? [],
                IsDryRun = parsed.GetValue(dryRun),
                Parallelism = Math.Max(1, parsed.GetValue(parallelism)),
            };
            var report = await PipelineRun.RunAsync(
                workspace, parsed.GetValue(file)!, [.. parsed.UnmatchedTokens], options, cancellationToken)
                .ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(ReportText.Json(report).ToJsonString());
            }
            else
            {
                TerminalConsole.Out.Write(ReportText.Table(report));
                TerminalConsole.Out.WriteLine(ReportText.Sentence(report));
            }

            return ReportText.WriteFailures(report);
        });
        return command;
    }
}
