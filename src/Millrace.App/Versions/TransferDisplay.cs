using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Objects;
using Millrace.Versions;
using Millrace.Versions.Remotes;

namespace Millrace.App.Versions;

/// <summary>How far a push or fetch is, and what it was in the end.</summary>
sealed class TransferDisplay(string verb) : IProgress<TransferReport>
{
    readonly MovingLine _line = new(TimeSpan.Zero);

    public void Report(TransferReport value) => _line.Show(elapsed => $"{verb} {Amount(value, elapsed)}   ");

    /// <summary>Says what it was.</summary>
    /// <param name="report">What was done.</param>
    /// <param name="remote">The remote's name.</param>
    /// <param name="isJson">Whether as JSON, on standard output.</param>
    /// <param name="merged">What was merged then; null for nothing.</param>
    public void End(SyncReport report, string remote, bool isJson, MergeReport? merged = null)
    {
        _line.End();
        var elapsed = _line.Elapsed;
        if (isJson)
        {
            var answer = Json(report, remote, elapsed);
            if (merged is not null)
                answer["merge"] = MergeText.Json(merged);
            Console.Out.WriteLine(answer.ToJsonString());
            return;
        }

        foreach (var item in report.Refs.Where(item => item.Before != item.After))
        {
            Console.Error.WriteLine(
                $"{(item.Kind == RemoteRefKind.Branch ? "branch" : "tag")} {item.Name}: "
                + (item.Before is { } before ? $"{before.Short} to {item.After.Short}" : $"new at {item.After.Short}")
                + (item.IsForced ? ", forced" : ""));
        }

        if (report.LackingCount > 0)
        {
            Console.Error.WriteLine(
                $"{report.LackingCount:N0} objects that '{remote}' should have are neither there nor here: "
                + $"{string.Join(", ", report.Lacking)}. 'millrace push --check' from a workspace that has them brings "
                + "them back.");
        }

        Console.Error.WriteLine(report.IsUpToDate
            ? $"Nothing to do: '{remote}' and this workspace have the same."
            : $"{verb} {Amount(report.Objects, elapsed)}, {report.RequestCount:N0} requests");
        if (report.ErasedCount > 0)
            Console.Error.WriteLine($"erased    {report.ErasedCount:N0} contents were erased on purpose and not sent");
    }

    static string Amount(TransferReport value, TimeSpan elapsed) =>
        $"{value.SentCount:N0} objects, {value.SizeBytes / 1e6:N1} MB in {elapsed.TotalSeconds:N1} s "
        + $"({value.SizeBytes / 1e6 / Math.Max(elapsed.TotalSeconds, 0.001):N1} MB/s)";

    static JsonObject Json(SyncReport report, string remote, TimeSpan elapsed) => new()
    {
        ["remote"] = remote,
        ["upToDate"] = report.IsUpToDate,
        ["objects"] = report.Objects.SentCount,
        ["entries"] = report.Objects.EntryCount,
        ["bytes"] = report.Objects.SizeBytes,
        ["erased"] = report.ErasedCount,
        ["requests"] = report.RequestCount,
        ["lacking"] = report.LackingCount,
        ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
        ["refs"] = new JsonArray(
        [
            .. report.Refs.Select(item => (JsonNode)new JsonObject
            {
                ["kind"] = item.Kind == RemoteRefKind.Branch ? "branch" : "tag",
                ["name"] = item.Name,
                ["before"] = item.Before?.ToString(),
                ["after"] = item.After.ToString(),
                ["forced"] = item.IsForced,
            }),
        ]),
    };
}
