using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Lineage;
using Millrace.Tables;
using Spectre.Console;

namespace Millrace.App.Lineage;

/// <summary><c>millrace table list</c>, and the same for datasets, models and feature views.</summary>
static class ThingCommands
{
    /// <summary>The verbs of one kind of thing.</summary>
    public static Command Noun(string kind, string plural, params IReadOnlyList<Command> others)
    {
        var noun =
            new Verb(kind, $"Look at {plural}{(others.Count > 0 ? " and change them" : "")}.", $"millrace {kind} list")
        {
            List(kind, plural),
        };
        foreach (var other in others)
        {
            noun.Add(other);
        }

        return noun;
    }

    static Command List(string kind, string plural)
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "list",
            $"Show the {plural} with their newest versions.",
            $"millrace {kind} list --json")
        {
            workspaceFolder,
            json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var newest = await workspace.Lineage.NewestAsync(cancellationToken).ConfigureAwait(false);
            var things = newest.Where(thing => thing.Kind == kind && !TableStore.IsDrop(thing)).ToList();
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. things.Select(Json)]).ToJsonString());
            }
            else if (things.Count == 0)
            {
                TerminalConsole.Error.WriteLine($"There are no {plural} yet; a pipeline makes them ('millrace run').");
            }
            else
            {
                TerminalConsole.Out.Write(Show(kind, things));
            }

            return 0;
        });
        return command;
    }

    static Table Show(string kind, List<ThingVersion> things)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(kind, "newest", "hash", "made (UTC)", "");
        foreach (var thing in things)
        {
            table.AddRow(
                Markup.Escape(thing.Name),
                $"v{thing.Number}",
                thing.ShortHash,
                thing.CreatedAt.ToString("yyyy-MM-dd HH:mm"),
                Markup.Escape(ThingText.Summary(thing)));
        }

        return table;
    }

    static JsonNode Json(ThingVersion thing) => new JsonObject
    {
        ["kind"] = thing.Kind,
        ["name"] = thing.Name,
        ["version"] = thing.Number,
        ["hash"] = thing.Hash,
        ["createdAt"] = thing.CreatedAt.ToString("O"),
        ["summary"] = JsonNode.Parse(thing.Summary),
    };
}
