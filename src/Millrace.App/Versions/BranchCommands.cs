using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary><c>millrace checkout</c>, <c>branch</c>, <c>merge</c> and <c>tag</c>.</summary>
static class BranchCommands
{
    const int ConflictExitCode = 4;

    public static Command Checkout()
    {
        var words = new Argument<string[]>("REF")
        {
            Description = "A branch, tag, commit or import:NAME; and paths after '--' to take only these from it.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var branch = new Option<string?>("-b")
        {
            Description = "Make this branch there and go to it.",
            HelpName = "NEW",
        };
        var force = new Option<bool>("--force", "-f") { Description = "Give up changes in files and what is staged." };
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var command = new Verb(
            "checkout",
            "Make the files what a branch, tag or commit has. Changed files are never lost without --force.",
            "  millrace checkout main\n  millrace checkout -b cleaned\n  millrace checkout HEAD~2 -- labels.csv")
        {
            words, branch, force, workspaceFolder, wait, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            MissingContents.Announce(workspace);
            var versions = workspace.Versions;
            var (before, after) = Words.Split(parsed, words);
            if (workspace.Git is { } git)
            {
                if (parsed.GetValue(branch) is not null)
                    GitTree.Refuse(workspace.Folder, "git checkout -b");
                if (before is [var first, ..] && ImportedTrees.NameIn(first) is not null)
                {
                    return await GitVerbs.CheckoutImportAsync(
                        workspace, git, first, [.. before.Skip(1), .. after], parsed.GetValue(json), cancellationToken)
                        .ConfigureAwait(false);
                }

                return await GitVerbs.CheckoutAsync(
                    workspace, git, [.. before, .. after], parsed.GetValue(force), parsed.GetValue(json),
                    cancellationToken).ConfigureAwait(false);
            }

            using var display = new ScanDisplay("wrote");
            var revision = before.FirstOrDefault() ?? "HEAD";
            var paths = before.Skip(1).Concat(after).ToList();
            if (paths.Count > 0)
            {
                var taken = await versions.RestoreAsync(
                    Words.Paths(versions, paths), revision, isStaged: false, both: true, display, cancellationToken)
                    .ConfigureAwait(false);
                CheckoutText.Write(taken, $"taken from {revision}", parsed.GetValue(json));
                return 0;
            }

            if (before.Count == 0 && parsed.GetValue(branch) is null && !parsed.GetValue(force))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "ref-missing", "Nothing says what to check out.",
                    "Name a branch, tag or commit; 'millrace branch' lists the branches.");
            }

            var report = await versions.CheckoutAsync(
                revision,
                new CheckoutOptions
                {
                    NewBranch = parsed.GetValue(branch),
                    IsForced = parsed.GetValue(force),
                    Progress = display,
                },
                cancellationToken).ConfigureAwait(false);
            CheckoutText.Write(report, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    public static Command Branch()
    {
        var name = new Argument<string?>("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "The branch." };
        var start = new Argument<string?>("START")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Where it begins, or with -m its new name.",
        };
        var delete = new Option<bool>("--delete", "-d") { Description = "Delete it; the reflog keeps its commits." };
        var move = new Option<bool>("--move", "-m") { Description = "Rename it." };
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var command = new Verb(
            "branch",
            "List branches, or make, rename or delete one.",
            "  millrace branch\n  millrace branch cleaned HEAD~1\n  millrace branch -m cleaned clean\n"
            + "  millrace branch -d clean")
        {
            name, start, delete, move, workspaceFolder, wait, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            GitTree.Refuse(workspace.Folder, "git branch");
            var versions = workspace.Versions;
            if (parsed.GetValue(name) is not { } wanted)
                await ListAsync(versions, parsed.GetValue(json), cancellationToken).ConfigureAwait(false);
            else if (parsed.GetValue(delete))
                await versions.DeleteBranchAsync(wanted, cancellationToken).ConfigureAwait(false);
            else if (parsed.GetValue(move))
                await versions.RenameBranchAsync(wanted, parsed.GetValue(start), cancellationToken)
                    .ConfigureAwait(false);
            else
                await versions.MakeBranchAsync(wanted, parsed.GetValue(start) ?? "HEAD", cancellationToken)
                    .ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    public static Command Merge()
    {
        var revision = new Argument<string?>("REF") { Arity = ArgumentArity.ZeroOrOne, Description = "What to merge." };
        var abort = new Option<bool>("--abort") { Description = "Take back a merge that has conflicts." };
        var message = new Option<string?>("--message", "-m") { Description = "The message of the merge." };
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var command = new Verb(
            "merge",
            "Bring the changes of another branch into this one. Exit code 4 when there are conflicts.",
            "  millrace merge cleaned\n  millrace merge --abort")
        {
            revision, abort, message, workspaceFolder, wait, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            GitTree.Refuse(workspace.Folder, "git merge");
            MissingContents.Announce(workspace);
            if (parsed.GetValue(abort))
            {
                await workspace.Versions.AbortMergeAsync(cancellationToken).ConfigureAwait(false);
                if (parsed.GetValue(json))
                    Console.Out.WriteLine(new JsonObject { ["aborted"] = true }.ToJsonString());
                else
                    Console.Error.WriteLine("The merge was taken back.");
                return 0;
            }

            var wanted = parsed.GetValue(revision) ?? throw new MillraceException(
                ErrorKind.Invalid, "ref-missing", "Nothing says what to merge.",
                "Name a branch; 'millrace branch' lists them.");
            using var display = new ScanDisplay("wrote");
            var report = await workspace.Versions.MergeAsync(
                wanted, parsed.GetValue(message), display, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(MergeText.Json(report).ToJsonString());
            else
                MergeText.Write(report);
            return report.Commit is null ? ConflictExitCode : 0;
        });
        return command;
    }

    public static Command Tag()
    {
        var name = new Argument<string?>("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "The tag." };
        var revision = new Argument<string?>("REF") { Arity = ArgumentArity.ZeroOrOne, Description = "Where; HEAD." };
        var delete = new Option<bool>("--delete", "-d") { Description = "Delete it." };
        var message = new Option<string?>("--message", "-m") { Description = "What it says." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "tag",
            "List tags, or put or delete one.",
            "  millrace tag\n  millrace tag v1 -m 'As delivered'\n  millrace tag -d v1")
        {
            name, revision, delete, message, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            GitTree.Refuse(workspace.Folder, "git tag");
            var versions = workspace.Versions;
            if (parsed.GetValue(name) is not { } wanted)
                await ListTagsAsync(versions, parsed.GetValue(json), cancellationToken).ConfigureAwait(false);
            else if (parsed.GetValue(delete))
                await versions.DeleteTagAsync(wanted, cancellationToken).ConfigureAwait(false);
            else
                await versions.MakeTagAsync(
                    wanted, parsed.GetValue(revision) ?? "HEAD", parsed.GetValue(message), cancellationToken)
                    .ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    static async Task ListAsync(VersionStore versions, bool isJson, CancellationToken cancellationToken)
    {
        var (current, _) = await versions.HeadAsync(cancellationToken).ConfigureAwait(false);
        var branches = await versions.Refs.BranchesAsync(cancellationToken).ConfigureAwait(false);
        var remote = await versions.Refs.RemoteBranchesAsync(cancellationToken).ConfigureAwait(false);
        if (isJson)
        {
            Console.Out.WriteLine(new JsonArray([.. branches.Select(entry => Json(entry, entry.Name == current))
                .Concat(remote.Select(entry => Json(entry, false)))]).ToJsonString());
            return;
        }

        foreach (var entry in branches)
        {
            Console.Out.WriteLine(
                $"{(entry.Name == current ? '*' : ' ')} {entry.Name} {entry.Commit.Short} "
                + SafeText.ForOutput(versions.ReadCommit(entry.Commit).Subject));
        }

        foreach (var entry in remote)
            Console.Out.WriteLine($"  {entry.Name} {entry.Commit.Short}");
    }

    static JsonNode Json(BranchEntry entry, bool isCurrent) => new JsonObject
    {
        ["name"] = entry.Name,
        ["commit"] = entry.Commit.ToString(),
        ["movedAt"] = entry.MovedAt.ToString("O"),
        ["current"] = isCurrent,
    };

    static async Task ListTagsAsync(VersionStore versions, bool isJson, CancellationToken cancellationToken)
    {
        var tags = await versions.Refs.TagsAsync(cancellationToken).ConfigureAwait(false);
        if (isJson)
        {
            Console.Out.WriteLine(new JsonArray([.. tags.Select(tag => new JsonObject
            {
                ["name"] = tag.Name,
                ["commit"] = tag.Commit.ToString(),
                ["message"] = tag.Message,
                ["author"] = tag.Author,
                ["createdAt"] = tag.CreatedAt.ToString("O"),
            })]).ToJsonString());
            return;
        }

        foreach (var tag in tags)
        {
            Console.Out.WriteLine(
                $"{tag.Name} {tag.Commit.Short}"
                + (tag.Message is null ? "" : $" {SafeText.ForOutput(tag.Message)}"));
        }
    }
}
