using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>Compares trees in time that depends on what differs: nodes with equal hashes are not opened.</summary>
sealed class TreeDiff(TreeStore trees)
{
    /// <summary>Every file that differs, in order of the walk.</summary>
    /// <param name="before">Null for an empty tree.</param>
    /// <param name="after">Null for an empty tree.</param>
    /// <param name="prefix">What every path begins with.</param>
    public IEnumerable<TreeChange> Compare(ContentHash? before, ContentHash? after, string prefix = "")
    {
        if (before == after)
            return [];
        var (left, right) = Differing(before, after);
        return CompareEntries(left, right, prefix);
    }

    /// <summary>Pairs removed and added files of equal content.</summary>
    public static List<TreeChange> FindRenames(IEnumerable<TreeChange> changes)
    {
        var all = changes.ToList();
        var removed = new Dictionary<ContentHash, Queue<TreeChange>>();
        foreach (var change in all)
        {
            if (change is { After: null, Before: { SizeBytes: > 0 } gone })
            {
                if (!removed.TryGetValue(gone.Hash, out var queue))
                    removed.Add(gone.Hash, queue = []);
                queue.Enqueue(change);
            }
        }

        var taken = new HashSet<TreeChange>(ReferenceEqualityComparer.Instance);
        var answer = new List<TreeChange>();
        foreach (var change in all)
        {
            if (change is { Before: null, After: { } added } && removed.TryGetValue(added.Hash, out var queue)
                && queue.TryDequeue(out var from))
            {
                taken.Add(from);
                answer.Add(change with { Before = from.Before, RenamedFrom = from.Path });
            }
            else
            {
                answer.Add(change);
            }
        }

        answer.RemoveAll(taken.Contains);
        return answer;
    }

    /// <summary>The entries of two folders without the nodes that both have.</summary>
    (List<TreeEntry> Left, List<TreeEntry> Right) Differing(ContentHash? before, ContentHash? after)
    {
        var left = before is { } leftHash ? trees.Read(leftHash) : new TreeNode(0, []);
        var right = after is { } rightHash ? trees.Read(rightHash) : new TreeNode(0, []);
        var (leftLevel, rightLevel) = (left.Level, right.Level);
        List<TreeEntry> leftNodes = [.. left.Entries];
        List<TreeEntry> rightNodes = [.. right.Entries];
        while (leftLevel > 0 || rightLevel > 0)
        {
            if (leftLevel == rightLevel)
            {
                var leftHashes = leftNodes.Select(node => node.Hash).ToHashSet();
                var common = rightNodes.Select(node => node.Hash).Where(leftHashes.Contains).ToHashSet();
                leftNodes.RemoveAll(node => common.Contains(node.Hash));
                rightNodes.RemoveAll(node => common.Contains(node.Hash));
            }

            var (openLeft, openRight) = (leftLevel >= rightLevel, rightLevel >= leftLevel);
            if (openLeft)
                (leftNodes, leftLevel) = (Open(leftNodes), leftLevel - 1);
            if (openRight)
                (rightNodes, rightLevel) = (Open(rightNodes), rightLevel - 1);
        }

        return (leftNodes, rightNodes);
    }

    List<TreeEntry> Open(List<TreeEntry> nodes)
    {
        var entries = new List<TreeEntry>();
        foreach (var node in nodes)
            entries.AddRange(trees.Read(node.Hash).Entries);
        return entries;
    }

    IEnumerable<TreeChange> CompareEntries(List<TreeEntry> left, List<TreeEntry> right, string prefix)
    {
        var (i, j) = (0, 0);
        while (i < left.Count || j < right.Count)
        {
            var order = i == left.Count ? 1 : j == right.Count ? -1
                : Utf8Order.Compare(left[i].Name, right[j].Name);
            var before = order <= 0 ? left[i++] : null;
            var after = order >= 0 ? right[j++] : null;
            if (before?.Hash == after?.Hash && before?.Kind == after?.Kind)
                continue;
            foreach (var change in CompareOne(before, after, prefix))
                yield return change;
        }
    }

    IEnumerable<TreeChange> CompareOne(TreeEntry? before, TreeEntry? after, string prefix)
    {
        var name = (before ?? after)!.Name;
        var path = prefix.Length == 0 ? name : $"{prefix}/{name}";
        var (folderBefore, folderAfter) = (before?.Kind == TreeEntryKind.Folder, after?.Kind == TreeEntryKind.Folder);
        if (folderBefore || folderAfter)
        {
            foreach (var change in Compare(
                folderBefore ? before!.Hash : null, folderAfter ? after!.Hash : null, path))
            {
                yield return change;
            }
        }

        var (fileBefore, fileAfter) = (folderBefore ? null : before, folderAfter ? null : after);
        if (fileBefore is not null || fileAfter is not null)
            yield return new TreeChange(path, fileBefore, fileAfter);
    }
}
