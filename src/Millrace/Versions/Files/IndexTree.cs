using Millrace.Objects;

namespace Millrace.Versions.Files;

/// <summary>Turns what is staged into a tree, and a tree into records.</summary>
static class IndexTree
{
    /// <summary>Writes the tree of some folders; nodes that the store has are not written again.</summary>
    public static ContentHash Write(ObjectBatch batch, IReadOnlyDictionary<string, IndexFolder> folders)
    {
        var below = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var known = new HashSet<string>(StringComparer.Ordinal) { "" };
        foreach (var folder in folders.Keys)
        {
            for (var path = folder; known.Add(path);)
            {
                var above = path[..Math.Max(path.LastIndexOf('/'), 0)];
                if (!below.TryGetValue(above, out var children))
                    below.Add(above, children = []);
                children.Add(path);
                path = above;
            }
        }

        return WriteFolder("", 0).Hash;

        TreeEntry WriteFolder(string path, int depth)
        {
            if (depth > TreeStore.DepthMax)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "tree-too-deep",
                    $"'{path[..80]}…' is more than {TreeStore.DepthMax} folders deep.",
                    "Move it up, or leave it out with '.millraceignore'.");
            }

            var entries = new List<TreeEntry>();
            if (folders.TryGetValue(path, out var folder))
            {
                for (var i = 0; i < folder.Records.Length; i++)
                {
                    ref readonly var record = ref folder.Records[i];
                    entries.Add(new TreeEntry(folder.NameText(i), record.Kind, record.Hash, record.SizeBytes, 1));
                }
            }

            if (below.TryGetValue(path, out var children))
            {
                foreach (var child in children)
                    entries.Add(WriteFolder(child, depth + 1));
                entries.Sort((left, right) => Utf8Order.Compare(left.Name, right.Name));
            }

            return TreeStore.Write(batch, path[(path.LastIndexOf('/') + 1)..], entries);
        }
    }

    /// <summary>A record of an entry of which nobody knows yet how it is on the disk.</summary>
    public static IndexRecord Record(TreeEntry entry)
    {
        var record = default(IndexRecord);
        record.Hash = entry.Hash;
        record.SizeBytes = entry.SizeBytes;
        record.Kind = entry.Kind;
        record.Flags = IndexRecord.UncertainFlag;
        return record;
    }

    public static TreeEntry Entry(string name, in IndexRecord record) =>
        new(name, record.Kind, record.Hash, record.SizeBytes, 1);
}
