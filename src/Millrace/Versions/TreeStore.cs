using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>Reads and writes trees: folders of names, each a small search tree of nodes whose shape depends on the
/// names alone. Equal folders have equal hashes, and an edit writes the nodes above it only.</summary>
/// <remarks>Called a prolly tree in Dolt and Noms. Here a boundary looks at the name and not at the value, so that an
/// edit of a file never moves one.</remarks>
sealed class TreeStore(ObjectStore objects)
{
    /// <summary>Deeper folders are refused: no file system opens them by path.</summary>
    public const int DepthMax = 1000;

    public ObjectStore Objects => objects;

    /// <summary>The entries of a folder, in order.</summary>
    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>object-missing</c>.</exception>
    public IEnumerable<TreeEntry> Entries(ContentHash folder)
    {
        var node = Read(folder);
        if (node.Level == 0)
            return node.Entries;
        return Below(node);
    }

    IEnumerable<TreeEntry> Below(TreeNode node)
    {
        foreach (var child in node.Entries)
        {
            var below = Read(child.Hash);
            if (below.Level != node.Level - 1)
                throw Damaged(child.Hash);
            foreach (var entry in below.Level == 0 ? below.Entries : Below(below))
                yield return entry;
        }
    }

    /// <summary>Everything below a folder but the folders themselves, in order of the walk.</summary>
    public IEnumerable<TreePath> Files(ContentHash folder, string prefix = "", int depth = 0)
    {
        if (depth > DepthMax)
            throw Damaged(folder);
        foreach (var entry in Entries(folder))
        {
            var path = prefix.Length == 0 ? entry.Name : $"{prefix}/{entry.Name}";
            if (entry.Kind == TreeEntryKind.Folder)
            {
                foreach (var file in Files(entry.Hash, path, depth + 1))
                    yield return file;
            }
            else
            {
                yield return new TreePath(path, entry);
            }
        }
    }

    /// <summary>What is at a path; null when nothing is. The empty path is the folder itself.</summary>
    public TreeEntry? Find(ContentHash root, string path)
    {
        var entry = new TreeEntry("", TreeEntryKind.Folder, root, 0, 0);
        if (path.Length == 0)
            return entry;
        foreach (var name in path.Split('/'))
        {
            if (entry.Kind != TreeEntryKind.Folder || FindName(entry.Hash, name) is not { } found)
                return null;
            entry = found;
        }

        return entry;
    }

    /// <summary>Writes a folder.</summary>
    /// <param name="batch">Where its nodes go.</param>
    /// <param name="name">The folder's name.</param>
    /// <param name="entries">Sorted by <see cref="Utf8Order"/>.</param>
    public static TreeEntry Write(ObjectBatch batch, string name, IReadOnlyList<TreeEntry> entries)
    {
        var level = 0;
        while (true)
        {
            var nodes = WriteLevel(batch, level, entries);
            if (nodes.Count == 1)
                return nodes[0] with { Name = name };
            entries = nodes;
            level++;
        }
    }

    /// <summary>A folder with some paths replaced.</summary>
    /// <param name="batch">Where new nodes go.</param>
    /// <param name="root">The folder; null for an empty one.</param>
    /// <param name="changes">Path to what shall be there; null removes it.</param>
    public TreeEntry Apply(ObjectBatch batch, ContentHash? root, IReadOnlyDictionary<string, TreeEntry?> changes)
    {
        var entries = new SortedDictionary<string, TreeEntry>(Utf8Order.Instance);
        if (root is { } hash)
        {
            foreach (var entry in Entries(hash))
                entries.Add(entry.Name, entry);
        }

        var below = new Dictionary<string, Dictionary<string, TreeEntry?>>(StringComparer.Ordinal);
        foreach (var (path, entry) in changes)
        {
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
            {
                if (entry is null)
                    entries.Remove(path);
                else
                    entries[path] = entry with { Name = path };
                continue;
            }

            var folder = path[..slash];
            if (!below.TryGetValue(folder, out var inFolder))
                below.Add(folder, inFolder = new(StringComparer.Ordinal));
            inFolder.Add(path[(slash + 1)..], entry);
        }

        foreach (var (name, inFolder) in below)
        {
            ContentHash? old = entries.TryGetValue(name, out var known) && known.Kind == TreeEntryKind.Folder
                ? known.Hash : null;
            if (old is null && inFolder.Values.All(entry => entry is null))
                continue;
            var folder = Apply(batch, old, inFolder) with { Name = name };
            // A tree has no empty folders, as git has none.
            if (folder.FileCount == 0)
                entries.Remove(name);
            else
                entries[name] = folder;
        }

        return Write(batch, "", [.. entries.Values]);
    }

    public TreeNode Read(ContentHash hash) => TreeNode.TryRead(objects.Read(hash)) ?? throw Damaged(hash);

    static MillraceException Damaged(ContentHash hash) => new(
        ErrorKind.Corrupt, "tree-damaged", $"Object {hash} is not the folder of a tree.",
        "'millrace fsck' lists what is damaged; 'millrace fetch' takes it again from a remote.");

    TreeEntry? FindName(ContentHash folder, string name)
    {
        var node = Read(folder);
        while (node.Level > 0)
        {
            // The last child that begins at or before the name.
            TreeEntry? child = null;
            foreach (var entry in node.Entries)
            {
                if (Utf8Order.Compare(entry.Name, name) > 0)
                    break;
                child = entry;
            }

            if (child is null)
                return null;
            var below = Read(child.Hash);
            if (below.Level != node.Level - 1)
                throw Damaged(child.Hash);
            node = below;
        }

        foreach (var entry in node.Entries)
        {
            if (entry.Name == name)
                return entry;
        }

        return null;
    }

    static List<TreeEntry> WriteLevel(ObjectBatch batch, int level, IReadOnlyList<TreeEntry> entries)
    {
        var nodes = new List<TreeEntry>();
        var begin = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            if (i + 1 < entries.Count && !TreeNode.EndsNode(entries[i].Name, level, i + 1 - begin))
                continue;
            nodes.Add(WriteNode(batch, level, entries, begin, i + 1));
            begin = i + 1;
        }

        if (nodes.Count == 0)
            nodes.Add(WriteNode(batch, level, entries, 0, 0));
        return nodes;
    }

    static TreeEntry WriteNode(ObjectBatch batch, int level, IReadOnlyList<TreeEntry> entries, int begin, int end)
    {
        var listed = new TreeEntry[end - begin];
        var (size, files) = (0L, 0L);
        for (var i = begin; i < end; i++)
        {
            // What could not be read again is never written.
            if (!TreeNode.IsName(entries[i].Name))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "name-invalid", $"'{entries[i].Name}' cannot be the name of a versioned file.",
                    "Names have no slash and at most 255 bytes, and are not '.git' or '.millrace'; leave it out.");
            }

            listed[i - begin] = entries[i];
            size += entries[i].SizeBytes;
            files += entries[i].FileCount;
        }

        var hash = batch.Put(new TreeNode(level, listed).ToBytes());
        return new TreeEntry(listed.Length > 0 ? listed[0].Name : "", TreeEntryKind.Folder, hash, size, files);
    }
}
