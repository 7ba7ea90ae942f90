using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    const string TablePrefix = "table:";

    /// <summary>Stages files: stores what differs from the index. Files of the user are only read.</summary>
    /// <param name="paths">From the root, as <see cref="RelativePath"/> gives them, or <c>table:NAME</c>.</param>
    /// <param name="takesIgnored">Whether to take what <c>.millraceignore</c> leaves out.</param>
    /// <param name="progress">Told of how far it is, from any thread.</param>
    /// <param name="cancellationToken">Ends it; nothing is staged then.</param>
    /// <exception cref="MillraceException"><c>path-unknown</c>, <c>path-ignored</c>, <c>checkout-busy</c>,
    /// <c>disk-full</c>.</exception>
    public async Task<AddReport> AddAsync(
        IReadOnlyList<string> paths, bool takesIgnored = false, IProgress<ScanProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var held = _state.Lock(cancellationToken);
        RefuseUnfinished();
        var index = FileIndex.Load(_state.IndexFile);
        using var batch = _objects.BeginBatch();
        var tables = await TableRecordsAsync(paths, batch, cancellationToken).ConfigureAwait(false);
        var (next, found) = StoreChanged(
            index, [.. paths.Where(path => !path.StartsWith(TablePrefix, StringComparison.Ordinal))], tables,
            new ScanOptions { Batch = batch, TakesIgnored = takesIgnored, Progress = progress }, cancellationToken);
        // A path where our side has nothing can be resolved all the same.
        if (_state.ReadMerge() is { Conflicts: var conflicts })
            found.Missing.RemoveAll(path => index.Find(path) is null && conflicts.Contains(path));
        RefuseUnknown(index, found);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        next.Save(_state.IndexFile);
        Resolve(paths);
        return new AddReport(
            found.Changes, found.LeftOut, found.FileCount + tables.Count, found.ReadFiles, found.ReadBytes);
    }

    (FileIndex Index, ScanResult Found) StoreChanged(
        FileIndex index, IReadOnlyList<string> paths, IReadOnlyList<(string Path, IndexRecord Record)> tables,
        ScanOptions options, CancellationToken cancellationToken)
    {
        var (next, found) = _files.StoreChanged(index, Topmost(paths), options, cancellationToken);
        if (tables.Count == 0)
            return (next, found);
        var edit = new IndexEdit(next);
        foreach (var (path, record) in tables)
        {
            if (index.Find(path)?.Hash != record.Hash)
                found.Changes.Add(new FileChange(path, FileChangeKind.Modified));
            edit.Set(path, record);
        }

        var folders = edit.Folders();
        return (new FileIndex(folders, IndexTree.Write(options.Batch!, folders)), found);
    }

    async Task<List<(string Path, IndexRecord Record)>> TableRecordsAsync(
        IEnumerable<string> paths, Objects.ObjectBatch batch, CancellationToken cancellationToken)
    {
        var records = new List<(string, IndexRecord)>();
        foreach (var path in paths.Where(path => path.StartsWith(TablePrefix, StringComparison.Ordinal)))
        {
            var json = TableVersion is null
                ? null
                : await TableVersion(path[TablePrefix.Length..], cancellationToken).ConfigureAwait(false);
            if (json is null || !TreeNode.IsName(path))
            {
                throw new MillraceException(
                    ErrorKind.NotFound, "thing-unknown", $"There is no table '{path[TablePrefix.Length..]}'.",
                    "'millrace table list' shows the tables.");
            }

            var entry = new TreeEntry(path, TreeEntryKind.Table, batch.Put(json), json.Length, 1);
            records.Add((path, IndexTree.Record(entry)));
        }

        return records;
    }

    /// <summary>Paths without those that lie within another.</summary>
    internal static List<string> Topmost(IReadOnlyList<string> paths)
    {
        var all = paths.Distinct(StringComparer.Ordinal).ToList();
        var set = all.ToHashSet(StringComparer.Ordinal);
        return all.FindAll(path =>
        {
            if (path.Length > 0 && set.Contains(""))
                return false;
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (set.Contains(path[..slash]))
                    return false;
            }

            return true;
        });
    }

    internal static void RefuseUnknown(FileIndex index, ScanResult found)
    {
        if (found.Missing.Find(path => index.Find(path) is null && !index.HasBelow(path)) is { } unknown)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "path-unknown", $"There is no '{unknown}', on the disk or staged.",
                "Check the path; nothing was staged.");
        }

        if (found.Ignored.Contains(TreeScan.SettingsFile))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "path-ignored",
                $"'{TreeScan.SettingsFile}' says where the workspace has its objects and remotes: it is not versioned.",
                "With '--force' it is; no checkout ever writes it. Nothing was staged.");
        }

        if (found.Ignored.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "path-ignored",
                $"'{found.Ignored[0]}' is left out by '{FolderIgnore.FileName}'.",
                "Add it with '--force', or change that file; nothing was staged.");
        }
    }

    internal void RefuseUnfinished()
    {
        if (_state.ReadJournal() is { } journal)
        {
            if (_state.ReadMerge() is { } merge)
            {
                throw new MillraceException(
                    ErrorKind.Conflict, "merge-unfinished", $"The merge of '{merge.Name}' was cut off.",
                    $"Complete it with 'millrace merge {merge.Name}', or take it back with 'millrace merge --abort'.");
            }

            var to = journal.Branch ?? journal.Commit;
            throw new MillraceException(
                ErrorKind.Conflict, "checkout-unfinished",
                to is null ? "A checkout was cut off." : $"A checkout of '{to}' was cut off.",
                $"Complete it with 'millrace checkout{(to is null ? "" : $" {to}")}'.");
        }
    }

    /// <summary>Whether a merge waits for this path, or for one below it.</summary>
    bool IsConflict(string path) =>
        _state.ReadMerge()?.Conflicts.Any(conflict => TreeScan.IsWithin(conflict, path)) == true;

    /// <summary>Conflicts at paths that were added are resolved.</summary>
    void Resolve(IReadOnlyList<string> paths)
    {
        if (_state.ReadMerge() is not { Conflicts.Count: > 0 } merge)
            return;
        var left = merge.Conflicts.Where(
            conflict => !paths.Any(path => TreeScan.IsWithin(conflict, path))).ToList();
        _state.WriteMerge(merge with { Conflicts = left });
    }
}
