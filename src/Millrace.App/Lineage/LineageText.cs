using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Lineage;
using Spectre.Console;

namespace Millrace.App.Lineage;

/// <summary>An answer of lineage as a tree for people, and as JSON for scripts.</summary>
static class LineageText
{
    const int MostFilesShown = 2;

    public static Tree Tree(LineageNode node)
    {
        var tree = new Tree(Line(node));
        AddNext(tree, node);
        return tree;
    }

    public static JsonObject Json(LineageNode node, bool isUpstream) => new()
    {
        ["kind"] = node.Version.Kind,
        ["name"] = node.Version.Name,
        ["version"] = node.Version.Number,
        ["hash"] = node.Version.Hash,
        ["role"] = node.Role,
        ["summary"] = JsonNode.Parse(node.Version.Summary),
        ["run"] = node.Run is null ? null : new JsonObject
        {
            ["run"] = node.Run.Id,
            ["name"] = node.Run.Name,
            ["code"] = node.Run.Code,
            ["parameters"] = JsonNode.Parse(node.Run.Parameters),
            ["startedAt"] = node.Run.StartedAt.ToString("O"),
        },
        ["repeated"] = node.IsRepeated,
        [isUpstream ? "madeFrom" : "made"] =
            new JsonArray([.. node.Next.Select(next => (JsonNode)Json(next, isUpstream))]),
    };

    static void AddNext(IHasTreeNodes parent, LineageNode node)
    {
        foreach (var next in node.Next.Where(next => next.IsHistory && next.Next.Count == 0))
        {
            if (!next.Version.Name.Contains('$'))
            {
                parent.AddNode(next.Role == LineageNode.PreviousRole
                    ? $"[grey]added to {Markup.Escape(next.Version.Label)} (its own chain with --all)[/]"
                    : $"[grey]compared with {Markup.Escape(next.Version.Label)}[/]");
            }
        }

        foreach (var next in node.Next.Where(
            next => next.Version.Kind != "file" && !(next.IsHistory && next.Next.Count == 0)))
        {
            var child = parent.AddNode(Line(next));
            AddNext(child, next);
        }

        // A night has a file for each day before it; the first and the last say enough.
        var files = node.Next.Where(next => next.Version.Kind == "file").ToList();
        foreach (var file in files.Count <= MostFilesShown ? files : [])
        {
            parent.AddNode(Line(file));
        }

        if (files.Count > MostFilesShown)
        {
            parent.AddNode(
                $"{files.Count} files, "
                + $"[bold]{Markup.Escape(files[0].Version.Name)}[/] [grey]{files[0].Version.ShortHash}[/]"
                + $" to [bold]{Markup.Escape(files[^1].Version.Name)}[/] [grey]{files[^1].Version.ShortHash}[/]"
                + " [grey](all with --json)[/]");
        }
    }

    static string Line(LineageNode node)
    {
        var version = node.Version;
        var name = version.Kind == "object" ? $"object:{version.ShortHash}…" : version.Label;
        var made = node.Run is null ? "" : $" [grey]by {Markup.Escape(node.Run.Name)}[/]";
        var repeated = node.IsRepeated ? " [grey](shown above)[/]" : "";
        var summary = node.IsRepeated ? "" : $"  {Markup.Escape(ThingText.Summary(version))}";
        return $"[bold]{Markup.Escape(name)}[/] [grey]{version.ShortHash}[/]{made}{summary}{repeated}";
    }
}
