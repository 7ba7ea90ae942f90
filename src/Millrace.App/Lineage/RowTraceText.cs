using System.Text.Json.Nodes;
using Millrace.Tables;
using Spectre.Console;

namespace Millrace.App.Lineage;

/// <summary>The rows that a row was made from, as a tree for people and as JSON for scripts.</summary>
static class RowTraceText
{
    const int MostPlacesShown = 5;

    public static Tree Tree(RowTraceNode node)
    {
        var tree = new Tree(Line(node));
        Add(tree, node);
        return tree;
    }

    public static JsonObject Json(RowTraceNode node) => new()
    {
        ["kind"] = node.Version.Kind,
        ["name"] = node.Version.Name,
        ["version"] = node.Version.Number,
        ["by"] = new JsonArray([.. node.Columns.Select(column => (JsonNode)column)]),
        ["candidates"] = node.IsCandidate,
        ["rows"] = node.RowCount,
        ["first"] = new JsonArray([.. node.Rows.Select(row => (JsonNode)row)]),
        ["places"] = new JsonArray([.. node.Places.Select(place => (JsonNode)place)]),
        ["madeFrom"] = new JsonArray([.. node.Next.Select(next => (JsonNode)Json(next))]),
    };

    static void Add(IHasTreeNodes parent, RowTraceNode node)
    {
        foreach (var row in node.Rows)
        {
            parent.AddNode($"[grey]{Markup.Escape(row)}[/]");
        }

        if (node.RowCount > node.Rows.Count && node.Rows.Count > 0)
        {
            parent.AddNode($"[grey]… {node.RowCount - node.Rows.Count} more rows[/]");
        }

        foreach (var place in node.Places.Take(MostPlacesShown))
        {
            parent.AddNode($"from {Markup.Escape(place)}");
        }

        if (node.Places.Count > MostPlacesShown)
        {
            parent.AddNode($"[grey]… and {node.Places.Count - MostPlacesShown} more files (all with --json)[/]");
        }

        foreach (var next in node.Next)
        {
            Add(parent.AddNode(Line(next)), next);
        }
    }

    static string Line(RowTraceNode node)
    {
        var found = node.Columns.Count == 0
            ? "the whole table; its rows have no column in common with these"
            : $"{node.RowCount:N0} row{(node.RowCount == 1 ? "" : "s")} "
                + $"{(node.IsCandidate ? "that share" : "by")} {string.Join(", ", node.Columns)}";
        return $"[bold]{Markup.Escape(node.Version.Label)}[/] [grey]{node.Version.ShortHash}[/]  "
            + Markup.Escape(found);
    }
}
