using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.App.Versions;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.App.Lineage;

/// <summary><c>millrace why</c> and <c>millrace impact</c>.</summary>
static class LineageCommands
{
    public static Command Why()
    {
        var all = new Option<bool>("--all")
        {
            Description = "Follow also what runs added to or compared with: the nights before.",
        };
        return Question(
            "why",
            "Show what a thing was made from, down to source files and rows; of PATH@REF the commit that changed it.",
            "  millrace why model:photo-popularity@production\n  millrace why table:photo_examples@v2 --all\n"
            + "  millrace why 'table:photo_examples#17'      one row: the rows it was made from",
            [all],
            async (workspace, thing, parsed, isJson, cancellationToken) =>
            {
                // A version of a table goes before a table in a commit.
                if (thing.Kind != "table"
                    && await WriteOriginAsync(workspace, thing, isJson, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                ThingVersion version;
                try
                {
                    version = await workspace.Lineage.ResolveAsync(thing, cancellationToken).ConfigureAwait(false);
                }
                catch (MillraceException exception)
                    when (thing.Kind == "table" && exception.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
                {
                    if (await WriteOriginAsync(workspace, thing, isJson, cancellationToken).ConfigureAwait(false))
                        return;
                    throw;
                }

                var node = await workspace.Lineage.WhyAsync(version.Id, parsed.GetValue(all), cancellationToken)
                    .ConfigureAwait(false);
                if (thing.RowKey is null)
                {
                    Write(node, isJson, isUpstream: true);
                    return;
                }

                var trace = await new RowTrace(workspace.Tables).FollowAsync(node, thing.RowKey, cancellationToken)
                    .ConfigureAwait(false);
                if (isJson)
                {
                    Console.Out.WriteLine(RowTraceText.Json(trace).ToJsonString());
                }
                else
                {
                    TerminalConsole.Out.Write(RowTraceText.Tree(trace));
                }
            });
    }

    public static Command Impact() => Question(
        "impact",
        "Show what was made from a thing.",
        "  millrace impact file:logs/events-2026-03-01.jsonl.gz\n"
        + "  millrace impact table:photos@v0 --json",
        [],
        async (workspace, thing, _, isJson, cancellationToken) =>
        {
            var version = await workspace.Lineage.ResolveAsync(thing with { RowKey = null }, cancellationToken)
                .ConfigureAwait(false);
            Write(
                await workspace.Lineage.ImpactAsync(version.Id, cancellationToken).ConfigureAwait(false),
                isJson, isUpstream: false);
        });

    static Command Question(
        string name,
        string description,
        string examples,
        IReadOnlyList<Option> options,
        Func<Workspace, ThingName, ParseResult, bool, CancellationToken, Task> answer)
    {
        var thing = new Argument<string>("THING")
        {
            Description = "KIND:NAME[@VERSION], or KIND left out when one thing matches.",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(name, description, examples) { thing, workspaceFolder, json };
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var parsedName = ThingName.Parse(parsed.GetValue(thing)!);
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            await answer(workspace, parsedName, parsed, parsed.GetValue(json), cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    /// <returns>Whether it is a file, or a table, of a commit.</returns>
    static async Task<bool> WriteOriginAsync(
        Workspace workspace, ThingName thing, bool isJson, CancellationToken cancellationToken)
    {
        if (workspace.Git is { } git)
        {
            if (await OriginText.FindInGitAsync(workspace, git, thing, cancellationToken).ConfigureAwait(false)
                is not { } found)
            {
                return false;
            }

            await OriginText.WriteAsync(workspace, found, isJson, cancellationToken).ConfigureAwait(false);
            return true;
        }

        if (await OriginText.FindAsync(workspace, thing, cancellationToken).ConfigureAwait(false) is not { } origin)
            return false;
        await OriginText.WriteAsync(workspace, origin, isJson, cancellationToken).ConfigureAwait(false);
        return true;
    }

    static void Write(LineageNode node, bool isJson, bool isUpstream)
    {
        if (isJson)
        {
            Console.Out.WriteLine(LineageText.Json(node, isUpstream).ToJsonString());
        }
        else
        {
            TerminalConsole.Out.Write(LineageText.Tree(node));
        }
    }
}
