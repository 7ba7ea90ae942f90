using System.Text.Json.Nodes;
using Millrace.Versions;
using Millrace.Versions.BesideGit;

namespace Millrace.App.Versions;

/// <summary>What the verbs of versions mean in a git work tree.</summary>
static class GitVerbs
{
    public static async Task<int> AddAsync(
        Workspace workspace, GitWorkTree git, IReadOnlyList<string> words, bool takesIgnored, bool isJson,
        CancellationToken cancellationToken)
    {
        if (words.FirstOrDefault(word => word.StartsWith("table:", StringComparison.Ordinal)) is { } table)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "table-in-git", $"'{table}' is a table, and a pointer is for files.",
                "A table keeps its own versions; name one in a pipeline as 'table:NAME@vN'.");
        }

        PointerReport report;
        using (var display = new ScanDisplay("looked at"))
        {
            report = await git.AddAsync(
                Words.Paths(workspace.Versions, words), takesIgnored, display, cancellationToken)
                .ConfigureAwait(false);
        }

        Write(report, isJson, "Nothing changed: the pointers say what is here.");
        return 0;
    }

    /// <summary><c>add --from</c>: data and pointers of a revision or an import.</summary>
    public static async Task<int> TakeAsync(
        Workspace workspace, GitWorkTree git, string source, IReadOnlyList<string> words, bool isForced, bool isJson,
        CancellationToken cancellationToken)
    {
        GitCheckoutReport report;
        using (var display = new ScanDisplay("wrote"))
        {
            report = await git.TakeAsync(
                source, Words.Paths(workspace.Versions, words), isForced, display, cancellationToken)
                .ConfigureAwait(false);
        }

        Write(report, isJson);
        return 0;
    }

    public static async Task<int> CommitAsync(
        Workspace workspace, GitWorkTree git, IReadOnlyList<string> words, bool isForced, string? message, bool isJson,
        CancellationToken cancellationToken)
    {
        PointerReport report;
        using (var display = new ScanDisplay("looked at"))
        {
            report = await git.CommitAsync(
                Words.Paths(workspace.Versions, words), isForced, display, cancellationToken).ConfigureAwait(false);
        }

        Write(report, isJson, "Nothing changed: the pointers say what is here.");
        if (!isJson && report.Files.Count > 0)
        {
            Console.Error.WriteLine(
                message is null ? "  git commit" : $"  git commit -m {ShellWord.Of(message)}");
        }

        return 0;
    }

    public static async Task<int> CheckoutAsync(
        Workspace workspace, GitWorkTree git, IReadOnlyList<string> words, bool isForced, bool isJson,
        CancellationToken cancellationToken)
    {
        var paths = Words.Paths(workspace.Versions, words);
        GitCheckoutReport report;
        try
        {
            report = await CheckoutAsync(git, paths, isForced, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (
            exception.Code == "object-missing" && workspace.Settings.Remotes.ByName.Count > 0)
        {
            // Git brought pointers to what was never here.
            await GitPointers.FetchAsync(
                workspace, git, GitPointers.Paths(workspace.Versions, words), cancellationToken).ConfigureAwait(false);
            report = await CheckoutAsync(git, paths, isForced, cancellationToken).ConfigureAwait(false);
        }

        Write(report, isJson);
        return 0;
    }

    static async Task<GitCheckoutReport> CheckoutAsync(
        GitWorkTree git, IReadOnlyList<string> paths, bool isForced, CancellationToken cancellationToken)
    {
        using var display = new ScanDisplay("wrote");
        return await git.CheckoutAsync(paths, isForced, display, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An import is a revision that git does not know: paths are taken from it, and it is nothing to be at.
    /// </summary>
    public static Task<int> CheckoutImportAsync(
        Workspace workspace, GitWorkTree git, string source, IReadOnlyList<string> words, bool isJson,
        CancellationToken cancellationToken) => words.Count > 0
        ? RestoreAsync(workspace, git, words, source, isStaged: false, isJson, cancellationToken)
        : throw new MillraceException(
            ErrorKind.Invalid, "path-missing", $"Nothing says what to take from {source}.",
            $"Name paths after '--', or take all with 'millrace add --from {source}'.");

    public static async Task<int> RestoreAsync(
        Workspace workspace, GitWorkTree git, IReadOnlyList<string> words, string? source, bool isStaged,
        bool isJson, CancellationToken cancellationToken)
    {
        if (isStaged)
            GitTree.Refuse(workspace.Folder, "git restore --staged");
        GitCheckoutReport report;
        using (var display = new ScanDisplay("wrote"))
        {
            report = await git.RestoreAsync(
                Words.Paths(workspace.Versions, words), source, display, cancellationToken).ConfigureAwait(false);
        }

        Write(report, isJson);
        return 0;
    }

    public static int Status(GitStatus status, bool isShort, bool isJson, bool isWhole)
    {
        if (isJson)
            Console.Out.WriteLine(GitStatusText.Json(status).ToJsonString());
        else if (isShort)
            GitStatusText.WriteShort(Console.Out, status);
        else
            GitStatusText.Write(Console.Out, status, isWhole);
        return 0;
    }

    /// <summary>Revisions and paths: a word that is on the disk, or has a pointer, is a path.</summary>
    public static async Task<IReadOnlyList<TreeChange>> DiffAsync(
        Workspace workspace, GitWorkTree git, List<string> before, List<string> after, bool isStaged,
        CancellationToken cancellationToken)
    {
        if (isStaged)
            GitTree.Refuse(workspace.Folder, "git diff --staged");
        var revisions = before.TakeWhile(word => !Path.Exists(word) && !Path.Exists(word + Pointer.Suffix)).ToList();
        if (revisions.Count > 2)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "too-many-refs", $"{revisions.Count} revisions are named.",
                "Name none, one or two; paths come after '--'.");
        }

        var paths = Words.Paths(workspace.Versions, before.Skip(revisions.Count).Concat(after));
        return await git.DiffAsync(
            revisions.ElementAtOrDefault(0), revisions.ElementAtOrDefault(1), paths, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>The entries to list: pointers, or what is in one.</summary>
    public static async Task<IEnumerable<TreePath>> ListAsync(
        Workspace workspace, GitWorkTree git, string? word, bool isRecursive, CancellationToken cancellationToken)
    {
        var (path, revision) = Thing(workspace.Versions, word ?? "");
        if (path.Length > 0)
        {
            var entry = await git.FindAsync(path, revision, cancellationToken).ConfigureAwait(false);
            return Below(workspace.Versions, path, entry, isRecursive);
        }

        var pointers = revision is null ? git.Pointers(cancellationToken)
            : await git.PointersAsync(revision, cancellationToken).ConfigureAwait(false);
        var listed = pointers.Select(found => new TreePath(
            found.Path, found.Pointer?.Entry ?? throw found.Damage!)).ToList();
        return isRecursive ? listed.SelectMany(file => Below(workspace.Versions, file.Path, file.Entry, true)) : listed;
    }

    public static async Task<TreeEntry> FindAsync(
        Workspace workspace, GitWorkTree git, string word, CancellationToken cancellationToken)
    {
        var (path, revision) = Thing(workspace.Versions, word);
        var entry = await git.FindAsync(path, revision, cancellationToken).ConfigureAwait(false);
        return entry.Kind != TreeEntryKind.Folder ? entry : throw new MillraceException(
            ErrorKind.Invalid, "not-a-file", $"'{path}' is a folder.", $"List it with 'millrace ls {word}'.");
    }

    /// <summary>As <see cref="FindAsync"/>, be it a file or a folder.</summary>
    public static async Task<(TreeEntry Entry, string Path)> EntryAsync(
        Workspace workspace, GitWorkTree git, string word, CancellationToken cancellationToken)
    {
        var (path, revision) = Thing(workspace.Versions, word);
        return (await git.FindAsync(path, revision, cancellationToken).ConfigureAwait(false), path);
    }

    /// <summary>What is written of files for git to take.</summary>
    public static void WriteFiles(IReadOnlyList<string> files)
    {
        if (files.Count == 0)
            return;
        Console.Error.WriteLine("Now let git keep it:");
        Console.Error.WriteLine($"  git add {ShellWord.Join(files)}");
    }

    static IEnumerable<TreePath> Below(VersionStore versions, string path, TreeEntry entry, bool isRecursive) =>
        entry.Kind != TreeEntryKind.Folder ? [new TreePath(path, entry)]
            : isRecursive ? versions.ListFiles(entry.Hash, path)
            : versions.List(entry.Hash).Select(child => new TreePath($"{path}/{child.Name}", child));

    /// <summary>What <c>PATH@REV</c>, <c>REV:PATH</c> or <c>REV:</c> means; without a revision the pointers of the work
    /// tree.</summary>
    static (string Path, string? Revision) Thing(VersionStore versions, string word)
    {
        if (Words.Imported(word) is { } imported)
            return (imported.Path, imported.Revision);
        var at = word.LastIndexOf('@');
        // As in main@{yesterday}.
        if (at > 0 && at + 1 < word.Length && word[at + 1] == '{')
            at = word.LastIndexOf('@', at - 1);
        if (at >= 0)
            return (at == 0 ? "" : Words.Path(versions, Plain(word[..at])), word[(at + 1)..]);
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && !word.StartsWith("file:", StringComparison.Ordinal) && !Path.Exists(word))
            return (word[(colon + 1)..].Trim('/'), word[..colon]);
        return (word.Length == 0 ? "" : Words.Path(versions, Plain(word)), null);
    }

    static string Plain(string path) =>
        path.StartsWith("file:", StringComparison.Ordinal) ? path["file:".Length..] : path;

    static void Write(PointerReport report, bool isJson, string nothing)
    {
        if (isJson)
        {
            Console.Out.WriteLine(GitStatusText.Json(report).ToJsonString());
            return;
        }

        foreach (var file in report.LeftOut)
            Console.Error.WriteLine($"left out: {StatusText.Printable(file.Path)}: {file.Message}");
        foreach (var path in report.NotHere)
            Console.Error.WriteLine($"not here, passed over: {StatusText.Printable(path)}");
        if (report.Pointers.Count == 0 && report.Files.Count == 0)
            Console.Error.WriteLine(nothing);
        foreach (var path in report.Pointers)
            Console.Error.WriteLine($"stored: {StatusText.Printable(path)}");
        WriteFiles(report.Files);
    }

    static void Write(GitCheckoutReport report, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["written"] = report.WrittenFiles,
                ["removed"] = report.RemovedFiles,
                ["kept"] = CheckoutText.Paths(report.Kept),
                ["changed"] = CheckoutText.Paths(report.Changed.Select(change => change.Path)),
                ["erased"] = CheckoutText.Paths(report.Erased),
                ["files"] = CheckoutText.Paths(report.Files),
            }.ToJsonString());
            return;
        }

        foreach (var change in report.Changed)
            Console.Error.WriteLine($"changed here, left as it is: {StatusText.Printable(change.Path)}");
        foreach (var path in report.Kept)
        {
            Console.Error.WriteLine(
                $"has no pointer any more, and no revision of git names it; left as it is: "
                + StatusText.Printable(path));
        }

        Console.Error.WriteLine($"{report.WrittenFiles:N0} files written, {report.RemovedFiles:N0} removed.");
        CheckoutText.WriteErased(report.Erased);
        WriteFiles(report.Files);
    }
}
