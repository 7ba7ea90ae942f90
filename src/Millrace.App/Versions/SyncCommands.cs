using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Objects;
using Millrace.App.Terminal;
using Millrace.Versions;
using Millrace.Versions.Remotes;

namespace Millrace.App.Versions;

/// <summary><c>millrace push</c>, <c>fetch</c> and <c>pull</c>.</summary>
static class SyncCommands
{
    const int ConflictExitCode = 4;

    public static Command Push()
    {
        var words = Names();
        var all = new Option<bool>("--all") { Description = "Every branch." };
        var tags = new Option<bool>("--tags") { Description = "Every tag, too." };
        var force = new Option<bool>("--force", "-f")
        {
            Description = "Also where commits that only the remote has are then without a branch.",
        };
        var check = new Option<bool>("--check")
        {
            Description = "Ask the remote for everything that the refs need, also for what it had before, and send "
                + "what it lost. 'fsck --remote' reads what is there, too.",
        };
        var delete = new Option<bool>("--delete", "-d")
        {
            Description = "Take the named branches and tags off the remote. 'gc --remote' drops what only they needed.",
        };
        var hook = new Option<bool>("--hook")
        {
            Description = "As git's pre-push hook: what the refs need that git names on stdin.",
            Hidden = true,
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "push",
            "Send branches and tags with all that they need; without a name, the current branch. One that was cut off "
            + "goes on where it was.",
            "  millrace push\n  millrace push lab main --tags\n  millrace push --all --json\n"
            + "  millrace push lab --delete draft")
        {
            words, all, tags, force, check, delete, hook, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            if (parsed.GetValue(hook))
                return await PushForGitAsync(workspace, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(delete))
                return await DeleteAsync(parsed, workspace, words, json, cancellationToken).ConfigureAwait(false);
            return await TransferAsync(
                parsed, workspace, words, all, json, "sent",
                (sync, roots, _, display) => sync.PushObjectsAsync(
                    roots, parsed.GetValue(check), display, cancellationToken),
                (sync, refs, display) => sync.PushAsync(
                    new PushRequest
                    {
                        Refs = refs,
                        AllBranches = parsed.GetValue(all),
                        Tags = parsed.GetValue(tags),
                        IsForced = parsed.GetValue(force),
                        IsChecked = parsed.GetValue(check),
                    },
                    display, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>Sends what the refs need that git is about to push. Where none needs anything, a remote is not asked
    /// for.</summary>
    static async Task<int> PushForGitAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            lines.Add(line);
        var roots = await GitCommands.Require(workspace).PushedAsync(lines, cancellationToken).ConfigureAwait(false);
        if (roots.Count == 0)
            return 0;
        var (name, _) = workspace.Settings.Remotes.Find(null);
        using var remote = workspace.OpenRemote(name);
        var display = new TransferDisplay("sent");
        display.End(
            await new VersionSync(workspace.Versions, name, remote).PushObjectsAsync(
                roots, progress: display, cancellationToken: cancellationToken).ConfigureAwait(false),
            name, isJson: false);
        return 0;
    }

    public static Command Fetch()
    {
        var words = Names();
        var all = new Option<bool>("--all") { Description = "In a work tree of git: what every branch needs." };
        var noContents = new Option<bool>("--no-contents")
        {
            Description = "Only commits and folders; contents come when a checkout needs them.",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "fetch",
            "Bring branches and tags of a remote with all that they need. Branches here and files stay as they are.",
            "  millrace fetch\n  millrace fetch lab main\n  millrace fetch --no-contents\n"
            + "  millrace fetch -- photos/raw")
        {
            words, all, noContents, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            return await TransferAsync(
                parsed, workspace, words, all, json, "got",
                (sync, roots, paths, display) => sync.FetchObjectsAsync(roots, paths, display, cancellationToken),
                (sync, refs, display) => sync.FetchAsync(
                    new FetchRequest
                    {
                        Refs = refs,
                        WithContents = !parsed.GetValue(noContents),
                        Paths = workspace.Versions.SparsePaths ?? [],
                    },
                    display, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    public static Command Pull()
    {
        var words = Names();
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var command = new Verb(
            "pull",
            "Fetch a branch and merge it into the current one; without a name, the one of the same name. Exit code 4 "
            + "when there are conflicts.",
            "  millrace pull\n  millrace pull lab main\n  millrace pull -- photos/raw")
        {
            words, workspaceFolder, wait, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            var (name, refs) = Split(workspace, parsed, words);
            if (refs.Count > 1 && workspace.Git is null)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "ref-missing", $"A pull takes one branch; {refs.Count} are named.",
                    "Fetch them with 'millrace fetch', then merge one after the other.");
            }

            using var remote = workspace.OpenRemote(name);
            var sync = new VersionSync(workspace.Versions, name, remote);
            var display = new TransferDisplay("got");
            using var files = new ScanDisplay("wrote");
            if (workspace.Git is { } git)
            {
                var paths = GitPointers.Paths(workspace.Versions, refs);
                var roots = await GitPointers.RootsAsync(git, paths, all: false, cancellationToken)
                    .ConfigureAwait(false);
                display.End(
                    await sync.FetchObjectsAsync(roots, paths, display, cancellationToken).ConfigureAwait(false), name,
                    parsed.GetValue(json));
                return await GitVerbs.CheckoutAsync(
                    workspace, git, refs, isForced: false, isJson: false, cancellationToken).ConfigureAwait(false);
            }

            MissingContents.Announce(workspace);
            var request = new FetchRequest { Paths = workspace.Versions.SparsePaths ?? [] };
            var (fetched, merged) = await sync.PullAsync(
                refs.FirstOrDefault(), request, display, files, cancellationToken).ConfigureAwait(false);
            display.End(fetched, name, parsed.GetValue(json), merged);
            if (!parsed.GetValue(json))
                MergeText.Write(merged);
            return merged.Commit is null ? ConflictExitCode : 0;
        });
        return command;
    }

    static async Task<int> DeleteAsync(
        ParseResult parsed, Workspace workspace, Argument<string[]> words, Option<bool> json,
        CancellationToken cancellationToken)
    {
        var (remote, refs) = Split(workspace, parsed, words);
        if (workspace.Git is not null || refs.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "ref-missing", "Nothing says which branch of the remote goes.",
                workspace.Git is not null
                    ? "In a work tree of git, branches are git's: 'git push --delete'."
                    : $"Name it: 'millrace push {remote} --delete BRANCH'.");
        }

        using var target = workspace.OpenRemote(remote);
        var sync = new VersionSync(workspace.Versions, remote, target);
        var deleted = await sync.DeleteAsync(refs, cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(json))
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["remote"] = remote,
                ["deleted"] = new JsonArray(
                [
                    .. deleted.Select(item => (JsonNode)new JsonObject
                    {
                        ["kind"] = item.Kind == RemoteRefKind.Branch ? "branch" : "tag",
                        ["name"] = item.Name,
                        ["commit"] = item.Commit.ToString(),
                    }),
                ]),
            }.ToJsonString());
            return 0;
        }

        foreach (var item in deleted)
        {
            Console.Error.WriteLine(
                $"{(item.Kind == RemoteRefKind.Branch ? "branch" : "tag")} {item.Name}: deleted, was at "
                + $"{item.Commit.Short}");
        }

        return 0;
    }

    /// <summary>Push and fetch: beside git what pointers name, else refs with what they reach.</summary>
    static async Task<int> TransferAsync(
        ParseResult parsed, Workspace workspace, Argument<string[]> words, Option<bool> all, Option<bool> json,
        string verb,
        Func<VersionSync, IReadOnlyList<TreeEntry>, IReadOnlyList<string>, TransferDisplay, Task<SyncReport>> objects,
        Func<VersionSync, List<string>, TransferDisplay, Task<SyncReport>> versions,
        CancellationToken cancellationToken)
    {
        var (name, refs) = Split(workspace, parsed, words);
        using var remote = workspace.OpenRemote(name);
        var sync = new VersionSync(workspace.Versions, name, remote);
        var display = new TransferDisplay(verb);
        SyncReport report;
        if (workspace.Git is { } git)
        {
            var paths = GitPointers.Paths(workspace.Versions, refs);
            var roots = await GitPointers.RootsAsync(git, paths, parsed.GetValue(all), cancellationToken)
                .ConfigureAwait(false);
            report = await objects(sync, roots, paths, display).ConfigureAwait(false);
        }
        else
        {
            report = await versions(sync, refs, display).ConfigureAwait(false);
            CommittedTables.Announce(workspace.Versions, report);
        }

        display.End(report, name, parsed.GetValue(json));
        return report.LackingCount == 0 ? 0 : CheckCommands.DamagedExitCode;
    }

    static Argument<string[]> Names() => new("REMOTE")
    {
        Description = "A remote, the default one when left out; and branches and tags after it. In a work tree of git: "
            + "paths.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>The first word is a remote when there is one of that name, else all are refs, or paths beside git, of
    /// the default one.</summary>
    static (string Remote, List<string> Refs) Split(
        Workspace workspace, ParseResult parsed, Argument<string[]> argument)
    {
        var remotes = workspace.Settings.Remotes;
        var (words, after) = Words.Split(parsed, argument);
        var isNamed = words.Count > 0 && (remotes.ByName.ContainsKey(words[0])
            || (remotes.Default is null && remotes.ByName.Count != 1));
        var (name, _) = remotes.Find(isNamed ? words[0] : null);
        return (name, [.. words.Skip(isNamed ? 1 : 0), .. after]);
    }
}
