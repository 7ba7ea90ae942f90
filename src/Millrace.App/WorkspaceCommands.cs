using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Spectre.Console;

namespace Millrace.App;

/// <summary><c>millrace init</c> and <c>millrace list</c>.</summary>
static class WorkspaceCommands
{
    public static Command Init()
    {
        var folder = new Argument<string>("DIR")
        {
            Description = "The folder; made if it is not there. Without it, this one.",
            DefaultValueFactory = _ => ".",
        };
        var command = new Command("init", "Make a workspace.\n\nExample:\n  millrace init photos") { folder };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = Path.GetFullPath(parsed.GetValue(folder)!);
            var isNew = Workspace.Create(path);
            await using var workspace = await Workspace.OpenAsync(path, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            var found = isNew ? "Made the workspace" : "There is a workspace already:";
            TerminalConsole.Error.MarkupLineInterpolated($"{found} {path} (catalog {workspace.Catalog.Description})");
            return 0;
        });
        return command;
    }

    public static Command List()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Command(
            "list", "Show the things of the workspace with their newest versions.\n\nExample:\n  millrace list --json")
        {
            workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var things = await workspace.Lineage.NewestAsync(cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. things.Select(thing => (JsonNode)new JsonObject
                {
                    ["kind"] = thing.Kind, ["name"] = thing.Name, ["version"] = thing.Number, ["hash"] = thing.Hash,
                    ["createdAt"] = thing.CreatedAt.ToString("O"), ["summary"] = JsonNode.Parse(thing.Summary),
                })]).ToJsonString());
                return 0;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns("thing", "newest", "hash", "made (UTC)", "");
            foreach (var thing in things)
            {
                table.AddRow(
                    Markup.Escape($"{thing.Kind}:{thing.Name}"), $"v{thing.Number}", thing.ShortHash,
                    thing.CreatedAt.ToString("yyyy-MM-dd HH:mm"), Markup.Escape(ThingText.Summary(thing)));
            }

            TerminalConsole.Out.Write(table);
            return 0;
        });
        return command;
    }
}
