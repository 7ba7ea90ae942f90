using Millrace.Objects;

namespace Millrace.Versions;

sealed partial class TreeStore
{
    /// <summary>Every object of a tree: its nodes and what its files hold, each once. What is missing is named and not
    /// followed.</summary>
    /// <param name="node">The tree's root.</param>
    /// <param name="holder">Who needs it.</param>
    /// <param name="path">The path of the root.</param>
    /// <param name="seen">What was named already, and is not named again.</param>
    public IEnumerable<ObjectRoot> Roots(
        ContentHash node, string holder, string path, HashSet<ContentHash> seen)
    {
        var open = new Stack<(ContentHash Hash, string Path)>([(node, path)]);
        while (open.TryPop(out var next))
        {
            if (!seen.Add(next.Hash))
                continue;
            yield return new ObjectRoot(next.Hash, $"{(next.Path.Length == 0 ? "the tree" : next.Path)} in {holder}");
            if (TryFollow(() => Read(next.Hash)) is not { } read)
                continue;
            foreach (var entry in read.Entries)
            {
                // The nodes of a folder are at the folder's own path.
                var at = read.Level > 0 ? next.Path
                    : next.Path.Length == 0 ? entry.Name : $"{next.Path}/{entry.Name}";
                if (entry.Kind == TreeEntryKind.Folder)
                    open.Push((entry.Hash, at));
                else if (seen.Add(entry.Hash))
                    yield return new ObjectRoot(entry.Hash, $"{at} in {holder}");
            }
        }
    }

    /// <returns>Null when it is not here or damaged.</returns>
    public static T? TryFollow<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Corrupt)
        {
            return null;
        }
    }
}
