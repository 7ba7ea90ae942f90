using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>Reads and writes trees: folders of names, each a small search tree of nodes whose shape depends on the
/// names alone. Equal folders have equal hashes, and an edit writes the nodes above it only.</summary>
/// <remarks>Called a prolly tree in Dolt and Noms. Here a boundary looks at the name and not at the value, so that an
/// edit of a file never moves one.</remarks>
sealed partial class TreeStore(ObjectStore objects)
{
    /// <summary>Deeper folders are refused: no file system opens them by path.</summary>
    public const int DepthMax = 1000;

    /// <summary>Larger objects are no nodes: 256 entries with the longest names have less than 80 KB.</summary>
    public const int NodeSizeMax = 1 << 20;

    public ObjectStore Objects => objects;

    /// <summary>The entries of a folder, in order.</summary>
    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>object-missing</c>.</exception>
    public IEnumerable<TreeEntry> Entries(ContentHash folder) => Entries(Read(folder));

    IEnumerable<TreeEntry> Entries(TreeNode node) => node.Level == 0 ? node.Entries : Below(node);

    IEnumerable<TreeEntry> Below(TreeNode node)
    {
        TreeEntry? last = null;
        foreach (var child in node.Entries)
        {
            var below = ReadBelow(child, node.Level - 1, last);
            foreach (var entry in Entries(below))
                yield return last = entry;
        }
    }

    /// <summary>Reads a node that another lists.</summary>
    /// <param name="listed">Its entry there.</param>
    /// <param name="level">The level that it must have.</param>
    /// <param name="last">The entry that comes before it in the folder; null for none.</param>
    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>object-missing</c>.</exception>
    public TreeNode ReadBelow(TreeEntry listed, int level, TreeEntry? last) =>
        Checked(listed, level, last, Read(listed.Hash));

    static TreeNode Checked(TreeEntry listed, int level, TreeEntry? last, TreeNode node)
    {
        if (node.Level != level || node.Entries.Count == 0 || node.Entries[0].Name != listed.Name
            || (last is not null && Utf8Order.Compare(last.Name, listed.Name) >= 0))
        {
            throw Damaged(listed.Hash, "it is not what the node above says, or its names are out of order");
        }

        return node;
    }

    /// <summary>How many files a node says that it has; more than <see cref="TreeBudget.FilesMax"/> is all the same.
    /// </summary>
    public static long SaidFiles(TreeNode node)
    {
        const long Many = TreeBudget.FilesMax + 1;
        var count = 0L;
        foreach (var entry in node.Entries)
            count = Math.Min(count + Math.Clamp(entry.FileCount, 1, Many), Many);
        return count;
    }

    /// <summary>A folder's entry with the sums that its tree has.</summary>
    public TreeEntry Counted(TreeEntry folder)
    {
        var (size, files) = (0L, 0L);
        foreach (var entry in Read(folder.Hash).Entries)
        {
            size = unchecked(size + entry.SizeBytes) is >= 0 and var sum ? sum : long.MaxValue;
            files = unchecked(files + entry.FileCount) is >= 0 and var total ? total : long.MaxValue;
        }

        return folder with { SizeBytes = size, FileCount = files };
    }

    /// <summary>Everything below a folder but the folders themselves, in order of the walk.</summary>
    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>tree-too-large</c>, <c>object-missing</c>.
    /// </exception>
    public IEnumerable<TreePath> Files(ContentHash folder, string prefix = "")
    {
        var node = Read(folder);
        return Files(node, folder, prefix, 0, new TreeBudget(folder, SaidFiles(node)));
    }

    IEnumerable<TreePath> Files(TreeNode node, ContentHash folder, string prefix, int depth, TreeBudget budget)
    {
        if (depth > DepthMax)
            throw Damaged(folder, $"it is more than {DepthMax} folders deep");
        foreach (var entry in Entries(node))
        {
            var path = prefix.Length == 0 ? entry.Name : $"{prefix}/{entry.Name}";
            if (entry.Kind == TreeEntryKind.Folder)
            {
                var before = budget.FileCount;
                foreach (var file in Files(Read(entry.Hash), entry.Hash, path, depth + 1, budget))
                    yield return file;
                budget.Leave(before);
            }
            else
            {
                budget.Take(1);
                yield return new TreePath(path, entry);
            }
        }
    }

    /// <summary>What is at a path; null when nothing is. The empty path is the folder itself.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="path">From there.</param>
    /// <param name="memory">Nodes that were read for paths before, when many are asked for; null keeps none.</param>
    public TreeEntry? Find(ContentHash root, string path, TreeMemory? memory = null)
    {
        var entry = new TreeEntry("", TreeEntryKind.Folder, root, 0, 0);
        if (path.Length == 0)
            return entry;
        foreach (var name in path.Split('/'))
        {
            if (entry.Kind != TreeEntryKind.Folder || FindName(entry.Hash, name, memory) is not { } found)
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

    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>object-missing</c>.</exception>
    public TreeNode Read(ContentHash hash)
    {
        using var stream = objects.OpenRead(hash);
        if (stream.Length > NodeSizeMax)
            throw Damaged(hash, $"it has {stream.Length} bytes");
        var bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length);
        stream.ReadExactly(bytes);
        return TreeNode.TryRead(bytes) ?? throw Damaged(hash, "its bytes are no node");
    }

    public static MillraceException Damaged(ContentHash hash, string why) => new(
        ErrorKind.Corrupt, "tree-damaged", $"Object {hash} is not the folder of a tree: {why}.",
        "'millrace fsck' lists what is damaged; 'millrace fetch' takes it again from a remote.");

    TreeEntry? FindName(ContentHash folder, string name, TreeMemory? memory)
    {
        var node = Read(folder, memory);
        while (node.Level > 0)
        {
            // The last child that begins at or before the name.
            var at = IndexOf(node.Entries, name);
            var child = at >= 0 ? at : ~at - 1;
            if (child < 0)
                return null;
            node = Checked(node.Entries[child], node.Level - 1, null, Read(node.Entries[child].Hash, memory));
        }

        return IndexOf(node.Entries, name) is >= 0 and var index ? node.Entries[index] : null;
    }

    TreeNode Read(ContentHash hash, TreeMemory? memory) => memory?.Read(hash, Read) ?? Read(hash);

    /// <returns>The index of the name, or the complement of where it would stand.</returns>
    static int IndexOf(IReadOnlyList<TreeEntry> entries, string name)
    {
        var (low, high) = (0, entries.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Utf8Order.Compare(entries[middle].Name, name);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
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
