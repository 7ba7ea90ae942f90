using System.Runtime.CompilerServices;
using Millrace.Objects;

namespace Millrace.Versions.Remotes;

/// <summary>What commits reach that others do not: the new commits, newest first, then for each of them what its tree
/// has and its parents' trees have not.</summary>
/// <remarks>Trees are compared folder by folder, so that a folder which a parent has is not read. Something may come
/// more than once, and something that the known commits have; never is anything left out.</remarks>
/// <param name="versions">Reads commits and trees.</param>
/// <param name="ensure">Sees to it that these commits or nodes are here before they are read.</param>
/// <param name="skipsUnreadable">Whether a commit or node that cannot be read is named and what lies behind it left
/// out; else it ends the walk.</param>
sealed class ReachableWalk(
    VersionStore versions, Func<IReadOnlyCollection<ContentHash>, CancellationToken, Task> ensure,
    bool skipsUnreadable = false)
{
    readonly HashSet<ContentHash> _seenNodes = [];
    readonly HashSet<ContentHash> _unreadable = [];

    /// <param name="tips">Where it begins.</param>
    /// <param name="known">Commits that are here and count as reached, with all before them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<ReachedObject> WalkAsync(
        IReadOnlyCollection<ContentHash> tips, IReadOnlyCollection<ContentHash> known,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _seenNodes.Clear();
        var commits = await NewCommitsAsync(tips, known, cancellationToken).ConfigureAwait(false);
        foreach (var (id, _) in commits)
            yield return new ReachedObject(id, "", false);
        foreach (var id in _unreadable)
            yield return new ReachedObject(id, "", false);
        // The oldest first: a later one then differs little from what was seen.
        for (var i = commits.Count - 1; i >= 0; i--)
        {
            var before = commits[i].Commit.Parents.Where(parent => !_unreadable.Contains(parent))
                .Select(parent => versions.History.Read(parent).Tree).ToList();
            await foreach (var reached in WalkTreeAsync(commits[i].Commit.Tree, before, "", cancellationToken)
                .ConfigureAwait(false))
            {
                yield return reached with { Commit = commits[i].Id };
            }
        }
    }

    /// <summary>Everything that a tree has and some others have not.</summary>
    public async IAsyncEnumerable<ReachedObject> WalkTreeAsync(
        ContentHash tree, IReadOnlyList<ContentHash> before, string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<FolderPair> level = [new FolderPair(prefix, [tree], [.. before])];
        for (var depth = 0; level.Count > 0; depth++)
        {
            if (depth > TreeStore.DepthMax * 2)
                throw Deep(tree);
            foreach (var pair in level)
            {
                pair.After.ExceptWith(pair.Before);
                pair.After.RemoveWhere(node => !_seenNodes.Add(node));
            }

            level.RemoveAll(pair => pair.After.Count == 0);
            await ensure([.. level.SelectMany(pair => pair.After)], cancellationToken).ConfigureAwait(false);
            var next = new List<FolderPair>();
            foreach (var pair in level)
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var node in pair.After)
                    yield return new ReachedObject(node, pair.Path, false);
                foreach (var file in Step(pair, next))
                    yield return file;
            }

            level = next;
        }
    }

    /// <summary>Reads the nodes of one folder: files are what is returned, folders and deeper nodes the next step.
    /// </summary>
    IEnumerable<ReachedObject> Step(FolderPair pair, List<FolderPair> next)
    {
        var deeper = new FolderPair(pair.Path, [], []);
        var folders = new Dictionary<string, FolderPair>(StringComparer.Ordinal);
        var known = new HashSet<ContentHash>();
        foreach (var node in pair.Before)
        {
            if (TryReadNode(node) is not { } read)
                continue;
            foreach (var entry in read.Entries)
            {
                if (read.Level > 0)
                    deeper.Before.Add(entry.Hash);
                else if (entry.Kind == TreeEntryKind.Folder)
                    Folder(entry.Name).Before.Add(entry.Hash);
                else
                    known.Add(entry.Hash);
            }
        }

        foreach (var node in pair.After)
        {
            var read = skipsUnreadable ? TryReadNode(node) : versions.Trees.Read(node);
            foreach (var entry in read?.Entries ?? [])
            {
                if (read!.Level > 0)
                    deeper.After.Add(entry.Hash);
                else if (entry.Kind == TreeEntryKind.Folder)
                    Folder(entry.Name).After.Add(entry.Hash);
                else if (!known.Contains(entry.Hash))
                    yield return new ReachedObject(entry.Hash, PathOf(pair.Path, entry.Name), true);
            }
        }

        if (deeper.After.Count > 0)
            next.Add(deeper);
        next.AddRange(folders.Values.Where(folder => folder.After.Count > 0));

        FolderPair Folder(string name)
        {
            if (!folders.TryGetValue(name, out var folder))
                folders.Add(name, folder = new FolderPair(PathOf(pair.Path, name), [], []));
            return folder;
        }
    }

    /// <summary>A node that may be unreadable: one of a known tree, or any in a walk that goes on.</summary>
    TreeNode? TryReadNode(ContentHash node)
    {
        try
        {
            return versions.Trees.Read(node);
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Corrupt)
        {
            // Then more counts as new than is, or what lies below is left out.
            return null;
        }
    }

    async Task<List<CommitEntry>> NewCommitsAsync(
        IReadOnlyCollection<ContentHash> tips, IReadOnlyCollection<ContentHash> known,
        CancellationToken cancellationToken)
    {
        // As git walks: the newest first, until all that is open is known.
        var isKnown = new Dictionary<ContentHash, bool>();
        var open = new PriorityQueue<CommitEntry, (long, ContentHash)>();
        var openNew = 0;
        var found = new List<CommitEntry>();
        foreach (var id in known)
            Add(id, true);
        await ensure(tips, cancellationToken).ConfigureAwait(false);
        foreach (var id in tips)
            Add(id, false);
        while (openNew > 0 && open.TryDequeue(out var entry, out _))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var knows = isKnown[entry.Id];
            if (!knows)
            {
                openNew--;
                found.Add(entry);
                await ensure(entry.Commit.Parents, cancellationToken).ConfigureAwait(false);
            }

            foreach (var parent in entry.Commit.Parents)
                Add(parent, knows);
        }

        found.RemoveAll(entry => isKnown[entry.Id]);
        return found;

        void Add(ContentHash id, bool knows)
        {
            if (isKnown.TryGetValue(id, out var before))
            {
                if (before || !knows)
                    return;
                isKnown[id] = true;
                // It is open, or was taken for new while its clock ran ahead; then it stays in, which does no harm.
                if (open.UnorderedItems.Any(item => item.Element.Id == id))
                    openNew--;
                return;
            }

            isKnown.Add(id, knows);
            if (ReadCommit(id) is not { } commit)
                return;
            open.Enqueue(new CommitEntry(id, commit), (-commit.Time.UtcTicks, id));
            if (!knows)
                openNew++;
        }
    }

    Commit? ReadCommit(ContentHash id)
    {
        var commit = skipsUnreadable ? versions.TryReadCommit(id) : versions.History.Read(id);
        if (commit is null)
            _unreadable.Add(id);
        return commit;
    }

    static string PathOf(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    static MillraceException Deep(ContentHash tree) => new(
        ErrorKind.Corrupt, "tree-damaged", $"The tree {tree} is deeper than {TreeStore.DepthMax} folders.",
        "'millrace fsck' lists what is damaged.");

    /// <summary>The nodes of one folder, on both sides.</summary>
    sealed record FolderPair(string Path, HashSet<ContentHash> After, HashSet<ContentHash> Before);
}
