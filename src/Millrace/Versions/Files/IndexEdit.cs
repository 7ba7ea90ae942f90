using System.Text;

namespace Millrace.Versions.Files;

/// <summary>Changes to an index, path by path; folders that nothing changes in are taken over as they are.</summary>
sealed class IndexEdit(FileIndex index)
{
    readonly Dictionary<string, SortedDictionary<string, IndexRecord?>> _changes = new(StringComparer.Ordinal);
    readonly HashSet<string> _droppedFolders = new(StringComparer.Ordinal);

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
        var folder = path[..Math.Max(slash, 0)];
        if (!_changes.TryGetValue(folder, out var changes))
            _changes.Add(folder, changes = new SortedDictionary<string, IndexRecord?>(Utf8Order.Instance));
        changes[path[(slash + 1)..]] = record;
    }

    static IndexFolder Merge(string path, IndexFolder? old, SortedDictionary<string, IndexRecord?> changes)
    {
        var built = new IndexFolderBuilder(path, (old?.Records.Length ?? 0) + changes.Count);
        var i = 0;
        foreach (var (text, record) in changes)
        {
            var name = Encoding.UTF8.GetBytes(text);
            var order = 0;
            for (; old is not null && i < old.Records.Length
                && (order = NameOrder.Compare(old.Name(i), name)) < 0; i++)
            {
                built.Add(old.Name(i), old.Records[i]);
            }

            if (old is not null && i < old.Records.Length && order == 0)
                i++;
            if (record is { } value)
                built.Add(name, value);
        }

        for (; old is not null && i < old.Records.Length; i++)
            built.Add(old.Name(i), old.Records[i]);
        return built.Build();
    }
}
