using System.Text;

namespace Millrace.Versions.Files;

/// <summary>Changes to an index, path by path; folders that nothing changes in are taken over as they are.</summary>
sealed class IndexEdit(FileIndex index)
{
    readonly Dictionary<string, List<Edited>> _changes = new(StringComparer.Ordinal);
    readonly HashSet<string> _droppedFolders = new(StringComparer.Ordinal);
    string? _lastFolder;
    List<Edited> _last = [];

    /// <summary>Puts a file at a path; what stood there as a folder, or above it as a file, goes.</summary>
    public void Set(string path, IndexRecord record)
    {
        Change(path, record);
        if (index.HasBelow(path))
            RemoveBelow(path);
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (index.Find(path[..slash]) is not null)
                Change(path[..slash], null);
        }
    }

    public void Remove(string path) => Change(path, null);

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
            var merged = Merge(path, _droppedFolders.Contains(path) ? null : index.Folder(path), changes);
            if (merged.Records.Length > 0)
                folders.Add(path, merged);
        }

        return folders;
    }

    void Change(string path, IndexRecord? record)
    {
        var slash = path.LastIndexOf('/');
        if (_lastFolder is null || !PlacedFile.IsIn(_lastFolder, path))
        {
            var folder = path[..Math.Max(slash, 0)];
            if (!_changes.TryGetValue(folder, out var changes))
                _changes.Add(folder, changes = []);
            (_lastFolder, _last) = (folder, changes);
        }

        _last.Add(new Edited(Encoding.UTF8.GetBytes(path[(slash + 1)..]), _last.Count, record));
    }

    static IndexFolder Merge(string path, IndexFolder? old, List<Edited> changes)
    {
        changes.Sort(Edited.Compare);
        var built = new IndexFolderBuilder(path, (old?.Records.Length ?? 0) + changes.Count);
        var i = 0;
        for (var next = 0; next < changes.Count; next++)
        {
            var name = changes[next].Name;
            // Of several changes of one name the last counts.
            if (next + 1 < changes.Count && changes[next + 1].Name.AsSpan().SequenceEqual(name))
                continue;
            var order = 0;
            for (; old is not null && i < old.Records.Length
                && (order = NameOrder.Compare(old.Name(i), name)) < 0; i++)
            {
                built.Add(old.Name(i), old.Records[i]);
            }

            if (old is not null && i < old.Records.Length && order == 0)
                i++;
            if (changes[next].Record is { } value)
                built.Add(name, value);
        }

        for (; old is not null && i < old.Records.Length; i++)
            built.Add(old.Name(i), old.Records[i]);
        return built.Build();
    }

    /// <param name="Name">The last part of the path.</param>
    /// <param name="Number">Which change of the folder it is.</param>
    /// <param name="Record">What is there now; null for nothing.</param>
    sealed record Edited(byte[] Name, int Number, IndexRecord? Record)
    {
        public static int Compare(Edited left, Edited right) =>
            NameOrder.Compare(left.Name, right.Name) is not 0 and var order ? order
                : left.Number.CompareTo(right.Number);
    }
}
