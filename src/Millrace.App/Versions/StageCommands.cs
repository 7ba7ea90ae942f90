using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Versions;
using Millrace.Versions.BesideGit;
using Millrace.Versions.Files;

namespace Millrace.App.Versions;

/// <summary><c>millrace add</c>, <c>status</c> and <c>restore</c>.</summary>
static class StageCommands
{
    const int ConflictExitCode = 4;

    public static Command Add()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Files and folders, or table:NAME for a table's newest version.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var force = new Option<bool>("--force", "-f")
        {
            Description = "Also what .millraceignore leaves out, and millrace.yaml when it is named; with '--from', "
                + "also over files that differ.",
        };
        var from = new Option<string?>("--from")
        {
            Description = "Take it from this commit or import:NAME instead: files that are not here are written. "
                + "Without a path, all of it.",
            HelpName = "REF",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var command = new Verb(
            "add",
            "Store files and stage them for the next commit. The files themselves are only read.",
            "  millrace add .\n  millrace add photos labels.csv\n  millrace add table:photos\n"
            + "  millrace add --from import:photos")
        {
            paths, from, force, workspaceFolder, wait, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) is null && result.GetValue(paths) is not { Length: > 0 })
                result.AddError("Nothing says what to add: name files and folders, or a source with '--from'.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(from) is { } source)
            {
                return await TakeAsync(
                    workspace, source, parsed.GetValue(paths)!, parsed.GetValue(force), parsed.GetValue(json),
                    cancellationToken).ConfigureAwait(false);
            }

            if (workspace.Git is { } git)
            {
                return await GitVerbs.AddAsync(
                    workspace, git, parsed.GetValue(paths)!, parsed.GetValue(force), parsed.GetValue(json),
                    cancellationToken).ConfigureAwait(false);
            }

            AddReport report;
            using (var display = new ScanDisplay("looked at"))
            {
                report = await workspace.Versions.AddAsync(
                    Words.Paths(workspace.Versions, parsed.GetValue(paths)!), parsed.GetValue(force), display,
                    cancellationToken).ConfigureAwait(false);
            }

            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonObject
                {
                    ["files"] = report.FileCount,
                    ["staged"] = report.Changes.Count,
                    ["read"] = report.ReadFiles,
                    ["readBytes"] = report.ReadBytes,
                    ["leftOut"] = new JsonArray([.. report.LeftOut.Select(file => new JsonObject
                    {
                        ["path"] = file.Path, ["code"] = file.Code, ["message"] = file.Message,
                    })]),
                }.ToJsonString());
            }
            else
            {
                foreach (var file in report.LeftOut)
                    Console.Error.WriteLine($"left out: {StatusText.Printable(file.Path)}: {file.Message}");
                var gone = report.Changes.Count(change => change.Kind == FileChangeKind.Deleted);
                Console.Error.WriteLine(
                    $"{report.Changes.Count - gone:N0} of {report.FileCount:N0} files staged, "
                    + (gone > 0 ? $"{gone:N0} deleted, " : "") + $"{report.ReadBytes / 1e6:N1} MB read.");
            }

            return report.LeftOut.Any(file => file.Code is "file-changed" or "file-unreadable") ? ConflictExitCode : 0;
        });
        return command;
    }

    public static Command Status()
    {
        var isShort = new Option<bool>("--short", "-s") { Description = "Two letters and a path for each, as git." };
        var all = new Option<bool>("--all") { Description = "Every file, also where a folder has very many." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "status",
            "Show what is staged, what changed since, and what is not versioned.",
            "  millrace status\n  millrace status --short\n  millrace status --json")
        {
            isShort, all, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (await ReadGitAsync(parsed.GetValue(workspaceFolder), cancellationToken).ConfigureAwait(false)
                is { } git)
            {
                return GitVerbs.Status(
                    git, parsed.GetValue(isShort), parsed.GetValue(json), parsed.GetValue(all));
            }

            var status = await ReadAsync(parsed.GetValue(workspaceFolder), cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(StatusText.Json(status).ToJsonString());
            else if (parsed.GetValue(isShort))
                StatusText.WriteShort(Console.Out, status);
            else
                StatusText.Write(Console.Out, status, parsed.GetValue(all));
            return 0;
        });
        return command;
    }

    public static Command Restore()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "What to restore.",
        };
        var staged = new Option<bool>("--staged") { Description = "Only unstage; files stay as they are." };
        var source = new Option<string?>("--source")
        {
            Description = "Take it from this commit or import:NAME.",
            HelpName = "REF",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var command = new Verb(
            "restore",
            "Make files what is staged or what a commit has; changes in them are given up.",
            "  millrace restore labels.csv\n  millrace restore --staged .\n  millrace restore --source HEAD~1 photos")
        {
            paths, staged, source, workspaceFolder, wait, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            if (workspace.Git is { } git)
            {
                return await GitVerbs.RestoreAsync(
                    workspace, git, parsed.GetValue(paths)!, parsed.GetValue(source), parsed.GetValue(staged),
                    parsed.GetValue(json), cancellationToken).ConfigureAwait(false);
            }

            using var display = new ScanDisplay("wrote");
            MissingContents.Announce(workspace);
            var report = await workspace.Versions.RestoreAsync(
                Words.Paths(workspace.Versions, parsed.GetValue(paths)!), parsed.GetValue(source),
                parsed.GetValue(staged), progress: display, cancellationToken: cancellationToken).ConfigureAwait(false);
            CheckoutText.Write(
                report, parsed.GetValue(staged) ? "unstaged" : "restored", parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    static async Task<int> TakeAsync(
        Workspace workspace, string source, string[] words, bool isForced, bool isJson,
        CancellationToken cancellationToken)
    {
        MissingContents.Announce(workspace);
        if (workspace.Git is { } git)
        {
            return await GitVerbs.TakeAsync(workspace, git, source, words, isForced, isJson, cancellationToken)
                .ConfigureAwait(false);
        }

        TakeReport report;
        using (var display = new ScanDisplay("wrote"))
        {
            report = await workspace.Versions.TakeAsync(
                source, Words.Paths(workspace.Versions, words), isForced, display, cancellationToken)
                .ConfigureAwait(false);
        }

        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["files"] = report.FileCount,
                ["staged"] = report.StagedCount,
                ["written"] = report.WrittenCount,
                ["erased"] = CheckoutText.Paths(report.Erased),
            }.ToJsonString());
        }
        else
        {
            Console.Error.WriteLine(
                $"{report.StagedCount:N0} of {report.FileCount:N0} files staged from {source}, "
                + $"{report.WrittenCount:N0} written.");
            CheckoutText.WriteErased(report.Erased);
        }

        return 0;
    }

    /// <returns>Null when the workspace is in no git work tree.</returns>
    static async Task<GitStatus?> ReadGitAsync(string? folder, CancellationToken cancellationToken)
    {
        var found = folder ?? Workspace.Find(Environment.CurrentDirectory);
        if (found is null || GitWorkTree.TopOf(found) is null)
            return null;
        if (Workspace.TryQuickGitStatus(found, cancellationToken) is { } quick)
            return quick;
        await using var workspace = await Options.OpenAsync(folder, cancellationToken).ConfigureAwait(false);
        return workspace.Git?.Status(cancellationToken);
    }

    static async Task<StatusReport> ReadAsync(string? folder, CancellationToken cancellationToken)
    {
        var found = folder ?? Workspace.Find(Environment.CurrentDirectory);
        if (found is not null && Workspace.TryQuickStatus(found, cancellationToken) is { } quick)
            return quick;
        await using var workspace = await Options.OpenAsync(folder, cancellationToken).ConfigureAwait(false);
        return await workspace.Versions.StatusAsync(cancellationToken).ConfigureAwait(false);
    }
}
