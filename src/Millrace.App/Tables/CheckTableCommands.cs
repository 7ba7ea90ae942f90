using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Tables.Checks;
using Spectre.Console;

namespace Millrace.App.Tables;

/// <summary><c>millrace check</c>.</summary>
static class CheckTableCommands
{
    const int FailedExitCode = 2;

    public static Command Check()
    {
        var table = new Argument<string?>("TABLE")
        {
            Description = "The table, or a version of it: NAME@v3; without it all tables with checks in millrace.yaml.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "check",
            "Ask the checks of a table of a version that is there: those of millrace.yaml, and those of the pipeline "
            + "that wrote it. Exit code 2 when one fails.",
            "millrace check orders\nmillrace check orders@v3 --json\nmillrace check")
        {
            table, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var reports = parsed.GetValue(table) is { } name
                ? [await OneAsync(workspace, name, cancellationToken).ConfigureAwait(false)]
                : await AllAsync(workspace, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. reports.Select(Json)]).ToJsonString());
            }
            else
            {
                reports.ForEach(Write);
            }

            return reports.TrueForAll(report => report.IsPassed) ? 0 : FailedExitCode;
        });
        return command;
    }

    static async Task<CheckReport> OneAsync(Workspace workspace, string text, CancellationToken cancellationToken)
    {
        var (name, version) = await TableName.ResolveAsync(workspace, text, cancellationToken).ConfigureAwait(false);
        var rules = await workspace.Tables.ChecksOfAsync(name, cancellationToken).ConfigureAwait(false);
        // A table that is not there is told first.
        var snapshot = workspace.Tables.OpenNewest(name, version);
        return rules.Count > 0
            ? await workspace.Tables.CheckAsync(name, snapshot.Version, rules, cancellationToken).ConfigureAwait(false)
            : throw new MillraceException(
                ErrorKind.Invalid, "checks-missing", $"Table '{name}' has no checks.",
                $"Write some under 'checks: {name}:' in millrace.yaml; 'docs/guide/checks.md' shows them.");
    }

    static async Task<List<CheckReport>> AllAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var reports = new List<CheckReport>();
        foreach (var entry in await workspace.Tables.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (workspace.Tables.CheckRules.ContainsKey(entry.Name))
            {
                reports.Add(await OneAsync(workspace, entry.Name, cancellationToken).ConfigureAwait(false));
            }
        }

        return reports.Count > 0 ? reports : throw new MillraceException(
            ErrorKind.Invalid, "checks-missing", "No table that is there has checks in millrace.yaml.",
            "Write some under 'checks:'; 'docs/guide/checks.md' shows them.");
    }

    static void Write(CheckReport report)
    {
        var console = TerminalConsole.Out;
        var passed = report.Results.Count(result => result.Outcome == CheckOutcome.Passed);
        console.WriteLine(
            $"{report.Table} v{report.Version}: {report.RowCount:N0} rows; {passed:N0} of {report.Results.Count:N0} "
            + $"checks passed, {report.Warnings.Count:N0} warn, {report.Failures.Count:N0} failed");
        foreach (var result in report.Results)
        {
            var color = result.IsFailure ? "red" : result.IsWarning ? "yellow" : "green";
            console.MarkupLine(
                $"  [{color}]{Word(result)}[/]  {Markup.Escape(SafeText.ForOutput(result.Rule.Label))}: "
                + Markup.Escape(SafeText.ForOutput(result.Message)));
            foreach (var row in result.Examples)
            {
                console.WriteLine($"          {SafeText.ForOutput(row)}");
            }
        }
    }

    static string Word(CheckResult result) => result.IsFailure ? "failed" : result.IsWarning ? "warn  " : "passed";

    static JsonNode Json(CheckReport report) => new JsonObject
    {
        ["table"] = report.Table,
        ["version"] = report.Version,
        ["rows"] = report.RowCount,
        ["passed"] = report.IsPassed,
        ["checks"] = new JsonArray([.. report.Results.Select(result => (JsonNode)new JsonObject
        {
            ["name"] = result.Rule.Label,
            ["kind"] = result.Word,
            ["severity"] = result.Rule.Severity == CheckSeverity.Warn ? "warn" : "fail",
            ["outcome"] = result.Outcome.ToString().ToLowerInvariant(),
            ["observed"] = result.Observed is { } number && double.IsFinite(number) ? number : null,
            ["checkedRows"] = result.CheckedRows,
            ["failingRows"] = result.FailingRows,
            ["message"] = result.Message,
            ["examples"] = new JsonArray([.. result.Examples.Select(row => (JsonNode)row)]),
        })]),
    };
}
