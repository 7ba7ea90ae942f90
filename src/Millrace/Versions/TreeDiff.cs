using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>Compares trees in time that depends on what differs: nodes with equal hashes are not opened.</summary>
sealed class TreeDiff(TreeStore trees)
{
    /// <summary>Every file that differs, in order of the walk.</summary>
    /// <param name="before">Null for an empty tree.</param>
    /// <param name="after">Null for an empty tree.</param>
    /// <exception cref="MillraceException"><c>tree-damaged</c>, <c>tree-too-large</c>, <c>object-missing</c>.
    /// </exception>
    public IEnumerable<TreeChange> Compare(ContentHash? before, ContentHash? after)
    {
        if (before == after)
            return [];
        var (left, right) = (Read(before), Read(after));
        var budget = new TreeBudget(
            (after ?? before)!.Value, TreeStore.SaidFiles(left), TreeStore.SaidFiles(right));
        return Compare(left, right, "", 0, budget);
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

    TreeNode Read(ContentHash? folder) => folder is { } hash ? trees.Read(hash) : new TreeNode(0, []);

    /// <summary>The entries of two folders without the nodes that both have.</summary>
    (List<TreeEntry> Left, List<TreeEntry> Right) Differing(TreeNode left, TreeNode right)
    {
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
                leftNodes = Open(leftNodes, --leftLevel);
            if (openRight)
                rightNodes = Open(rightNodes, --rightLevel);
        }

        return (leftNodes, rightNodes);
    }

    List<TreeEntry> Open(List<TreeEntry> nodes, int level)
    {
        var entries = new List<TreeEntry>();
        foreach (var node in nodes)
            entries.AddRange(trees.ReadBelow(node, level, entries.Count == 0 ? null : entries[^1]).Entries);
        return entries;
    }

    IEnumerable<TreeChange> Compare(TreeNode before, TreeNode after, string prefix, int depth, TreeBudget budget)
    {
        var (left, right) = Differing(before, after);
        var (i, j) = (0, 0);
        while (i < left.Count || j < right.Count)
        {
            var order = i == left.Count ? 1 : j == right.Count ? -1
                : Utf8Order.Compare(left[i].Name, right[j].Name);
            var old = order <= 0 ? left[i++] : null;
            var now = order >= 0 ? right[j++] : null;
            if (old?.Hash == now?.Hash && old?.Kind == now?.Kind)
                continue;
            foreach (var change in CompareOne(old, now, prefix, depth, budget))
                yield return change;
        }
    }

    IEnumerable<TreeChange> CompareOne(
        TreeEntry? before, TreeEntry? after, string prefix, int depth, TreeBudget budget)
    {
        var name = (before ?? after)!.Name;
        var path = prefix.Length == 0 ? name : $"{prefix}/{name}";
        var (folderBefore, folderAfter) = (before?.Kind == TreeEntryKind.Folder, after?.Kind == TreeEntryKind.Folder);
        if (folderBefore || folderAfter)
        {
            if (depth == TreeStore.DepthMax)
            {
                throw TreeStore.Damaged(
                    (folderAfter ? after : before)!.Hash, $"it is more than {TreeStore.DepthMax} folders deep");
            }

            var seen = budget.FileCount;
            var (left, right) = (Read(folderBefore ? before!.Hash : null), Read(folderAfter ? after!.Hash : null));
            foreach (var change in Compare(left, right, path, depth + 1, budget))
                yield return change;
            budget.Leave(seen);
        }

        var (fileBefore, fileAfter) = (folderBefore ? null : before, folderAfter ? null : after);
        if (fileBefore is null && fileAfter is null)
            yield break;
        budget.Take((fileBefore is null ? 0 : 1) + (fileAfter is null ? 0 : 1));
        yield return new TreeChange(path, fileBefore, fileAfter);
    }
}
