using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    /// <summary>Git is asked about no more paths at once: a command line has a limit.</summary>
    const int AskedPathsMax = 400;

    static readonly string[] GitFiles = [".gitignore", ".gitattributes", ".gitmodules", "millrace.yaml"];

    /// <summary>Stores files and folders, and writes a pointer beside each.</summary>
    /// <param name="paths">From the workspace's folder.</param>
    /// <param name="takesIgnored">Whether to take what <c>.millraceignore</c> leaves out.</param>
    /// <param name="progress">Told of how far it is, from any thread.</param>
    /// <param name="cancellationToken">Ends it; no pointer is written then.</param>
    /// <exception cref="MillraceException"><c>tracked-by-git</c>, <c>path-tracked</c>, <c>pointer-ignored</c>,
    /// <c>path-unknown</c>, <c>path-ignored</c>, <c>other-git-tree</c>, <c>checkout-busy</c>, <c>git-missing</c>.
    /// </exception>
    public async Task<PointerReport> AddAsync(
        IReadOnlyList<string> paths, bool takesIgnored = false, IProgress<ScanProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var held = _state.Lock(cancellationToken);
        _versions.RefuseUnfinished();
        var pointers = PointerWalk.Run(Root, cancellationToken);
        await RefuseAsync(paths, pointers, replacesLinks: false, cancellationToken).ConfigureAwait(false);
        return await StoreAsync(
            pointers, VersionStore.Topmost(paths), [],
            new ScanOptions { TakesIgnored = takesIgnored, Progress = progress },
            isForced: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stores again what changed at pointers, and writes these anew.</summary>
    /// <param name="paths">Only the pointers at, above or below these; none for all.</param>
    /// <param name="isForced">Whether to store also where git brought another pointer since, or a merge left files.
    /// </param>
    /// <param name="progress">Told of how far it is, from any thread.</param>
    /// <param name="cancellationToken">Ends it; no pointer is written then.</param>
    /// <exception cref="MillraceException"><c>pointer-moved</c>, <c>conflicts-left</c>, <c>file-changed</c>,
    /// <c>checkout-busy</c>, and those of reading a pointer.</exception>
    public async Task<PointerReport> CommitAsync(
        IReadOnlyList<string> paths, bool isForced = false, IProgress<ScanProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var held = _state.Lock(cancellationToken);
        _versions.RefuseUnfinished();
        var pointers = PointerWalk.Run(Root, cancellationToken);
        var selected = Select(pointers, paths);
        foreach (var pointer in selected)
            pointer.Require();
        var here = selected.Where(pointer => Path.Exists(FullPath(pointer.Path))).ToList();
        return await StoreAsync(
            pointers, here.ConvertAll(pointer => pointer.Path),
            [.. selected.Except(here).Select(pointer => pointer.Path)], new ScanOptions { Progress = progress },
            isForced, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes pointers and their lines in <c>.gitignore</c>. The data stays where it is.</summary>
    /// <exception cref="MillraceException"><c>path-unknown</c>, <c>checkout-busy</c>.</exception>
    public async Task<PointerReport> RemoveAsync(
        IReadOnlyList<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var held = _state.Lock(cancellationToken);
        _versions.RefuseUnfinished();
        var pointers = PointerWalk.Run(Root, cancellationToken);
        var removed = paths.Select(path => pointers.Find(
            pointer => pointer.Path == path || pointer.File == path) ?? throw new MillraceException(
                ErrorKind.NotFound, "path-unknown", $"'{path}' has no pointer.",
                "'millrace status' shows the pointers; nothing was removed.")).DistinctBy(found => found.Path).ToList();
        var index = FileIndex.Load(_state.IndexFile);
        var known = Known(index, pointers);
        var edit = new IndexEdit(index);
        var files = new List<string>();
        foreach (var pointer in removed)
        {
            File.Delete(FullPath(pointer.File));
            DurableFile.SyncFolder(FullPath(FolderOf(pointer.Path)));
            edit.Remove(pointer.Path);
            edit.RemoveBelow(pointer.Path);
            known.Remove(pointer.Path);
            files.Add(pointer.File);
            if (GitIgnoreFile.Remove(FullPath(FolderOf(pointer.Path)), NameOf(pointer.Path)))
                files.Add(IgnoreFileOf(pointer.Path));
        }

        var folders = edit.Folders();
        using var batch = _objects.BeginBatch();
        var tree = IndexTree.Write(batch, folders);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        Save(new FileIndex(folders, folders.Count == 0 ? null : tree), known.Keys);
        return new PointerReport(
            [.. removed.Select(pointer => pointer.Path)], [.. files.Distinct(StringComparer.Ordinal)], [], [], 0, 0);
    }

    async Task<PointerReport> StoreAsync(
        List<FoundPointer> pointers, IReadOnlyList<string> paths, IReadOnlyList<string> notHere, ScanOptions options,
        bool isForced, CancellationToken cancellationToken)
    {
        var index = FileIndex.Load(_state.IndexFile);
        var known = Known(index, pointers);
        using var batch = _objects.BeginBatch();
        var (next, found) = _versions.Files.StoreChanged(
            index, paths, options with { Batch = batch }, cancellationToken);
        VersionStore.RefuseUnknown(index, found);
        if (found.LeftOut.Find(file => file.Code is "file-changed" or "file-unreadable") is { } bad)
        {
            throw new MillraceException(
                ErrorKind.Conflict, bad.Code, $"'{bad.Path}' could not be stored: {bad.Message}",
                "No pointer was written; see to that file, then run the command again.");
        }

        var nothing = TreeStore.Write(batch, "", []);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        var entries = paths.Select(path => (Path: path, Entry: _versions.Trees.Find(next.Tree!.Value, path)
            ?? nothing)).ToList();
        if (!isForced)
        {
            foreach (var (path, entry) in entries)
                RefuseMoved(pointers.Find(pointer => pointer.Path == path), entry, known, next);
        }

        var (written, files) = (new List<string>(), new List<string>());
        foreach (var (path, entry) in entries)
        {
            var pointer = Pointer.Of(NameOf(path), entry);
            if (pointers.Find(old => old.Path == path)?.Pointer != pointer)
            {
                DurableFile.Write(FullPath(path + Pointer.Suffix), pointer.ToBytes());
                written.Add(path);
                files.Add(path + Pointer.Suffix);
            }

            if (GitIgnoreFile.Add(FullPath(FolderOf(path)), NameOf(path)))
                files.Add(IgnoreFileOf(path));
        }

        Save(next.FileCount == 0 ? new FileIndex([], null) : next, known.Keys.Concat(paths));
        return new PointerReport(
            written, [.. files.Distinct(StringComparer.Ordinal)], notHere, found.LeftOut, found.FileCount,
            found.ReadBytes);
    }

    /// <summary>What git brought since the last checkout must not be replaced by what was here before.</summary>
    static void RefuseMoved(
        FoundPointer? found, TreeEntry entry, Dictionary<string, ContentHash> known, FileIndex next)
    {
        if (found is null)
            return;
        if (next.FilesIn(found.Path).FirstOrDefault(IsBeside) is { } beside)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "conflicts-left", $"'{beside}' is the other side of a conflict.",
                "Make the file beside it what it shall be, delete this one, and commit again; '--force' keeps it.");
        }

        if (found.Pointer is not { } pointer || pointer.Hash == entry.Hash)
            return;
        if (known.TryGetValue(found.Path, out var hash) && hash == pointer.Hash)
            return;
        throw new MillraceException(
            ErrorKind.Conflict, "pointer-moved",
            $"The pointer '{found.File}' names another version ({pointer.Hash.Short}) than what is checked out.",
            "Run 'millrace checkout' first, which keeps what you changed; '--force' stores what is here in its place.");
    }

    /// <summary>Refuses paths at which there can be no pointer.</summary>
    /// <param name="paths">From the workspace's folder.</param>
    /// <param name="pointers">Those of the work tree.</param>
    /// <param name="replacesLinks">Whether a link at a path itself will be replaced by what the pointer stands for.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    async Task RefuseAsync(
        IReadOnlyList<string> paths, List<FoundPointer> pointers, bool replacesLinks,
        CancellationToken cancellationToken)
    {
        foreach (var path in paths)
            RefuseUnusable(path, pointers, replacesLinks);
        foreach (var part in paths.Chunk(AskedPathsMax))
        {
            await RefuseTrackedAsync(part, cancellationToken).ConfigureAwait(false);
            await RefuseIgnoredAsync(part, cancellationToken).ConfigureAwait(false);
        }
    }

    void RefuseUnusable(string path, List<FoundPointer> pointers, bool replacesLinks)
    {
        if (path.Length == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "path-is-root", "The workspace's own folder can have no pointer beside it.",
                "Name files and folders in it: git keeps the sources, Millrace the data that you name.");
        }

        var name = NameOf(path);
        if (name.EndsWith(Pointer.Suffix, StringComparison.Ordinal) || GitFiles.Contains(name, StringComparer.Ordinal))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "path-is-gits", $"'{path}' is for git to keep.", $"Use 'git add {path}'.");
        }

        var above = pointers.Find(found => found.Path != path && TreeScan.IsWithin(path, found.Path));
        if (above is not null)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "path-tracked", $"'{path}' is in '{above.Path}', which has a pointer.",
                $"'millrace commit {above.Path}' stores what changed in it.");
        }

        var below = pointers.Find(found => found.Path != path && TreeScan.IsWithin(found.Path, path));
        if (below is not null)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "path-tracked", $"'{path}' has the pointer '{below.File}' in it.",
                $"Remove that with 'millrace remove {below.Path}', then add the folder.");
        }

        RefuseLinks(path, replacesLinks);
    }

    void RefuseLinks(string path, bool replacesLinks)
    {
        for (var end = path.IndexOf('/', StringComparison.Ordinal); ; end = path.IndexOf('/', end + 1))
        {
            var part = end < 0 ? path : path[..end];
            if (new FileInfo(FullPath(part)).LinkTarget is not null && !(replacesLinks && end < 0))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "path-is-link", $"'{part}' is a symbolic link.",
                    "Git keeps links itself; add what it points to by its own path.");
            }

            if (Path.Exists(FullPath(part + "/.git")))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "other-git-tree", $"'{part}' is a git work tree of its own.",
                    $"Go into it, make a workspace there with 'millrace init', and add '{path}' in that.");
            }

            if (end < 0)
                return;
        }
    }

    async Task RefuseTrackedAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var listed = await _git.RunAsync(
            ["ls-files", "-z", "--", .. paths.Select(path => $":(literal){path}")], cancellationToken)
            .ConfigureAwait(false);
        var tracked = listed.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        if (tracked.Length == 0)
            return;
        var path = paths.First(path => tracked.Any(file => TreeScan.IsWithin(file, path)));
        throw new MillraceException(
            ErrorKind.Conflict, "tracked-by-git",
            $"Git keeps '{tracked[0]}' itself" + (tracked.Length > 1 ? $", and {tracked.Length - 1} more files." : "."),
            $"Take it out of git with 'git rm -r --cached {ShellWord.Of(path)}', which leaves the files, then add it.");
    }

    /// <summary>A pointer that git ignores would be lost with the next clone.</summary>
    async Task RefuseIgnoredAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var answer = await _git.TryRunAsync(
            ["check-ignore", "--", .. paths.Select(path => $"./{path}{Pointer.Suffix}")], cancellationToken)
            .ConfigureAwait(false);
        if (answer?.Split('\n', StringSplitOptions.RemoveEmptyEntries) is not [var ignored, ..])
            return;
        throw new MillraceException(
            ErrorKind.Conflict, "pointer-ignored", $"Git ignores the pointer '{ignored}'.",
            $"'git check-ignore -v' and its path shows the rule; change it, or add '!*{Pointer.Suffix}' after it.");
    }

    static string IgnoreFileOf(string path) =>
        FolderOf(path) is { Length: > 0 } folder ? $"{folder}/{GitIgnoreFile.FileName}" : GitIgnoreFile.FileName;
}
