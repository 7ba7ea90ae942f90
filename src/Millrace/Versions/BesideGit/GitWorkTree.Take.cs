using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    /// <summary>Makes what a revision or an import has the work tree's own: writes its files, and a pointer beside
    /// each. Files that are here already stay when they are equal.</summary>
    /// <param name="source">As git names it, or <c>import:NAME</c>.</param>
    /// <param name="paths">What gets a pointer; none for what <see cref="PointersAsync"/> lists.</param>
    /// <param name="isForced">Whether files that differ are replaced.</param>
    /// <param name="progress">Told of how far it is, from any thread.</param>
    /// <param name="cancellationToken">Ends it; the same command then goes on from there.</param>
    /// <exception cref="MillraceException">As for <see cref="AddAsync"/>, and <c>local-changes</c>,
    /// <c>object-missing</c>, <c>ref-unknown</c>, <c>import-missing</c>, <c>import-attached</c>.</exception>
    public async Task<GitCheckoutReport> TakeAsync(
        string source, IReadOnlyList<string> paths, bool isForced = false,
        IProgress<ScanProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var changes = new Dictionary<string, TreeEntry?>(StringComparer.Ordinal);
        if (paths.Count == 0 || paths.Contains(""))
        {
            foreach (var found in await PointersAsync(source, cancellationToken).ConfigureAwait(false))
                changes[found.Path] = Filled(found.Require().Entry);
        }
        else
        {
            foreach (var path in VersionStore.Topmost(paths))
                changes[path] = await FindAsync(path, source, cancellationToken).ConfigureAwait(false);
        }

        if (changes.FirstOrDefault(change => change.Value is { Kind: TreeEntryKind.Link }).Key is { } link)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "path-is-link", $"'{link}' is a symbolic link in {source}.",
                "Git keeps links itself; take the folder that it is in.");
        }

        using var held = _state.Lock(cancellationToken);
        _versions.RefuseUnfinished();
        var pointers = PointerWalk.Run(Root, cancellationToken);
        // DVC can make links into its cache of what it has checked out.
        await RefuseAsync([.. changes.Keys], pointers, replacesLinks: isForced, cancellationToken)
            .ConfigureAwait(false);
        var index = FileIndex.Load(_state.IndexFile);
        var (report, changed) = await SwitchAsync(
            index, changes, Known(index, pointers).Keys.Concat(changes.Keys), isForced, progress, cancellationToken)
            .ConfigureAwait(false);
        return new GitCheckoutReport(
            report.WrittenFiles, report.RemovedFiles, [], changed, WritePointers(changes.Keys))
        {
            Erased = report.Erased,
        };
    }

    /// <summary>The pointers that an import would have in this work tree: at the topmost folders and files in which git
    /// keeps nothing. Beside a <c>.dvc</c> file, which git keeps, that is where DVC has the output.</summary>
    async Task<IReadOnlyList<FoundPointer>> ImportPointersAsync(string name, CancellationToken cancellationToken)
    {
        var tree = await _versions.Imports.TreeAsync(name, cancellationToken).ConfigureAwait(false);
        var shared = await SharedFoldersAsync(tree, cancellationToken).ConfigureAwait(false);
        var found = new List<FoundPointer>();
        var folders = new Stack<(string Path, ContentHash Hash)>([("", tree)]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in _versions.Trees.Entries(folder.Hash))
            {
                var path = folder.Path.Length == 0 ? entry.Name : $"{folder.Path}/{entry.Name}";
                if (entry.Kind == TreeEntryKind.Folder && shared.Contains(path))
                    folders.Push((path, entry.Hash));
                else
                    found.Add(new FoundPointer(path, Pointer.Of(entry.Name, entry), null));
            }
        }

        found.Sort((left, right) => Utf8Order.Compare(left.Path, right.Path));
        return found;
    }

    /// <summary>Folders with something else in them that git keeps, or would keep.</summary>
    async Task<HashSet<string>> SharedFoldersAsync(ContentHash tree, CancellationToken cancellationToken)
    {
        var roots = _versions.Trees.Entries(tree).Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var listed = await _git.RunAsync(
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], cancellationToken).ConfigureAwait(false);
        var shared = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in listed.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || !roots.Contains(path[..slash]) || _versions.Trees.Find(tree, path) is not null)
                continue;
            for (; slash > 0; slash = path.IndexOf('/', slash + 1))
                shared.Add(path[..slash]);
        }

        return shared;
    }

    async Task<TreeEntry> FindInImportAsync(string path, string name, CancellationToken cancellationToken)
    {
        var tree = await _versions.Imports.TreeAsync(name, cancellationToken).ConfigureAwait(false);
        return _versions.Trees.Find(tree, path) ?? throw new MillraceException(
            ErrorKind.NotFound, "path-unknown", $"There is no '{path}' in the import '{name}'.",
            $"'millrace ls {ImportedTrees.RevisionPrefix}{name}' shows what there is.");
    }
}
