using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Objects;
using Millrace.Versions;
using Millrace.Versions.Remotes;

namespace Millrace.App.Versions;

/// <summary><c>millrace diff</c>, <c>ls</c>, <c>cat</c> and <c>du</c>.</summary>
static class TreeCommands
{
    public static Command Diff()
    {
        var words = new Argument<string[]>("REF")
        {
            Description = "One: the files against it. Two: from the first to the second. Paths after '--'.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var stat = new Option<bool>("--stat") { Description = "Only names and sizes." };
        var names = new Option<bool>("--name-only") { Description = "Only names." };
        var staged = new Option<bool>("--staged") { Description = "What is staged against the last commit." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "diff",
            "Show what differs between files, what is staged, and commits.",
            "  millrace diff\n  millrace diff HEAD~1 HEAD --stat\n  millrace diff main -- photos")
        {
            words, stat, names, staged, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var versions = workspace.Versions;
            var (before, after) = Words.Split(parsed, words);
            var (changes, isOnDisk) = workspace.Git is { } git
                ? (await GitVerbs.DiffAsync(
                    workspace, git, before, after, parsed.GetValue(staged), cancellationToken).ConfigureAwait(false),
                    before.Count(word => !Path.Exists(word)) < 2)
                : await ChangesAsync(versions, before, after, parsed.GetValue(staged), cancellationToken)
                    .ConfigureAwait(false);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(new JsonArray([.. changes.Select(DiffText.Json)]).ToJsonString());
            else if (parsed.GetValue(names))
                Write(changes.Select(change => StatusText.Printable(change.Path)));
            else if (parsed.GetValue(stat))
                DiffText.WriteStat(Console.Out, changes);
            else
                WriteAll(workspace, changes, isOnDisk);
            return 0;
        });
        return command;
    }

    public static Command List()
    {
        var thing = new Argument<string?>("THING")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "REF, REF:PATH or PATH@REF; HEAD when left out. A REF can be import:NAME.",
        };
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Also everything below." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "ls",
            "List the files of a commit.",
            "  millrace ls\n  millrace ls main:photos\n  millrace ls photos@v1 --recursive")
        {
            thing, recursive, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var listed = workspace.Git is { } git
                ? await GitVerbs.ListAsync(
                    workspace, git, parsed.GetValue(thing), parsed.GetValue(recursive), cancellationToken)
                    .ConfigureAwait(false)
                : await ListAsync(
                    workspace.Versions, parsed.GetValue(thing) ?? "HEAD", parsed.GetValue(recursive),
                    cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(new JsonArray([.. listed.Select(Json)]).ToJsonString());
            else
                Write(listed.Select(file =>
                    $"{DiffText.Kind(file.Entry.Kind),-10} {file.Entry.Hash.Short} {file.Entry.SizeBytes,15:N0} "
                    + StatusText.Printable(file.Path) + (file.Entry.Kind == TreeEntryKind.Folder ? "/" : "")));
            return 0;
        });
        return command;
    }

    public static Command Cat()
    {
        var thing = new Argument<string>("THING") { Description = "PATH@REF or REF:PATH; without a ref, HEAD." };
        var workspaceFolder = Options.WorkspaceFolder();
        var command = new Verb(
            "cat", "Print a file of a commit.", "  millrace cat labels.csv@HEAD~1\n  millrace cat main:labels.csv")
        {
            thing, workspaceFolder,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var entry = workspace.Git is { } git
                ? await GitVerbs.FindAsync(workspace, git, parsed.GetValue(thing)!, cancellationToken)
                    .ConfigureAwait(false)
                : await FileAsync(workspace.Versions, parsed.GetValue(thing)!, cancellationToken)
                    .ConfigureAwait(false);
            await using var output = Console.OpenStandardOutput();
            if (!workspace.Objects.IsReadable(entry.Hash) && workspace.Settings.Remotes.ByName.Count > 0)
            {
                var (name, _) = workspace.Settings.Remotes.Find(null);
                using var remote = workspace.OpenRemote(name);
                // What was erased, here or elsewhere, is not taken from where it may still be.
                await new VersionSync(workspace.Versions, name, remote).FetchErasuresAsync(cancellationToken)
                    .ConfigureAwait(false);
                if (await workspace.Tombstones.IsErasedAsync(entry.Hash, cancellationToken).ConfigureAwait(false))
                    workspace.Objects.Read(entry.Hash);
                await remote.CopyToAsync(entry.Hash, output, cancellationToken).ConfigureAwait(false);
                return 0;
            }

            await using var stream = workspace.Objects.OpenRead(entry.Hash);
            await stream.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    public static Command Usage()
    {
        var revision = new Argument<string?>("REF")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "A commit; HEAD when left out.",
        };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "du",
            "Show how many bytes the folders of a commit have, and how many the whole store takes on the disk.",
            "  millrace du\n  millrace du v1 --json")
        {
            revision, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var versions = workspace.Versions;
            var entries = workspace.Git is { } git
                ? (await GitVerbs.ListAsync(
                    workspace, git, parsed.GetValue(revision) is { } named ? "@" + named : null, false,
                    cancellationToken).ConfigureAwait(false)).Select(
                        file => file.Entry with { Name = file.Path }).ToList()
                : versions.List((await FindAsync(
                    versions, parsed.GetValue(revision) ?? "HEAD", "", cancellationToken)
                    .ConfigureAwait(false)).Hash).ToList();
            var stored = StoredBytes(workspace.Objects.Folder);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonObject
                {
                    ["entries"] = new JsonArray([.. entries.Select(entry => Json(new TreePath(entry.Name, entry)))]),
                    ["files"] = entries.Sum(entry => entry.FileCount),
                    ["bytes"] = entries.Sum(entry => entry.SizeBytes),
                    ["storeBytes"] = stored,
                }.ToJsonString());
                return 0;
            }

            Write(entries.Select(entry =>
                $"{entry.SizeBytes,18:N0} bytes {entry.FileCount,12:N0} files  {StatusText.Printable(entry.Name)}"
                + (entry.Kind == TreeEntryKind.Folder ? "/" : "")));
            Console.Out.WriteLine(
                $"{entries.Sum(entry => entry.SizeBytes),18:N0} bytes {entries.Sum(entry => entry.FileCount),12:N0} "
                + "files  in all");
            Console.Out.WriteLine($"{stored,18:N0} bytes on the disk for all versions of everything");
            return 0;
        });
        return command;
    }

    static async Task<(IReadOnlyList<TreeChange> Changes, bool IsOnDisk)> ChangesAsync(
        VersionStore versions, List<string> before, List<string> after, bool isStaged,
        CancellationToken cancellationToken)
    {
        var (commits, paths) = await Words.PartAsync(versions, before, after, cancellationToken)
            .ConfigureAwait(false);
        var isOnDisk = commits.Count < 2 && !isStaged;
        var changes = isOnDisk
            ? versions.DiffFiles(commits.Count == 0 ? null : TreeOf(versions, commits[0]), paths, cancellationToken)
            : commits.Count == 2
                ? versions.Diff(TreeOf(versions, commits[0]), TreeOf(versions, commits[1]), paths)
                : versions.Diff(
                    commits.Count == 1 ? TreeOf(versions, commits[0])
                        : (await versions.HeadAsync(cancellationToken).ConfigureAwait(false)).Commit is { } head
                            ? TreeOf(versions, head) : null,
                    versions.StagedTree, paths);
        if (changes.Count == 0 && paths.Find(path => !IsKnown(versions, commits, path)) is { } unknown)
            throw Words.Unknown(unknown, "Neither the folder nor what is compared has");
        return (changes, isOnDisk);
    }

    static bool IsKnown(VersionStore versions, List<ContentHash> commits, string path) =>
        Path.Exists(Path.Join(versions.Root, path))
        || (versions.StagedTree is { } staged && versions.Find(staged, path) is not null)
        || commits.Any(commit => versions.Find(TreeOf(versions, commit), path) is not null);

    static async Task<IEnumerable<TreePath>> ListAsync(
        VersionStore versions, string word, bool isRecursive, CancellationToken cancellationToken)
    {
        var (revision, path) = word.Contains('@') || word.Contains(':') ? Words.Thing(versions, word)
            : await PlainAsync(versions, word, cancellationToken).ConfigureAwait(false);
        var entry = await FindAsync(versions, revision, path, cancellationToken).ConfigureAwait(false);
        return entry.Kind != TreeEntryKind.Folder ? [new TreePath(path, entry)]
            : isRecursive ? versions.ListFiles(entry.Hash, path)
            : versions.List(entry.Hash).Select(
                child => new TreePath(path.Length == 0 ? child.Name : $"{path}/{child.Name}", child));
    }

    /// <summary>A word that is no ref is a path of HEAD when HEAD has it.</summary>
    static async Task<(string Revision, string Path)> PlainAsync(
        VersionStore versions, string word, CancellationToken cancellationToken)
    {
        try
        {
            await versions.ResolveAsync(word, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code == "ref-unknown")
        {
            var (_, head) = await versions.HeadAsync(cancellationToken).ConfigureAwait(false);
            if (head is { } commit && Words.Path(versions, word) is { Length: > 0 } path
                && versions.Find(TreeOf(versions, commit), path) is not null)
            {
                return ("HEAD", path);
            }

            throw;
        }

        return (word, "");
    }

    static async Task<TreeEntry> FileAsync(
        VersionStore versions, string thing, CancellationToken cancellationToken)
    {
        var (revision, path) = Words.Thing(versions, thing);
        var entry = await FindAsync(versions, revision, path, cancellationToken).ConfigureAwait(false);
        if (entry.Kind == TreeEntryKind.Folder)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "not-a-file", $"'{path}' is a folder in {revision}.",
                $"List it with 'millrace ls {revision}:{path}'.");
        }

        return entry;
    }

    /// <summary>What <c>PATH@REF</c> or <c>REF:PATH</c> names, be it a file or a folder.</summary>
    public static async Task<(TreeEntry Entry, string Path)> EntryAsync(
        VersionStore versions, string thing, CancellationToken cancellationToken)
    {
        var (revision, path) = Words.Thing(versions, thing);
        return (await FindAsync(versions, revision, path, cancellationToken).ConfigureAwait(false), path);
    }

    static ContentHash TreeOf(VersionStore versions, ContentHash commit) => versions.ReadCommit(commit).Tree;

    static async Task<TreeEntry> FindAsync(
        VersionStore versions, string revision, string path, CancellationToken cancellationToken)
    {
        var commit = await versions.ResolveAsync(revision, cancellationToken).ConfigureAwait(false);
        return versions.Find(TreeOf(versions, commit), path) ?? throw new MillraceException(
            ErrorKind.NotFound, "path-unknown", $"There is no '{path}' in {revision} ({commit.Short}).",
            $"'millrace ls {revision}' shows what there is.");
    }

    static void WriteAll(Workspace workspace, IReadOnlyList<TreeChange> changes, bool isOnDisk)
    {
        foreach (var change in changes)
        {
            DiffText.WriteChange(Console.Out, change, (isBefore, entry) =>
            {
                var file = Path.Join(workspace.Folder, change.Path);
                if (isBefore || !isOnDisk)
                    return workspace.Objects.Contains(entry.Hash) ? workspace.Objects.Read(entry.Hash) : null;
                return entry.Kind == TreeEntryKind.Link || !File.Exists(file) ? null : File.ReadAllBytes(file);
            });
        }
    }

    static long StoredBytes(string folder) => !Directory.Exists(folder) ? 0
        : new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    static void Write(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Console.Out.WriteLine(line);
    }

    static JsonNode Json(TreePath file) => new JsonObject
    {
        ["path"] = file.Path,
        ["kind"] = DiffText.Kind(file.Entry.Kind),
        ["hash"] = file.Entry.Hash.ToString(),
        ["bytes"] = file.Entry.SizeBytes,
        ["files"] = file.Entry.FileCount,
    };
}
