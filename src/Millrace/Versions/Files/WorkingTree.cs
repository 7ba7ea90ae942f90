namespace Millrace.Versions.Files;

/// <summary>The files of a checkout and an index over them, without any thought of commits.</summary>
/// <param name="root">The folder whose files are versioned.</param>
/// <param name="time">The clock, to tell files that are being written.</param>
/// <param name="readSparse">Says which paths the checkout has; null for all.</param>
sealed class WorkingTree(string root, TimeProvider time, Func<SparsePaths?>? readSparse = null)
{
    public string Root => root;

    /// <summary>Compares the files below some paths with the index; nothing is written.</summary>
    public ScanResult Scan(FileIndex index, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        new TreeScan(root, index, new ScanOptions { Time = time, Sparse = readSparse?.Invoke() }, cancellationToken)
            .Run(paths);

    /// <summary>Stores the files below some paths that differ from the index.</summary>
    /// <returns>The index with them, whose tree is in the batch too; and what was found.</returns>
    public (FileIndex Index, ScanResult Found) StoreChanged(
        FileIndex index, IReadOnlyList<string> paths, ScanOptions options, CancellationToken cancellationToken)
    {
        var sparse = readSparse?.Invoke();
        var found = new TreeScan(root, index, options with { Time = time, Sparse = sparse }, cancellationToken)
            .Run(paths);
        var folders = Combine(index, found);
        var edit = new IndexEdit(new FileIndex(folders, null));
        foreach (var (path, record) in found.Singles)
            edit.Set(path, record);
        foreach (var path in found.Missing)
        {
            if (sparse is not null && !sparse.Has(path))
            {
                RemoveTaken(edit, index, path, sparse);
                continue;
            }

            if (index.Find(path) is not null)
                edit.Remove(path);
            edit.RemoveBelow(path);
        }

        if (found.Singles.Count + found.Missing.Count > 0)
            folders = edit.Folders();
        return (new FileIndex(folders, IndexTree.Write(options.Batch!, folders)), found);
    }

    /// <summary>Removes what a sparse checkout has at or below a path, and leaves what it never had.</summary>
    static void RemoveTaken(IndexEdit edit, FileIndex index, string path, SparsePaths sparse)
    {
        foreach (var folder in index.Folders.Values)
        {
            for (var i = 0; i < folder.Records.Length; i++)
            {
                var file = folder.PathOf(i);
                if (TreeScan.IsWithin(file, path) && sparse.Has(file))
                    edit.Remove(file);
            }
        }
    }

    /// <summary>The index with what a walk found in place of what it knew.</summary>
    public static Dictionary<string, IndexFolder> Combine(FileIndex index, ScanResult found)
    {
        var folders = new Dictionary<string, IndexFolder>(StringComparer.Ordinal);
        foreach (var (path, folder) in index.Folders)
        {
            if (!found.Walked.Any(start => TreeScan.IsWithin(path, start)))
                folders.Add(path, folder);
        }

        foreach (var (path, folder) in found.Folders)
            folders[path] = folder;
        // A folder that was walked by name may stand where a file was staged.
        var edit = default(IndexEdit);
        foreach (var start in found.Walked)
        {
            for (var path = start; path.Length > 0; path = path[..Math.Max(path.LastIndexOf('/'), 0)])
            {
                if (index.Find(path) is { Kind: not TreeEntryKind.Table })
                    (edit ??= new IndexEdit(new FileIndex(folders, null))).Remove(path);
            }
        }

        return edit?.Folders() ?? folders;
    }
}
