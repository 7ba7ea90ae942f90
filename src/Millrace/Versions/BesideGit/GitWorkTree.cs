using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions.BesideGit;

/// <summary>Data beside a git work tree: git keeps branches, commits and small pointers, Millrace the files that these
/// stand for.</summary>
/// <remarks>The index with its stat cache, the lock and the journal are those of <see cref="VersionStore"/>. Pointers
/// are ordinary files, so what git does to them is only known when a command looks.</remarks>
public sealed partial class GitWorkTree
{
    const string BesideMark = ".THEIRS~";
    const int ListedMax = 20;

    readonly VersionStore _versions;
    readonly ObjectStore _objects;
    readonly CheckoutState _state;
    readonly GitReader _git;

    GitWorkTree(VersionStore versions, string top)
    {
        _versions = versions;
        _objects = versions.Objects;
        _state = versions.State;
        _git = new GitReader(versions.Root);
        Top = top;
    }

    /// <summary>The top folder of the git work tree.</summary>
    public string Top { get; }

    /// <summary>The workspace's folder, which paths begin at.</summary>
    public string Root => _versions.Root;

    /// <summary>The nearest folder from one upward that is a git work tree, also a linked one or a submodule; null when
    /// there is none.</summary>
    public static string? TopOf(string folder)
    {
        for (var at = new DirectoryInfo(Path.GetFullPath(folder)); at is not null; at = at.Parent)
        {
            if (Path.Exists(Path.Join(at.FullName, ".git")))
                return at.FullName;
        }

        return null;
    }

    /// <returns>Null when the workspace is in no git work tree.</returns>
    public static GitWorkTree? TryOpen(VersionStore versions)
    {
        ArgumentNullException.ThrowIfNull(versions);
        return TopOf(versions.Root) is { } top ? new GitWorkTree(versions, top) : null;
    }

    /// <summary>The pointers of the work tree, also those that cannot be read.</summary>
    public IReadOnlyList<FoundPointer> Pointers(CancellationToken cancellationToken = default) =>
        PointerWalk.Run(Root, cancellationToken);

    /// <summary>The status without opening the workspace; null when only the workspace can tell.</summary>
    /// <param name="root">The workspace's folder.</param>
    /// <param name="data">Its <c>.millrace</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static GitStatus? TryQuickStatus(
        string root, string data, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var state = VersionStore.StateOf(data);
        var index = FileIndex.Load(state.IndexFile);
        return PointerCache.TryRead(state.Folder, index.Tree) is { } known
            ? Status(state, new WorkingTree(root, time, state.ReadSparse), index, known, cancellationToken)
            : null;
    }

    /// <summary>Compares the pointers, the index and the files.</summary>
    public GitStatus Status(CancellationToken cancellationToken = default)
    {
        var index = FileIndex.Load(_state.IndexFile);
        var known = Known(index, PointerWalk.Run(Root, cancellationToken));
        return Status(_state, _versions.Files, index, known, cancellationToken);
    }

    static GitStatus Status(
        CheckoutState state, WorkingTree files, FileIndex index, Dictionary<string, ContentHash> known,
        CancellationToken cancellationToken)
    {
        var pointers = PointerWalk.Run(files.Root, cancellationToken)
            .ConvertAll(found => new PointerStatus(found, StateOf(files.Root, found, known)));
        var paths = pointers.Where(pointer => known.ContainsKey(pointer.Found.Path)
            && pointer.State is not (PointerState.NotHere or PointerState.Unknown))
            .Select(pointer => pointer.Found.Path).ToList();
        var found = files.Scan(index, VersionStore.Topmost(paths), cancellationToken);
        VersionStore.Refresh(state, index, found);
        var withPointer = pointers.Select(pointer => pointer.Found.Path).ToHashSet(StringComparer.Ordinal);
        var orphans = known.Keys.Where(path => !withPointer.Contains(path)
            && (index.Find(path) is not null || index.HasBelow(path)) && Path.Exists(Path.Join(files.Root, path)))
            .Order(Utf8Order.Instance).ToList();
        var conflicts = found.Changes.Where(change => change.Kind != FileChangeKind.Deleted)
            .Select(change => change.Path).Where(IsBeside).Concat(FilesBeside(index))
            .Where(path => Path.Exists(Path.Join(files.Root, path)))
            .Distinct(StringComparer.Ordinal).Order(Utf8Order.Instance).ToList();
        return new GitStatus(
            pointers, found.Changes, orphans, conflicts, state.ReadJournal() is not null, found.LeftOut,
            found.Collisions, found.FileCount);
    }

    static PointerState StateOf(string root, FoundPointer found, Dictionary<string, ContentHash> known)
    {
        if (found.Pointer is not { } pointer)
            return PointerState.Damaged;
        if (!Path.Exists(Path.Join(root, found.Path)) && new FileInfo(Path.Join(root, found.Path)).LinkTarget is null)
            return PointerState.NotHere;
        if (!known.TryGetValue(found.Path, out var hash))
            return PointerState.Unknown;
        return hash == pointer.Hash ? PointerState.Current : PointerState.Moved;
    }

    static IEnumerable<string> FilesBeside(FileIndex index)
    {
        var mark = System.Text.Encoding.ASCII.GetBytes(BesideMark);
        foreach (var folder in index.Folders.Values)
        {
            for (var i = 0; i < folder.Records.Length; i++)
            {
                if (folder.Name(i).IndexOf(mark) >= 0)
                    yield return folder.PathOf(i);
            }
        }
    }

    static bool IsBeside(string path) =>
        path.AsSpan(path.LastIndexOf('/') + 1).Contains(BesideMark, StringComparison.Ordinal);

    /// <summary>What the index holds at the path of each pointer that was checked out or stored.</summary>
    Dictionary<string, ContentHash> Known(FileIndex index, IEnumerable<FoundPointer> pointers) =>
        PointerCache.TryRead(_state.Folder, index.Tree)
        ?? Known(index, pointers.Select(found => found.Path).Concat(PointerCache.ReadPaths(_state.Folder)));

    Dictionary<string, ContentHash> Known(FileIndex index, IEnumerable<string> paths)
    {
        var known = new Dictionary<string, ContentHash>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (index.Tree is { } tree && _versions.Trees.Find(tree, path) is { } entry)
                known[path] = entry.Hash;
            else if (Directory.Exists(Path.Join(Root, path)) && PointerWalk.TryRead(Root, path)?.Pointer is
            { FileCount: 0 } empty)
                known[path] = empty.Hash;
        }

        return known;
    }

    void Save(FileIndex index, IEnumerable<string> paths)
    {
        index.Save(_state.IndexFile);
        PointerCache.Write(_state.Folder, index.Tree, Known(index, paths));
    }

    /// <summary>The pointers that some paths are at, above or below; all for none.</summary>
    /// <exception cref="MillraceException"><c>path-unknown</c>.</exception>
    public static IReadOnlyList<FoundPointer> Select(
        IReadOnlyList<FoundPointer> pointers, IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(pointers);
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            return [.. pointers];
        var selected = new List<FoundPointer>();
        foreach (var path in paths)
        {
            var found = pointers.Where(
                pointer => TreeScan.IsWithin(pointer.Path, path) || TreeScan.IsWithin(path, pointer.Path)
                || pointer.File == path).ToList();
            if (found.Count == 0)
            {
                throw new MillraceException(
                    ErrorKind.NotFound, "path-unknown", $"'{path}' has no pointer, and there is none below it.",
                    "'millrace status' shows the pointers; 'millrace add PATH' makes one.");
            }

            selected.AddRange(found);
        }

        // Several revisions may each have another one at a path.
        return [.. selected.Distinct()];
    }

    string FullPath(string path) => Path.Join(Root, path);

    static string FolderOf(string path) => path[..Math.Max(path.LastIndexOf('/'), 0)];

    static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
