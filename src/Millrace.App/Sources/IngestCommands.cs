using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.App.Versions;
using Millrace.Sources;

namespace Millrace.App.Sources;

/// <summary><c>millrace ingest</c>.</summary>
static class IngestCommands
{
    static readonly Dictionary<string, DriftPolicy> Policies = new(StringComparer.Ordinal)
    {
        ["fail"] = DriftPolicy.Fail,
        ["add-columns"] = DriftPolicy.AddColumns,
        ["widen"] = DriftPolicy.Widen,
        ["quarantine"] = DriftPolicy.Quarantine,
    };

    public static Command Ingest()
    {
        var sources = new Argument<string[]>("SOURCE")
        {
            Description = "Files, patterns such as 'logs/**/*.jsonl.gz', s3://bucket/key, or - for standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var into = new Option<string>("--into")
        {
            Description = "The table that the rows go to.",
            Required = true,
            HelpName = "TABLE",
        };
        var choices = new IngestOptions(FormatNames.Read.Keys, Policies.Keys);
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var service = new RemoteOptions();
        var command = new Verb(
            "ingest",
            "Take files into a table. Every record is a row of it or of TABLE$quarantine, and the counts prove it.",
            "  millrace ingest sales.csv --into sales\n"
            + "  millrace ingest 'logs/*.jsonl.gz' --into events --on-drift add-columns\n"
            + "  curl -s https://example.org/data.csv | millrace ingest - --into data\n"
            + "  millrace ingest access.log --format combined --into hits --dry-run\n"
            + "  millrace ingest photos/ --kind images --into photos")
        {
            sources, into, workspaceFolder, json,
        };
        choices.AddTo(command);
        service.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var settings = choices.Read(parsed, FormatNames.Read, Policies, new IngestSettings
            {
                Table = parsed.GetValue(into)!,
                Sources = parsed.GetValue(sources)!,
                Service = service.Read(parsed, "", null),
            });
            IngestReport report;
            using (var display = new IngestDisplay())
            {
                report = await workspace.Sources.IngestAsync(settings, display, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(IngestText.Json(report).ToJsonString());
            }
            else
            {
                IngestText.Write(report, settings.IsDryRun);
            }

            return 0;
        });
        return command;
    }
}
