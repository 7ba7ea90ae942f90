using System.CommandLine;
using System.Text.Json.Nodes;
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
            Description = "Files, patterns such as 'logs/**/*.jsonl.gz', s3://bucket/key, - for standard input; or a "
                + "database as sqlite:FILE or postgres://user@host/database.",
            Arity = ArgumentArity.OneOrMore,
        };
        var into = new Option<string?>("--into")
        {
            Description = "The table that the rows go to; a * in it stands for the name of a database's table, which "
                + "is also what they are called without it.",
            HelpName = "TABLE",
        };
        var choices = new IngestOptions(FormatNames.Read.Keys, Policies.Keys);
        var databases = new DatabaseOptions();
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var service = new RemoteOptions();
        var command = new Verb(
            "ingest",
            "Take files or rows of a database into a table. Every record is a row of it or of TABLE$quarantine, and "
            + "the counts prove it.",
            "  millrace ingest sales.csv --into sales\n"
            + "  millrace ingest 'logs/*.jsonl.gz' --into events --on-drift add-columns\n"
            + "  curl -s https://example.org/data.csv | millrace ingest - --into data\n"
            + "  millrace ingest access.log --format combined --into hits --dry-run\n"
            + "  millrace ingest photos/ --kind images --into photos\n"
            + "  millrace ingest sqlite:shop.db --table orders --cursor id --into orders\n"
            + "  millrace ingest 'postgres://reader@db/shop' --all --key id --into 'shop_*'")
        {
            sources, into, workspaceFolder, json,
        };
        choices.AddTo(command);
        databases.AddTo(command);
        service.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var named = parsed.GetValue(sources)!;
            var table = parsed.GetValue(into);
            var isDatabase = databases.IsDatabase(parsed, named);
            var settings = choices.Read(parsed, FormatNames.Read, Policies, new IngestSettings
            {
                Table = table ?? (isDatabase ? "" : throw new MillraceException(
                    ErrorKind.Invalid, "option-invalid", "There is no table that the records go to.",
                    "Name it with '--into TABLE'.")),
                Sources = named,
                Service = service.Read(parsed, "", null),
            });
            if (isDatabase && (settings.MaxQuarantined is not null || settings.Encoding is not null))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "option-invalid",
                    "'--max-quarantined' and '--encoding' are for files, and a database is none.", "Leave them out.");
            }

            IReadOnlyList<IngestReport> reports;
            using (var display = new IngestDisplay())
            {
                reports = isDatabase
                    ? await workspace.Sources.IngestDatabaseAsync(
                        databases.Read(parsed, named[0], table, settings), display, cancellationToken)
                        .ConfigureAwait(false)
                    : [await workspace.Sources.IngestAsync(settings, display, cancellationToken)
                        .ConfigureAwait(false)];
            }

            Write(reports, settings.IsDryRun, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    static void Write(IReadOnlyList<IngestReport> reports, bool isDryRun, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(reports is [var only]
                ? IngestText.Json(only).ToJsonString()
                : new JsonArray([.. reports.Select(report => (JsonNode)IngestText.Json(report))]).ToJsonString());
            return;
        }

        foreach (var report in reports)
        {
            IngestText.Write(report, isDryRun);
        }
    }
}
