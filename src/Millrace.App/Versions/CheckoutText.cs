using System.Text.Json.Nodes;
using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary>What a checkout or a restore did.</summary>
static class CheckoutText
{
    public static void Write(CheckoutReport report, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["branch"] = report.Branch,
                ["commit"] = report.Commit?.ToString(),
                ["written"] = report.WrittenFiles,
                ["removed"] = report.RemovedFiles,
                ["erased"] = Paths(report.Erased),
            }.ToJsonString());
            return;
        }

        Console.Error.WriteLine(
            (report.Branch is { } name ? $"On branch {name}" : $"On commit {report.Commit?.Short}, on no branch")
            + $": {report.WrittenFiles:N0} files written, {report.RemovedFiles:N0} removed.");
        WriteErased(report.Erased);
    }

    public static void Write(RestoreReport report, string what, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["changed"] = report.ChangedCount,
                ["erased"] = Paths(report.Erased),
            }.ToJsonString());
            return;
        }

        Console.Error.WriteLine($"{report.ChangedCount:N0} file{(report.ChangedCount == 1 ? "" : "s")} {what}.");
        WriteErased(report.Erased);
    }

    public static void WriteErased(IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            Console.Error.WriteLine(
                $"erased    {StatusText.Printable(path)}: its content was erased on purpose and is not written");
        }
    }

    public static JsonArray Paths(IEnumerable<string> paths) => new([.. paths.Select(path => (JsonNode)path)]);
}
