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
            Description = "A file, s3://bucket/key, - for standard output; or a table of a database as "
                + "sqlite:FILE#table or postgres://user@host/database/table.",
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
        var replace = new Option<bool>("--replace")
        {
            Description = "Replace a file that is there, or all rows of a database's table.",
        };
        var mode = new Option<string>("--mode")
        {
            Description = "Database: whether rows are added, replace all others, or those of the same --key.",
            DefaultValueFactory = _ => "append",
        };
        mode.AcceptOnlyFromAmong("append", "replace", "upsert");
        var keys = new Option<string[]>("--key")
        {
            Description = "Database: columns that tell rows apart, as a,b or repeated.",
            HelpName = "COLUMN",
        };
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
            table, to, format, columns, replace, mode, keys, workspaceFolder, json,
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
                Replaces = parsed.GetValue(replace) || parsed.GetValue(mode) == "replace",
                KeyColumns = Keys(parsed.GetValue(mode)!, parsed.GetValue(keys) ?? []),
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

    static IReadOnlyList<string> Keys(string mode, string[] keys)
    {
        List<string> names = [.. keys.SelectMany(text => text.Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        return mode == "upsert" == names.Count > 0 ? names : throw new MillraceException(
            ErrorKind.Invalid, "option-invalid",
            names.Count > 0 ? $"'--key' is for '--mode upsert', and the mode is '{mode}'."
                : "Nothing tells which rows '--mode upsert' replaces.",
            "Write '--mode upsert --key COLUMN'.");
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
