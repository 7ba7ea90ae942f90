using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Lineage;
using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary>The answer of <c>why PATH@REF</c>: the commit that last changed a file, and what else has its content.
/// </summary>
static class OriginText
{
    /// <summary>Answers when the name is that of a versioned file; null when it is none.</summary>
    public static async Task<PathOrigin?> FindAsync(
        Workspace workspace, ThingName thing, CancellationToken cancellationToken)
    {
        if (thing.Version is null || thing.RowKey is not null || thing.Kind is not (null or "file"))
            return null;
        try
        {
            var path = workspace.Versions.RelativePath(thing.Name, Environment.CurrentDirectory);
            var commit = await workspace.Versions.ResolveAsync(thing.Version, cancellationToken).ConfigureAwait(false);
            return workspace.Versions.Origin(commit, path);
        }
        catch (MillraceException exception)
            when (exception.Code is "ref-unknown" or "path-outside" or "no-commits" or "ref-ambiguous")
        {
            return null;
        }
    }

    public static async Task WriteAsync(
        Workspace workspace, PathOrigin origin, bool isJson, CancellationToken cancellationToken)
    {
        var same = await workspace.Lineage.OfHashAsync(origin.Entry.Hash.ToString(), cancellationToken)
            .ConfigureAwait(false);
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["path"] = origin.Path,
                ["kind"] = DiffText.Kind(origin.Entry.Kind),
                ["hash"] = origin.Entry.Hash.ToString(),
                ["bytes"] = origin.Entry.SizeBytes,
                ["commit"] = CommitCommands.Json(origin.Commit),
                ["versions"] = new JsonArray([.. same.Select(version => (JsonNode)version.Label)]),
            }.ToJsonString());
            return;
        }

        var commit = origin.Commit.Commit;
        Console.Out.WriteLine(
            $"{StatusText.Printable(origin.Path)}  {origin.Entry.SizeBytes:N0} bytes  {origin.Entry.Hash.Short}");
        Console.Out.WriteLine($"commit {origin.Commit.Id}");
        Console.Out.WriteLine($"author {SafeText.ForOutput(commit.Author)}");
        Console.Out.WriteLine($"time   {commit.Time:yyyy-MM-dd HH:mm:ss} UTC");
        if (commit.Run is { } run)
            Console.Out.WriteLine($"run    {run}  ('millrace run show {run[..Math.Min(run.Length, 8)]}')");
        Console.Out.WriteLine($"for    {SafeText.ForOutput(commit.Subject)}");
        foreach (var version in same)
            Console.Out.WriteLine($"same as {version.Label}  ('millrace why {version.Label}')");
    }
}
