using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.App.Versions;
using Millrace.Lineage;
using Millrace.Sources;
using Spectre.Console;

namespace Millrace.App.Sources;

/// <summary><c>millrace export</c>.</summary>
static class ExportCommands
{
    public static Command Export()
    {
        var table = new Argument<string>("TABLE") { Description = "A table, with a version as TABLE@v3 or without." };
        var choices = new ExportOptions();
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var service = new RemoteOptions();
        var command = new Verb(
            "export",
            "Write a table to a file of another format or into a database. All of it is there, or nothing.",
            "  millrace export sales --to sales.csv\n"
            + "  millrace export events@v3 --to events.parquet --replace\n"
            + "  millrace export sales --to - --format jsonl | head\n"
            + "  millrace export sales --to sqlite:shop.db#sales --mode upsert --key id\n"
            + "  millrace export sales --to 'postgres://writer@db/shop/sales' --mode replace")
        {
            table, workspaceFolder, json,
        };
        choices.AddTo(command);
        service.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var name = ThingName.Parse(parsed.GetValue(table)!);
            var settings = choices.Read(parsed, name.Name, name.Version) with
            {
                Service = service.Read(parsed, "", null),
            };
            ExportReport report;
            using (var display = new IngestDisplay())
            {
                report = await workspace.Sources.ExportAsync(settings, display, cancellationToken)
                    .ConfigureAwait(false);
            }

            var isData = settings.Target == "-";
            if (parsed.GetValue(json) && !isData)
            {
                Console.Out.WriteLine(Json(report).ToJsonString());
            }
            else
            {
                (isData ? TerminalConsole.Error : TerminalConsole.Out).WriteLine(Sentence(report));
            }

            return 0;
        });
        return command;
    }

    static string Sentence(ExportReport report) =>
        $"{report.Version.Label}: {report.Rows:N0} rows, {report.SizeBytes / 1e6:N1} MB to {report.Target} "
        + $"in {report.Duration.TotalSeconds:N1} s";

    static JsonObject Json(ExportReport report) => new()
    {
        ["version"] = report.Version.Label,
        ["target"] = report.Target,
        ["format"] = report.Format.ToString(),
        ["rows"] = report.Rows,
        ["bytes"] = report.SizeBytes,
        ["sha256"] = report.Hash.Length > 0 ? report.Hash : null,
        ["seconds"] = Math.Round(report.Duration.TotalSeconds, 3),
    };
}
