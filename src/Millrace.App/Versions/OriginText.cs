using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Lineage;
using Millrace.Versions;
using Millrace.Versions.BesideGit;

namespace Millrace.App.Versions;

/// <summary>The answer of <c>why PATH@REF</c>: the commit that last changed a file, and what else has its content.
/// </summary>
static class OriginText
{
    /// <summary>Answers when the name is that of a versioned file; null when it is none.</summary>
    public static async Task<PathOrigin?> FindAsync(
        Workspace workspace, ThingName thing, CancellationToken cancellationToken)
    {
        if (thing.RowKey is not null || Place(workspace, thing) is not var (revision, path))
            return null;
        try
        {
            var commit = await workspace.Versions.ResolveAsync(revision, cancellationToken).ConfigureAwait(false);
            return workspace.Versions.Origin(commit, path);
        }
        catch (MillraceException exception)
            when (exception.Code is "ref-unknown" or "path-outside" or "no-commits" or "ref-ambiguous")
        {
            return null;
        }
    }

    /// <summary>In a git work tree: answers when a pointer names the file; null when none does.</summary>
    public static async Task<GitOrigin?> FindInGitAsync(
        Workspace workspace, GitWorkTree git, ThingName thing, CancellationToken cancellationToken)
    {
        if (thing.RowKey is not null || thing.Kind == "table" || Place(workspace, thing) is not var (revision, path))
            return null;
        try
        {
            return await git.OriginAsync(path, revision, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code is "ref-unknown" or "path-unknown" or "git-failed")
        {
            return null;
        }
    }

    public static async Task WriteAsync(
        Workspace workspace, GitOrigin origin, bool isJson, CancellationToken cancellationToken)
    {
        var same = await SameAsync(workspace, origin.Entry, cancellationToken).ConfigureAwait(false);
        if (isJson)
        {
            WriteJson(origin.Path, origin.Entry, same, new JsonObject
            {
                ["commit"] = origin.Commit,
                ["author"] = origin.Author,
                ["time"] = origin.Time.ToString("O"),
                ["message"] = origin.Subject,
            });
            return;
        }

        WriteEntry(origin.Path, origin.Entry);
        Console.Out.WriteLine($"commit {origin.Commit}");
        Console.Out.WriteLine($"author {StatusText.Printable(origin.Author)}");
        Console.Out.WriteLine($"time   {origin.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        Console.Out.WriteLine($"for    {StatusText.Printable(origin.Subject)}");
        WriteSame(same);
    }

    /// <summary>The revision and the path of PATH@REF, REF:PATH or table:NAME@REF; null for what is none of them.
    /// </summary>
    static (string Revision, string Path)? Place(Workspace workspace, ThingName thing)
    {
        if (thing.Kind is not (null or "file" or "table"))
            return null;
        if (thing.Version is { } version)
        {
            try
            {
                return (version, thing.Kind == "table" ? $"table:{thing.Name}"
                    : workspace.Versions.RelativePath(thing.Name, Environment.CurrentDirectory));
            }
            catch (MillraceException exception) when (exception.Code == "path-outside")
            {
                return null;
            }
        }

        var colon = thing.Name.IndexOf(':', StringComparison.Ordinal);
        return thing.Kind is null && colon > 0 && colon < thing.Name.Length - 1
            ? (thing.Name[..colon], thing.Name[(colon + 1)..].Trim('/')) : null;
    }

    public static async Task WriteAsync(
        Workspace workspace, PathOrigin origin, bool isJson, CancellationToken cancellationToken)
    {
        var same = await SameAsync(workspace, origin.Entry, cancellationToken).ConfigureAwait(false);
        if (isJson)
        {
            WriteJson(origin.Path, origin.Entry, same, CommitCommands.Json(origin.Commit));
            return;
        }

        var commit = origin.Commit.Commit;
        WriteEntry(origin.Path, origin.Entry);
        Console.Out.WriteLine($"commit {origin.Commit.Id}");
        Console.Out.WriteLine($"author {SafeText.ForOutput(commit.Author)}");
        Console.Out.WriteLine($"time   {commit.Time:yyyy-MM-dd HH:mm:ss} UTC");
        if (commit.Run is { } run)
            Console.Out.WriteLine($"run    {run}  ('millrace run show {run[..Math.Min(run.Length, 8)]}')");
        Console.Out.WriteLine($"for    {SafeText.ForOutput(commit.Subject)}");
        WriteSame(same);
    }

    /// <summary>Versions in the lineage with the same content.</summary>
    static Task<List<ThingVersion>> SameAsync(
        Workspace workspace, TreeEntry entry, CancellationToken cancellationToken) =>
        workspace.Lineage.OfHashAsync(entry.Hash.ToString(), cancellationToken);

    static void WriteJson(string path, TreeEntry entry, List<ThingVersion> same, JsonNode commit) =>
        Console.Out.WriteLine(new JsonObject
        {
            ["path"] = path,
            ["kind"] = DiffText.Kind(entry.Kind),
            ["hash"] = entry.Hash.ToString(),
            ["bytes"] = entry.SizeBytes,
            ["commit"] = commit,
            ["versions"] = new JsonArray([.. same.Select(version => (JsonNode)version.Label)]),
        }.ToJsonString());

    static void WriteEntry(string path, TreeEntry entry) => Console.Out.WriteLine(
        $"{StatusText.Printable(path)}  {entry.SizeBytes:N0} bytes  {entry.Hash.Short}");

    static void WriteSame(List<ThingVersion> same)
    {
        foreach (var version in same)
            Console.Out.WriteLine($"same as {version.Label}  ('millrace why {version.Label}')");
    }
}
