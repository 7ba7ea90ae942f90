using System.Text;
using Millrace.Catalog;
using Millrace.Objects;

namespace Millrace.Versions.BesideGit;

/// <summary>What the index holds at the path of each pointer, so that a status opens no store. It belongs to one tree
/// of the index, and is made again from that when it is lost.</summary>
static class PointerCache
{
    const string FileName = "pointers";
    const string Mark = "millrace-pointers 1 ";

    /// <returns>Null when there is none for this index.</returns>
    public static Dictionary<string, ContentHash>? TryRead(string folder, ContentHash? tree)
    {
        var file = Path.Join(folder, FileName);
        if (!File.Exists(file))
            return tree is null ? new(StringComparer.Ordinal) : null;
        var parts = File.ReadAllText(file).Split('\0');
        if (parts[0] != Mark + tree || parts.Length % 2 == 1)
            return tree is null ? new(StringComparer.Ordinal) : null;
        var known = new Dictionary<string, ContentHash>(StringComparer.Ordinal);
        for (var i = 1; i + 1 < parts.Length; i += 2)
        {
            if (!ContentHash.TryParse(parts[i + 1], out var hash))
                return null;
            known[parts[i]] = hash;
        }

        return known;
    }

    /// <summary>The paths of a cache that may belong to another tree.</summary>
    public static IEnumerable<string> ReadPaths(string folder)
    {
        var file = Path.Join(folder, FileName);
        if (!File.Exists(file))
            return [];
        var parts = File.ReadAllText(file).Split('\0');
        return parts[0].StartsWith(Mark, StringComparison.Ordinal)
            ? parts.Skip(1).Where((_, i) => i % 2 == 0).Where(path => path.Length > 0) : [];
    }

    public static void Write(string folder, ContentHash? tree, IReadOnlyDictionary<string, ContentHash> known)
    {
        var text = new StringBuilder(Mark).Append(tree).Append('\0');
        foreach (var (path, hash) in known.OrderBy(item => item.Key, StringComparer.Ordinal))
            text.Append(path).Append('\0').Append(hash).Append('\0');
        DurableFile.Write(Path.Join(folder, FileName), Encoding.UTF8.GetBytes(text.ToString()));
    }
}
