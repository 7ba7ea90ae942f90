using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.Versions.BesideGit;

namespace Millrace.App.Versions;

/// <summary><c>millrace git install</c>, <c>millrace remove</c>, and the merge driver that git calls.</summary>
static class GitCommands
{
    public static Command Git() => new Verb(
        "git", "Let git and Millrace work together in one work tree.", "  millrace git install --hooks")
    {
        Install(),
    };

    public static Command Remove()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "What has a pointer.",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var wait = Options.Wait();
        var json = Options.Json();
        var command = new Verb(
            "remove",
            "In a git work tree: take the pointer away and its line in .gitignore. The data stays.",
            "  millrace remove photos")
        {
            paths, workspaceFolder, wait, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(
                parsed.GetValue(workspaceFolder), parsed.GetValue(wait), cancellationToken).ConfigureAwait(false);
            var report = await Require(workspace).RemoveAsync(
                Words.Paths(workspace.Versions, parsed.GetValue(paths)!), cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(GitStatusText.Json(report).ToJsonString());
                return 0;
            }

            foreach (var path in report.Pointers)
                Console.Error.WriteLine($"no pointer any more: {StatusText.Printable(path)}; the data stays.");
            GitVerbs.WriteFiles(report.Files);
            return 0;
        });
        return command;
    }

    /// <summary>Git calls it with the files of three sides; the answer goes into the second.</summary>
    public static Command MergeDriver()
    {
        var ancestor = new Argument<string>("ANCESTOR") { Description = "The text before both sides." };
        var ours = new Argument<string>("OURS") { Description = "Our text; the merged one is written here." };
        var theirs = new Argument<string>("THEIRS") { Description = "Their text." };
        var place = new Argument<string>("PATH") { Description = "The pointer's path." };
        var command = new Verb(
            "git-merge", "Merge pointers for git. Exit code 1 when there are conflicts.",
            "  millrace git-merge %O %A %B %P")
        {
            ancestor, ours, theirs, place,
        };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await MergeAsync(
                    parsed.GetValue(ancestor)!, parsed.GetValue(ours)!, parsed.GetValue(theirs)!,
                    parsed.GetValue(place)!, cancellationToken).ConfigureAwait(false);
            }
            catch (MillraceException exception)
            {
                // Git takes larger exit codes for a driver that broke, and gives the whole merge up.
                Failure.Report(exception);
                return 1;
            }
        });
        return command;
    }

    /// <exception cref="MillraceException"><c>git-needed</c>.</exception>
    public static GitWorkTree Require(Workspace workspace) => workspace.Git ?? throw new MillraceException(
        ErrorKind.Invalid, "git-needed", $"The workspace '{workspace.Folder}' is in no git work tree.",
        "Here Millrace keeps the versions itself: delete the files, then 'millrace add' and 'millrace commit'.");

    static async Task<int> MergeAsync(
        string ancestor, string ours, string theirs, string place, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(place))!;
        var found = Workspace.Find(folder) ?? throw new MillraceException(
            ErrorKind.NotFound, "workspace-missing", $"There is no workspace at '{place}' or above.",
            "Make one with 'millrace init', and merge again.");
        await using var workspace = await Options.OpenAtAsync(found, cancellationToken).ConfigureAwait(false);
        var result = await Require(workspace).MergeAsync(
            await ReadAsync(ancestor, cancellationToken).ConfigureAwait(false),
            await ReadAsync(ours, cancellationToken).ConfigureAwait(false),
            await ReadAsync(theirs, cancellationToken).ConfigureAwait(false), place, cancellationToken)
            .ConfigureAwait(false);
        // Git reads it when this process ends, and deletes it.
        await File.WriteAllBytesAsync(ours, result.Merged.ToBytes(), cancellationToken).ConfigureAwait(false);
        if (result.Conflicts.Count == 0)
            return 0;
        foreach (var path in result.Conflicts)
            Console.Error.WriteLine($"conflict: {StatusText.Printable(path)}");
        Console.Error.WriteLine(
            result.Conflicts.Count == 1 && result.Conflicts[0] == result.Merged.Name
                ? "Ours is kept. For theirs: git checkout --theirs and the pointer's path, then millrace checkout."
                : "Ours is kept, with theirs beside it as *.THEIRS~git: 'millrace checkout', make each file what it "
                    + "shall be, delete the other, then 'millrace commit' and 'git add' the pointer.");
        return 1;
    }

    static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (new FileInfo(file).Length > Pointer.TextBytesMax)
            return new byte[Pointer.TextBytesMax + 1];
        return await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
    }

    static Command Install()
    {
        var hooks = new Option<bool>("--hooks")
        {
            Description = "Also run 'millrace checkout' after git's checkouts and merges, and 'millrace push' before "
                + "its pushes, of what the pushed refs name.",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "install",
            "Let git merge pointers by the files that they name. Hooks and settings of yours are never replaced.",
            "  millrace git install\n  millrace git install --hooks")
        {
            hooks, workspaceFolder,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            Write(await Require(workspace).InstallAsync(parsed.GetValue(hooks), cancellationToken)
                .ConfigureAwait(false));
            return 0;
        });
        return command;
    }

    public static void Write(GitInstallReport report)
    {
        foreach (var fact in report.Done)
            Console.Error.WriteLine(fact);
        foreach (var fact in report.Left)
            Console.Error.WriteLine($"left as it is: {fact}");
    }
}
