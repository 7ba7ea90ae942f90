using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary><c>millrace commit</c> and <c>millrace log</c>.</summary>
static class CommitCommands
{
    public static Command Commit()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "In a git work tree: only the pointers of these.",
        };
        var force = new Option<bool>("--force", "-f")
        {
            Description = "In a git work tree: also where git brought another pointer since the last checkout.",
        };
        var message = new Option<string?>("--message", "-m") { Description = "What the commit is for." };
        var all = new Option<bool>("--all", "-a") { Description = "Stage what changed in versioned files first." };
        var empty = new Option<bool>("--allow-empty") { Description = "Also when nothing changed." };
        var noVerify = new Option<bool>("--no-verify") { Description = "Leave hooks and checks out." };
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var command = new Verb(
            "commit",
            "Keep what is staged as a version, with author, time and message.",
            "  millrace commit -m 'Labels of March'\n  millrace commit --all -m 'Corrected'")
        {
            paths, force, message, all, empty, noVerify, workspaceFolder, wait, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            if (workspace.Git is { } git)
            {
                return await GitVerbs.CommitAsync(
                    workspace, git, parsed.GetValue(paths) ?? [], parsed.GetValue(force), parsed.GetValue(message),
                    parsed.GetValue(json), cancellationToken).ConfigureAwait(false);
            }

            if (parsed.GetValue(paths) is [var path, ..])
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "path-not-taken", $"'{path}' is named, and a commit keeps all that is staged.",
                    $"Stage it with 'millrace add {path}', then commit.");
            }

            var entry = await workspace.Versions.CommitAsync(
                new CommitRequest(parsed.GetValue(message) ?? "")
                {
                    StagesAll = parsed.GetValue(all),
                    AllowsEmpty = parsed.GetValue(empty),
                    SkipsChecks = parsed.GetValue(noVerify),
                },
                cancellationToken).ConfigureAwait(false);
            var branch = workspace.Versions.HeadAsync(cancellationToken);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(Json(entry).ToJsonString());
            else
                Console.Out.WriteLine(
                    $"[{(await branch.ConfigureAwait(false)).Branch ?? "no branch"} {entry.Id.Short}] "
                    + SafeText.ForOutput(entry.Commit.Subject));
            return 0;
        });
        return command;
    }

    public static Command Log()
    {
        var words = new Argument<string[]>("REF")
        {
            Description = "Where to begin, HEAD when left out; and paths after '--'.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var count = new Option<int>("--number", "-n")
        {
            Description = "At most this many.",
            DefaultValueFactory = _ => int.MaxValue,
            HelpName = "N",
        };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
                result.AddError("'-n' takes how many commits are shown: 0 or more.");
        });
        var oneLine = new Option<bool>("--oneline") { Description = "A line for each." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "log",
            "Show commits, the newest first.",
            "  millrace log\n  millrace log -n 5 --oneline\n  millrace log main -- photos")
        {
            words, count, oneLine, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            GitTree.Refuse(workspace.Folder, "git log");
            var versions = workspace.Versions;
            var (before, after) = Words.Split(parsed, words);
            var (commits, paths) = await Words.PartAsync(versions, before, after, cancellationToken)
                .ConfigureAwait(false);
            var from = commits.Count > 0
                ? commits[0] : await versions.ResolveAsync("HEAD", cancellationToken).ConfigureAwait(false);
            var found = versions.Log(from, paths.FirstOrDefault("")).Take(parsed.GetValue(count));
            if (paths.Count > 0 && parsed.GetValue(count) > 0)
            {
                found = [.. found];
                if (!found.Any())
                    throw Words.Unknown(paths[0], "No commit has, or had");
            }

            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. found.Select(Json)]).ToJsonString());
                return 0;
            }

            foreach (var entry in found)
                Write(entry, parsed.GetValue(oneLine));
            return 0;
        });
        return command;
    }

    public static JsonNode Json(CommitEntry entry) => new JsonObject
    {
        ["commit"] = entry.Id.ToString(),
        ["tree"] = entry.Commit.Tree.ToString(),
        ["parents"] = new JsonArray([.. entry.Commit.Parents.Select(parent => (JsonNode)parent.ToString())]),
        ["author"] = entry.Commit.Author,
        ["time"] = entry.Commit.Time.ToString("O"),
        ["run"] = entry.Commit.Run,
        ["message"] = entry.Commit.Message,
    };

    static void Write(CommitEntry entry, bool isOneLine)
    {
        if (isOneLine)
        {
            Console.Out.WriteLine($"{entry.Id.Short} {SafeText.ForOutput(entry.Commit.Subject)}");
            return;
        }

        Console.Out.WriteLine($"commit {entry.Id}");
        if (entry.Commit.Parents.Count > 1)
            Console.Out.WriteLine($"merge  {string.Join(' ', entry.Commit.Parents.Select(parent => parent.Short))}");
        Console.Out.WriteLine($"author {SafeText.ForOutput(entry.Commit.Author)}");
        Console.Out.WriteLine($"time   {entry.Commit.Time:yyyy-MM-dd HH:mm:ss} UTC");
        if (entry.Commit.Run is { } run)
            Console.Out.WriteLine($"run    {run}");
        Console.Out.WriteLine();
        foreach (var line in entry.Commit.Message.TrimEnd().Split('\n'))
            Console.Out.WriteLine($"    {SafeText.ForOutput(line)}");
        Console.Out.WriteLine();
    }
}
