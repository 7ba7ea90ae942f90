using System.Text.Json.Nodes;
using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary>What a merge did.</summary>
static class MergeText
{
    public static void Write(MergeReport report)
    {
        foreach (var conflict in report.Conflicts)
        {
            Console.Out.WriteLine(
                $"conflict: {StatusText.Printable(conflict.Path)}"
                + (conflict.IsTable || conflict.IsFileAndFolder || conflict.Theirs is null || conflict.Ours is null
                    ? $" ({conflict.Reason})" : ""));
        }

        Console.Error.WriteLine(
            report.IsUpToDate ? "There is nothing to merge."
            : report.Commit is { } commit
                ? $"{(report.IsFastForward ? "Went forward" : "Merged")} to {commit.Short}."
                : "Make each of these files what it shall be, 'millrace add' it, then 'millrace commit'."
                    + (report.Beside.Count > 0
                        ? $" Theirs lie beside them as {StatusText.Printable(report.Beside[0])}"
                            + (report.Beside.Count > 1 ? " and so on." : ".")
                        : "")
                    + (report.Conflicts.Any(conflict => conflict.IsTable)
                        ? " Of a table, 'millrace restore --source REF table:NAME' takes their version." : ""));
        CheckoutText.WriteErased(report.Erased);
    }

    public static JsonObject Json(MergeReport report) => new()
    {
        ["commit"] = report.Commit?.ToString(),
        ["fastForward"] = report.IsFastForward,
        ["upToDate"] = report.IsUpToDate,
        ["conflicts"] = new JsonArray([.. report.Conflicts.Select(conflict => (JsonNode)new JsonObject
        {
            ["path"] = conflict.Path,
            ["reason"] = conflict.Reason,
            ["ours"] = conflict.Ours?.Hash.ToString(),
            ["theirs"] = conflict.Theirs?.Hash.ToString(),
        })]),
        ["beside"] = CheckoutText.Paths(report.Beside),
        ["erased"] = CheckoutText.Paths(report.Erased),
    };
}
