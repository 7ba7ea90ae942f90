using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    /// <summary>Makes the data what the pointers say. Files changed here that the pointers do not change
    /// stay; data whose pointer is gone goes, when a revision of git names it.</summary>
    /// <param name="paths">Pointers, or paths in a folder with a pointer; none for all.</param>
    /// <param name="isForced">Whether changes in files are given up.</param>
    /// <param name="progress">Told of how far it is, from any thread.</param>
    /// <param name="cancellationToken">Ends it; the same checkout then goes on from there.</param>
    /// <exception cref="MillraceException"><c>local-changes</c>, <c>object-missing</c>, <c>path-unknown</c>,
    /// <c>checkout-busy</c>, <c>disk-full</c>, and those of reading a pointer.</exception>
    public async Task<GitCheckoutReport> CheckoutAsync(
        IReadOnlyList<string> paths, bool isForced = false, IProgress<ScanProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var held = _state.Lock(cancellationToken);
        var pointers = PointerWalk.Run(Root, cancellationToken);
        var index = FileIndex.Load(_state.IndexFile);
        var known = Known(index, pointers);
        var changes = new Dictionary<string, TreeEntry?>(StringComparer.Ordinal);
        foreach (var pointer in Select(pointers, paths))
        {
            var parts = paths.Where(path => path != pointer.Path && TreeScan.IsWithin(path, pointer.Path)).ToList();
            var isWhole = parts.Count == 0
                || paths.Any(path => TreeScan.IsWithin(pointer.Path, path) || path == pointer.File);
            if (isWhole)
                changes[pointer.Path] = Filled(pointer.Require().Entry);
            foreach (var path in isWhole ? [] : parts)
                changes[path] = PartOf(pointer, path, index);
        }

        var kept = new List<string>();
        foreach (var path in paths.Count > 0 ? [] : Orphans(known.Keys, pointers))
        {
            if (await IsInGitAsync(path, known[path], cancellationToken).ConfigureAwait(false))
                changes[path] = null;
            else if (Path.Exists(FullPath(path)))
                kept.Add(path);
        }

        RefuseOtherTrees(changes.Keys);
        var (report, changed) = await SwitchAsync(index, changes, known.Keys.Concat(
            pointers.Select(pointer => pointer.Path)), isForced, progress, cancellationToken).ConfigureAwait(false);
        return new GitCheckoutReport(report.WrittenFiles, report.RemovedFiles, kept, changed, [])
        {
            Erased = report.Erased,
        };
    }

    /// <summary>Gives up changes: makes the data what the pointers say, or what those of a revision said; then the
    /// pointers are written anew.</summary>
    /// <param name="paths">Pointers, or paths in a folder with a pointer.</param>
    /// <param name="source">A revision of git, or null for the pointers of the work tree.</param>
    /// <param name="progress">Told of how far it is, from any thread.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException">As for <see cref="CheckoutAsync"/>, and <c>ref-unknown</c>.</exception>
    public async Task<GitCheckoutReport> RestoreAsync(
        IReadOnlyList<string> paths, string? source, IProgress<ScanProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (source is null)
            return await CheckoutAsync(paths, isForced: true, progress, cancellationToken).ConfigureAwait(false);
        var then = await PointersAsync(source, cancellationToken).ConfigureAwait(false);
        using var held = _state.Lock(cancellationToken);
        var index = FileIndex.Load(_state.IndexFile);
        var pointers = PointerWalk.Run(Root, cancellationToken);
        var changes = new Dictionary<string, TreeEntry?>(StringComparer.Ordinal);
        var selected = Select(then, paths);
        foreach (var pointer in selected)
        {
            var parts = paths.Where(path => path != pointer.Path && TreeScan.IsWithin(path, pointer.Path)).ToList();
            if (parts.Count == 0)
                changes[pointer.Path] = Filled(pointer.Require().Entry);
            else
                RefusePart(pointers.Find(found => found.Path == pointer.Path), index);
            foreach (var path in parts)
                changes[path] = PartOf(pointer, path, index);
        }

        RefuseOtherTrees(changes.Keys);
        // Git may have come to keep files where no pointer is any more.
        await RefuseAsync(
            [.. selected.Select(found => found.Path).Except(pointers.Select(found => found.Path))], pointers,
            replacesLinks: false, cancellationToken).ConfigureAwait(false);
        var (report, changed) = await SwitchAsync(
            index, changes,
            Known(index, pointers).Keys.Concat(selected.Select(pointer => pointer.Path)), true, progress,
            cancellationToken).ConfigureAwait(false);
        return new GitCheckoutReport(
            report.WrittenFiles, report.RemovedFiles, [], changed,
            WritePointers(selected.Select(found => found.Path)))
        {
            Erased = report.Erased,
        };
    }

    /// <summary>A pointer must not come to name only the part of its folder that is here.</summary>
    void RefusePart(FoundPointer? here, FileIndex index)
    {
        if (here?.Pointer is not { } said)
            return;
        var entry = index.Tree is { } tree ? _versions.Trees.Find(tree, here.Path) : null;
        if (entry is null ? said.FileCount > 0 : entry.Hash != said.Hash)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "pointer-moved",
                $"The pointer '{here.File}' names another version ({said.Hash.Short}) than what is checked out.",
                $"Run 'millrace checkout {ShellWord.Of(here.Path)}' first: the pointer is written anew with what is "
                + "here.");
        }
    }

    /// <summary>Makes pointers say what is checked out at their paths, and keeps the data out of git.</summary>
    /// <returns>The files that git should take.</returns>
    List<string> WritePointers(IEnumerable<string> paths)
    {
        var files = new List<string>();
        var index = FileIndex.Load(_state.IndexFile);
        foreach (var path in paths)
        {
            var entry = index.Tree is { } tree ? _versions.Trees.Find(tree, path) : null;
            if (entry is null)
                continue;
            var pointer = Pointer.Of(NameOf(path), entry);
            if (PointerWalk.TryRead(Root, path)?.Pointer != pointer)
            {
                DurableFile.Write(FullPath(path + Pointer.Suffix), pointer.ToBytes());
                files.Add(path + Pointer.Suffix);
            }

            if (GitIgnoreFile.Add(FullPath(FolderOf(path)), NameOf(path)))
                files.Add(IgnoreFileOf(path));
        }

        return [.. files.Distinct(StringComparer.Ordinal)];
    }

    async Task<(CheckoutReport Report, IReadOnlyList<FileChange> Changed)> SwitchAsync(
        FileIndex index, Dictionary<string, TreeEntry?> changes, IEnumerable<string> tracked, bool isForced,
        IProgress<ScanProgress>? progress, CancellationToken cancellationToken)
    {
        ContentHash? after;
        using (var batch = _objects.BeginBatch())
        {
            var entry = _versions.Trees.Apply(batch, index.Tree, changes);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            after = entry.FileCount == 0 ? null : entry.Hash;
        }

        var paths = changes.Keys.Where(path => index.Find(path) is not null || index.HasBelow(path)).ToList();
        CheckoutReport report;
        try
        {
            report = await _versions.SwitchDataAsync(
                after, paths, new CheckoutOptions { IsForced = isForced, Progress = progress }, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Code == "object-missing")
        {
            throw new MillraceException(
                exception.Kind, exception.Code, exception.Message,
                "Bring what the pointers name with 'millrace fetch', then run the command again.", exception);
        }

        foreach (var (path, entry) in changes)
        {
            // Git and trees have no empty folders, but a pointer can name one.
            if (entry is null && PointerWalk.TryRead(Root, path)?.Pointer is { FileCount: 0 }
                && !Path.Exists(FullPath(path)))
            {
                DurableFile.MakeFolder(FullPath(path));
            }
        }

        index = FileIndex.Load(_state.IndexFile);
        PointerCache.Write(_state.Folder, index.Tree, Known(index, tracked.ToHashSet(StringComparer.Ordinal)));
        var left = _versions.Files.Scan(
            index, VersionStore.Topmost([.. changes.Keys.Where(path => Path.Exists(FullPath(path)))]),
            cancellationToken).Changes.FindAll(change => change.Kind == FileChangeKind.Modified);
        return (report, left);
    }

    /// <summary>What a pointer stands for, with the sums of its tree: those of the pointer anybody may write. Null for
    /// an empty folder.</summary>
    TreeEntry? Filled(TreeEntry entry)
    {
        if (entry.Kind == TreeEntryKind.Folder && _objects.Contains(entry.Hash))
            entry = _versions.Trees.Counted(entry);
        return entry is { Kind: TreeEntryKind.Folder, FileCount: 0 } ? null : entry;
    }

    TreeEntry? PartOf(FoundPointer pointer, string path, FileIndex index)
    {
        var said = pointer.Require();
        var entry = said.Kind == TreeEntryKind.Folder
            ? _versions.Trees.Find(said.Hash, path[(pointer.Path.Length + 1)..]) : null;
        return entry is not null || index.Find(path) is not null || index.HasBelow(path) ? entry
            : throw new MillraceException(
                ErrorKind.NotFound, "path-unknown", $"There is no '{path}' in what '{pointer.File}' names.",
                $"'millrace ls {pointer.Path}' shows what there is.");
    }

    static IEnumerable<string> Orphans(IEnumerable<string> known, List<FoundPointer> pointers)
    {
        var paths = pointers.Select(pointer => pointer.Path).ToHashSet(StringComparer.Ordinal);
        return known.Where(path => !paths.Contains(path)).ToList();
    }

    /// <summary>A submodule that came to stand where data was is not written into.</summary>
    void RefuseOtherTrees(IEnumerable<string> paths)
    {
        foreach (var path in paths)
            RefuseLinksAbove(path);
    }

    void RefuseLinksAbove(string path)
    {
        for (var end = path.IndexOf('/', StringComparison.Ordinal); end > 0; end = path.IndexOf('/', end + 1))
        {
            if (Path.Exists(FullPath(path[..end] + "/.git")))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "other-git-tree", $"'{path[..end]}' is a git work tree of its own.",
                    "Go into it to check out its data.");
            }
        }
    }
}
