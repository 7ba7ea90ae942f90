using Millrace.Objects;

namespace Millrace.Versions.BesideGit;

public sealed partial class GitWorkTree
{
    const string BesideSuffix = BesideMark + "git";

    /// <summary>Merges pointers for git by the files that they name: what only one side changed is taken from it. Where
    /// both changed a file of a folder, ours stays, with theirs beside it as <c>NAME.THEIRS~git</c>.</summary>
    /// <param name="ancestor">The text before both sides; empty when there was none.</param>
    /// <param name="ours">The text on this side.</param>
    /// <param name="theirs">The text on the other side.</param>
    /// <param name="place">The pointer's path, for messages.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException">Those of reading a pointer, and <c>object-missing</c> when a list of
    /// files is not here.</exception>
    public async Task<PointerMergeResult> MergeAsync(
        ReadOnlyMemory<byte> ancestor, ReadOnlyMemory<byte> ours, ReadOnlyMemory<byte> theirs, string place,
        CancellationToken cancellationToken = default)
    {
        var old = ancestor.IsEmpty ? null : Pointer.ParseAny(ancestor.Span, $"{place} (ancestor)");
        var left = Pointer.ParseAny(ours.Span, $"{place} (ours)");
        var right = Pointer.ParseAny(theirs.Span, $"{place} (theirs)");
        if (left == right || old == right)
            return new PointerMergeResult(left, []);
        if (old == left)
            return new PointerMergeResult(right, []);
        if (left.Kind != TreeEntryKind.Folder || right.Kind != TreeEntryKind.Folder)
            return new PointerMergeResult(left, [left.Name]);
        ContentHash? root = old is { Kind: TreeEntryKind.Folder } ? old.Hash : null;
        RefuseAbsent([root, left.Hash, right.Hash], place);
        var merged = new TreeMerge(_versions.Trees).Merge(root, left.Hash, right.Hash);
        var changes = new Dictionary<string, TreeEntry?>(merged.Changes, StringComparer.Ordinal);
        foreach (var conflict in merged.Conflicts)
        {
            if (conflict.Theirs is { } entry)
                changes[BesidePath(conflict.Path, left.Hash, right.Hash, changes)] = entry;
        }

        using var batch = _objects.BeginBatch();
        var tree = _versions.Trees.Apply(batch, left.Hash, changes);
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        return new PointerMergeResult(
            Pointer.Of(left.Name, tree),
            [.. merged.Conflicts.Select(conflict => $"{left.Name}/{conflict.Path}").Order(Utf8Order.Instance)]);
    }

    /// <summary>A path beside one that nothing has yet; beside the file above it, where ours has one.</summary>
    string BesidePath(string path, ContentHash ours, ContentHash theirs, Dictionary<string, TreeEntry?> taken)
    {
        var trees = _versions.Trees;
        var end = path.Length;
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (trees.Find(ours, path[..slash]) is { Kind: not TreeEntryKind.Folder })
            {
                end = slash;
                break;
            }
        }

        var begin = path.LastIndexOf('/', end - 1) + 1;
        var name = path[begin..end];
        for (var number = 1; ; number++)
        {
            var suffix = number == 1 ? BesideSuffix : $"{BesideSuffix}.{number}";
            var cut = name;
            while (!TreeNode.IsName(cut + suffix) && cut.Length > 1)
                cut = cut[..^1];
            var wanted = path[..begin] + cut + suffix;
            if (trees.Find(ours, wanted) is null && trees.Find(theirs, wanted) is null
                && !taken.ContainsKey(wanted + path[end..]) && !taken.ContainsKey(wanted))
            {
                return wanted + path[end..];
            }
        }
    }

    void RefuseAbsent(IEnumerable<ContentHash?> trees, string place)
    {
        foreach (var tree in trees.OfType<ContentHash>().Where(tree => !_objects.Contains(tree)))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "object-missing",
                $"The list of files {tree.Short} of '{place}' is not in the store here; a remote may have it.",
                "Take the merge back with 'git merge --abort', bring it with 'millrace fetch', and merge again.");
        }
    }
}
