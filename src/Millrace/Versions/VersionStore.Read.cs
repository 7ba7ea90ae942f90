using System.Runtime.CompilerServices;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore : IRootSource
{
    string IRootSource.Room => "versions";

    /// <summary>Commits from one on, newest first.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="path">Only those that changed this file or folder; empty for all.</param>
    public IEnumerable<CommitEntry> Log(ContentHash from, string path = "")
    {
        foreach (var entry in _history.Walk([from]))
        {
            if (path.Length == 0 || Changes(entry.Commit, path))
                yield return entry;
        }
    }

    /// <exception cref="MillraceException"><c>object-missing</c>, <c>commit-damaged</c>.</exception>
    public Commit ReadCommit(ContentHash id) => _history.Read(id);

    /// <summary>A commit that may not be here, or be damaged; then null.</summary>
    public Commit? TryReadCommit(ContentHash id)
    {
        try
        {
            return _history.Read(id);
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Corrupt)
        {
            return null;
        }
    }

    /// <summary>What differs between two commits' trees, with renames.</summary>
    /// <param name="before">A tree; null for an empty one.</param>
    /// <param name="after">A tree; null for an empty one.</param>
    /// <param name="paths">Only below these; none for all.</param>
    public IReadOnlyList<TreeChange> Diff(ContentHash? before, ContentHash? after, IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return TreeDiff.FindRenames(
            new TreeDiff(_trees).Compare(before, after).Where(change => IsIn(change.Path, paths)));
    }

    /// <summary>The tree that is staged; null for nothing.</summary>
    public ContentHash? StagedTree => FileIndex.Load(_state.IndexFile).Tree;

    /// <summary>What differs between a tree and the files as they are. Sizes and hashes are the disk's.</summary>
    /// <param name="tree">Null for what is staged.</param>
    /// <param name="paths">Only below these; none for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public IReadOnlyList<TreeChange> DiffFiles(
        ContentHash? tree, IReadOnlyList<string> paths, CancellationToken cancellationToken = default)
    {
        var index = FileIndex.Load(_state.IndexFile);
        var changes = new Dictionary<string, TreeChange>(StringComparer.Ordinal);
        foreach (var change in new TreeDiff(_trees).Compare(tree ?? index.Tree, index.Tree))
            changes[change.Path] = change;
        foreach (var file in _files.Scan(index, [""], cancellationToken).Changes)
        {
            if (file.Kind == FileChangeKind.Untracked)
                continue;
            var before = changes.TryGetValue(file.Path, out var staged) ? staged.Before
                : index.Find(file.Path) is { } record ? IndexTree.Entry(NameOf(file.Path), record) : null;
            var after = file.Kind == FileChangeKind.Deleted ? null : EntryOnDisk(file.Path);
            if (before?.Hash == after?.Hash && before?.Kind == after?.Kind)
                changes.Remove(file.Path);
            else
                changes[file.Path] = new TreeChange(file.Path, before, after);
        }

        return TreeDiff.FindRenames(changes.Values.Where(change => IsIn(change.Path, paths))
            .OrderBy(change => change.Path, Utf8Order.Instance));
    }

    /// <summary>What is at a path of a tree; null when nothing is. The empty path is the root.</summary>
    public TreeEntry? Find(ContentHash tree, string path) => _trees.Find(tree, path);

    /// <summary>The entries of a folder of a tree, in order.</summary>
    public IEnumerable<TreeEntry> List(ContentHash folder) => _trees.Entries(folder);

    /// <summary>Every file below a folder of a tree.</summary>
    public IEnumerable<TreePath> ListFiles(ContentHash folder, string prefix = "") => _trees.Files(folder, prefix);

    /// <summary>The last commit up to one that changed a path; null when the path is not in it.</summary>
    public PathOrigin? Origin(ContentHash commit, string path)
    {
        var entry = _trees.Find(_history.Read(commit).Tree, path);
        if (entry is null)
            return null;
        var at = new CommitEntry(commit, _history.Read(commit));
        while (true)
        {
            // The parent that has the same there is where it came from.
            var same = at.Commit.Parents.Select(parent => new CommitEntry(parent, _history.Read(parent)))
                .FirstOrDefault(parent => _trees.Find(parent.Commit.Tree, path)?.Hash == entry.Hash);
            if (same is null)
                return new PathOrigin(path, entry, at);
            at = same;
        }
    }

    async IAsyncEnumerable<ObjectRoot> IRootSource.RootsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<ContentHash>();
        foreach (var (tip, name) in await Refs.TipsAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var root in CommitRoots(tip, name, seen))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return root;
            }
        }

        if (_state.ReadHead().Commit is { } detached)
        {
            foreach (var root in CommitRoots(detached, "HEAD", seen))
                yield return root;
        }

        var index = FileIndex.Load(_state.IndexFile);
        if (index.Tree is { } tree)
        {
            foreach (var root in TreeRoots(tree, "what is staged", "", seen))
                yield return root;
        }

        if (_state.ReadMerge() is { } merge)
        {
            foreach (var root in CommitRoots(ContentHash.Parse(merge.Theirs), "the merge", seen))
                yield return root;
        }
    }

    /// <summary>A commit, those before it, and all that they name. What is missing is named and not followed.</summary>
    IEnumerable<ObjectRoot> CommitRoots(ContentHash tip, string name, HashSet<ContentHash> seen)
    {
        var open = new Stack<ContentHash>([tip]);
        while (open.TryPop(out var id))
        {
            if (!seen.Add(id))
                continue;
            yield return new ObjectRoot(id, $"commit {id.Short} of {name}");
            if (TreeStore.TryFollow(() => _history.TryRead(id)) is not { } commit)
                continue;
            foreach (var root in TreeRoots(commit.Tree, $"commit {id.Short}", "", seen))
                yield return root;
            foreach (var parent in commit.Parents)
                open.Push(parent);
        }
    }

    internal IEnumerable<ObjectRoot> TreeRoots(
        ContentHash node, string holder, string path, HashSet<ContentHash> seen) =>
        _trees.Roots(node, holder, path, seen);

    bool Changes(Commit commit, string path)
    {
        var here = _trees.Find(commit.Tree, path);
        if (commit.Parents.Count == 0)
            return here is not null;
        // As git has it: a merge that took the path as one side had it did not change it.
        return commit.Parents.All(parent => _trees.Find(_history.Read(parent).Tree, path)?.Hash != here?.Hash);
    }

    TreeEntry? EntryOnDisk(string path)
    {
        using var probe = new PathProbe(Root);
        if (!probe.TryStatus(path, out var status, out _))
            return null;
        var kind = IndexRecord.KindOf(status.Mode);
        if (kind == TreeEntryKind.Link)
        {
            var target = System.Text.Encoding.UTF8.GetBytes(new FileInfo(Path.Join(Root, path)).LinkTarget ?? "");
            return new TreeEntry(NameOf(path), kind, ContentHash.Of(target), target.Length, 1);
        }

        return kind is TreeEntryKind.File or TreeEntryKind.Executable
            ? new TreeEntry(NameOf(path), kind, FileHash.Of(Path.Join(Root, path)), status.SizeBytes, 1)
            : null;
    }

    static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    static bool IsIn(string path, IReadOnlyList<string> paths) =>
        paths.Count == 0 || paths.Any(known => TreeScan.IsWithin(path, known));
}
