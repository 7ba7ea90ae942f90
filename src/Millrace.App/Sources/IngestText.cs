using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Sources;
using Spectre.Console;

namespace Millrace.App.Sources;

/// <summary>What an ingest did, for people and for scripts.</summary>
static class IngestText
{
    const int MostColumnsShown = 50;

    public static void Write(IngestReport report, bool isDryRun)
    {
        if (isDryRun || report.Version is not null)
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("column", "type", "values");
            foreach (var column in report.Columns.Take(MostColumnsShown))
            {
                table.AddRow(
                    Markup.Escape(column.Name), Markup.Escape(column.Type), isDryRun ? "" : $"{column.Values:N0}");
            }

            TerminalConsole.Out.Write(table);
            if (report.Columns.Count > MostColumnsShown)
            {
                TerminalConsole.Out.WriteLine($"… and {report.Columns.Count - MostColumnsShown:N0} more columns");
            }
        }

        foreach (var notice in report.Notices)
        {
            TerminalConsole.Error.WriteLine(notice);
        }

        TerminalConsole.Out.WriteLine(Sentence(report, isDryRun));
    }

    public static JsonObject Json(IngestReport report) => new()
    {
        ["table"] = report.Table,
        ["version"] = report.Version?.Label,
        ["records"] = report.Records,
        ["rows"] = report.Rows,
        ["quarantined"] = report.Quarantined,
        ["bytes"] = report.Bytes,
        ["seconds"] = Math.Round(report.Duration.TotalSeconds, 3),
        ["columns"] = new JsonArray([.. report.Columns.Select(column => (JsonNode)new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = column.Type,
            ["values"] = column.Values,
        })]),
        ["files"] = new JsonArray([.. report.Files.Select(file => (JsonNode)new JsonObject
        {
            ["name"] = file.Name,
            ["hash"] = file.Hash,
            ["format"] = file.Format.ToString(),
            ["bytes"] = file.SizeBytes,
            ["known"] = file.IsKnown,
            ["records"] = file.Records,
            ["rows"] = file.Rows,
            ["quarantined"] = file.Quarantined,
        })]),
        ["notices"] = new JsonArray([.. report.Notices.Select(notice => (JsonNode)notice)]),
    };

    static string Sentence(IngestReport report, bool isDryRun)
    {
        var seconds = Math.Max(report.Duration.TotalSeconds, 0.001);
        var counts = $"{report.Records:N0} records = {report.Rows:N0} rows + {report.Quarantined:N0} quarantined";
        var size = $"{report.Bytes / 1e6:N1} MB";
        var from = report.Files is [{ Format: SourceFormat.Postgres or SourceFormat.Sqlite } source]
            ? $"{source.Name}, {size}" : $"{report.Files.Count(file => !file.IsKnown):N0} files, {size}";
        return isDryRun ? $"{counts}, of {from}; nothing was added"
            : report.Version is null && report.Quarantined > 0
                ? $"No row was added; {report.Quarantined:N0} records are in the quarantine."
            : report.Version is null ? "Nothing was added."
            : $"{report.Version.Label}: {counts}, of {from} in {seconds:N1} s "
                + $"({report.Records / seconds:N0} records/s)";
    }
}
