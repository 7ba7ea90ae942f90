using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>Merges trees by paths: what only one side changed is taken from it.</summary>
sealed class TreeMerge(TreeStore trees)
{
    public TreeMergeResult Merge(ContentHash? ancestor, ContentHash? ours, ContentHash? theirs)
    {
        var diff = new TreeDiff(trees);
        var ourChanges = diff.Compare(ancestor, ours).ToDictionary(change => change.Path, StringComparer.Ordinal);
        var changes = new Dictionary<string, TreeEntry?>(StringComparer.Ordinal);
        var conflicts = new List<MergeConflict>();
        foreach (var theirChange in diff.Compare(ancestor, theirs))
        {
            if (!ourChanges.TryGetValue(theirChange.Path, out var ourChange))
                changes.Add(theirChange.Path, theirChange.After);
            else if (ourChange.After?.Hash != theirChange.After?.Hash
                || ourChange.After?.Kind != theirChange.After?.Kind)
            {
                conflicts.Add(new MergeConflict(
                    theirChange.Path, theirChange.Before, ourChange.After, theirChange.After));
            }
        }

        TakeBackCollisions(ourChanges, changes, conflicts);
        return new TreeMergeResult(changes, conflicts);
    }

    /// <summary>One side made a file where the other made a folder: both cannot stand at one path.</summary>
    static void TakeBackCollisions(
        Dictionary<string, TreeChange> ourChanges,
        Dictionary<string, TreeEntry?> changes,
        List<MergeConflict> conflicts)
    {
        var ourFiles = ourChanges.Values.Where(change => change.After is not null)
            .Select(change => change.Path).ToHashSet(StringComparer.Ordinal);
        var ourFolders = ourFiles.SelectMany(Folders).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, entry) in changes.ToList())
        {
            if (entry is null)
                continue;
            var blocking = ourFolders.Contains(path) ? path : Folders(path).FirstOrDefault(ourFiles.Contains);
            if (blocking is null)
                continue;
            changes.Remove(path);
            conflicts.Add(new MergeConflict(path, null, ourChanges.GetValueOrDefault(blocking)?.After, entry)
            {
                IsFileAndFolder = true,
            });
        }
    }

    /// <summary>The folders of a path, from the topmost down.</summary>
    internal static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0;
             slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }
}
