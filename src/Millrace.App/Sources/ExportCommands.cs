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
        var to = new Option<string>("--to")
        {
            Description = "A file, s3://bucket/key, or - for standard output.",
            Required = true,
            HelpName = "TARGET",
        };
        var format = new Option<string?>("--format") { Description = "The format; else the target's ending tells it." };
        format.AcceptOnlyFromAmong([.. FormatNames.Written.Keys]);
        var columns = new Option<string[]>("--column")
        {
            Description = "A column to write; may be repeated; all when left out.",
            HelpName = "NAME",
        };
        var replace = new Option<bool>("--replace") { Description = "Replace a file that is there." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var service = new RemoteOptions();
        var command = new Verb(
            "export",
            "Write a table to a file of another format. The file is there whole or not at all.",
            "  millrace export sales --to sales.csv\n"
            + "  millrace export events@v3 --to events.parquet --replace\n"
            + "  millrace export sales --to - --format jsonl | head")
        {
            table, to, format, columns, replace, workspaceFolder, json,
        };
        service.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var name = ThingName.Parse(parsed.GetValue(table)!);
            var settings = new ExportSettings
            {
                Table = name.Name,
                Version = name.Version,
                Target = parsed.GetValue(to)!,
                Format = parsed.GetValue(format) is { } word ? FormatNames.Written[word] : SourceFormat.Auto,
                Columns = parsed.GetValue(columns) ?? [],
                Replaces = parsed.GetValue(replace),
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
        ["sha256"] = report.Hash,
        ["seconds"] = Math.Round(report.Duration.TotalSeconds, 3),
    };
}
