namespace Millrace.Versions.Files;

/// <summary>Changes to an index, path by path; folders that nothing changes in are taken over as they are.</summary>
sealed class IndexEdit(FileIndex index)
{
    readonly Dictionary<string, FolderChanges> _changes = new(StringComparer.Ordinal);
    readonly HashSet<string> _droppedFolders = new(StringComparer.Ordinal);
    string? _lastFolder;
    FolderChanges? _last;

    /// <summary>Puts a file at a path; what stood there as a folder, or above it as a file, goes.</summary>
    public void Set(string path, in IndexRecord record)
    {
        if (index.Folders.Count > 0 && index.HasBelow(path))
            RemoveBelow(path);
        var isInFolder = _lastFolder is not null && PlacedFile.IsIn(_lastFolder, path);
        for (var slash = isInFolder ? 0 : path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (index.Find(path[..slash]) is not null)
                Change(path[..slash], default);
        }

        Change(path, record);
    }

    public void Remove(string path)
    {
        Change(path, default);
        // The next path in this folder is to look above it.
        _lastFolder = null;
    }

    /// <summary>Drops every file in a folder and in those below it.</summary>
    public void RemoveBelow(string folder)
    {
        foreach (var known in index.Folders.Keys)
        {
            if (folder.Length == 0 || known == folder
                || known.StartsWith(folder + "/", StringComparison.Ordinal))
            {
                _droppedFolders.Add(known);
            }
        }
    }

    /// <summary>The index with the changes. Called once: the changes go into it.</summary>
    public Dictionary<string, IndexFolder> Folders()
    {
        var folders = new Dictionary<string, IndexFolder>(StringComparer.Ordinal);
        foreach (var (path, folder) in index.Folders)
        {
            if (!_droppedFolders.Contains(path) && !_changes.ContainsKey(path))
                folders.Add(path, folder);
        }

        foreach (var (path, changes) in _changes)
        {
            var merged = changes.Merge(path, _droppedFolders.Contains(path));
            if (merged.Records.Length > 0)
                folders.Add(path, merged);
        }

        return folders;
    }

    /// <param name="path">From the root.</param>
    /// <param name="record">One without a kind removes what is there.</param>
    void Change(string path, in IndexRecord record)
    {
        if (_lastFolder is null || _last is null || !PlacedFile.IsIn(_lastFolder, path))
        {
            var folder = path[..Math.Max(path.LastIndexOf('/'), 0)];
            if (!_changes.TryGetValue(folder, out _last))
                _changes.Add(folder, _last = new FolderChanges(index.Folder(folder)));
            _lastFolder = folder;
        }

        _last.Add(path.AsSpan(path.LastIndexOf('/') + 1), record);
    }
}
