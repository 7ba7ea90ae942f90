namespace Millrace.Versions.Files;

/// <summary>The files of a checkout and an index over them, without any thought of commits.</summary>
/// <param name="root">The folder whose files are versioned.</param>
/// <param name="time">The clock, to tell files that are being written.</param>
sealed class WorkingTree(string root, TimeProvider time)
{
    public string Root => root;

    /// <summary>Compares the files below some paths with the index; nothing is written.</summary>
    public ScanResult Scan(FileIndex index, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        new TreeScan(root, index, new ScanOptions { Time = time }, cancellationToken).Run(paths);

    /// <summary>Stores the files below some paths that differ from the index.</summary>
    /// <returns>The index with them, whose tree is in the batch too; and what was found.</returns>
    public (FileIndex Index, ScanResult Found) StoreChanged(
        FileIndex index, IReadOnlyList<string> paths, ScanOptions options, CancellationToken cancellationToken)
    {
        var found = new TreeScan(root, index, options with { Time = time }, cancellationToken).Run(paths);
        var folders = Combine(index, found);
        var edit = new IndexEdit(new FileIndex(folders, null));
        foreach (var (path, record) in found.Singles)
            edit.Set(path, record);
        foreach (var path in found.Missing)
        {
            if (index.Find(path) is not null)
                edit.Remove(path);
            edit.RemoveBelow(path);
        }

        if (found.Singles.Count + found.Missing.Count > 0)
            folders = edit.Folders();
        return (new FileIndex(folders, IndexTree.Write(options.Batch!, folders)), found);
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
