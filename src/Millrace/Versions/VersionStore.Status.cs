using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    /// <summary>Compares the files with the index, and the index with the commit.</summary>
    public async Task<StatusReport> StatusAsync(CancellationToken cancellationToken = default)
    {
        // Taken before the branch is read: a move between the two makes the cache useless, not wrong.
        var stamp = _catalog is SqliteCatalog ? HeadCache.Stamp(_data, _time) : null;
        var (branch, commit) = await HeadAsync(cancellationToken).ConfigureAwait(false);
        var tree = commit is { } id ? HeadCache.KnownTree(_state.Folder, id) ?? TreeOf(commit) : null;
        var index = FileIndex.Load(_state.IndexFile);
        var found = _files.Scan(index, [""], cancellationToken);
        if (branch is not null && stamp is not null && Directory.Exists(_state.Folder))
            new HeadCache(branch, commit?.ToString(), tree?.ToString(), stamp).Write(_state.Folder);
        var staged = IsSameTree(tree, index.Tree)
            ? [] : TreeDiff.FindRenames(new TreeDiff(_trees).Compare(tree, index.Tree));
        Refresh(_state, index, found);
        return Report(_state, branch, commit, staged, found);
    }

    /// <summary>The status of a checkout in which nothing is staged, without opening the workspace; null when that
    /// cannot be said.</summary>
    /// <param name="root">The workspace's folder.</param>
    /// <param name="data">Its <c>.millrace</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static StatusReport? TryQuickStatus(
        string root, string data, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var state = StateOf(data);
        if (state.ReadHead().Branch is not { } branch
            || (HeadCache.TryRead(state.Folder, data, branch, time)
                ?? HeadCache.TryRenew(state.Folder, data, branch, time)) is not { } cache)
        {
            return null;
        }

        var index = FileIndex.Load(state.IndexFile);
        if (index.Tree?.ToString() != cache.Tree)
            return null;
        var found = new WorkingTree(root, time, state.ReadSparse).Scan(index, [""], cancellationToken);
        Refresh(state, index, found);
        ContentHash? commit = cache.Commit is { } id ? ContentHash.Parse(id) : null;
        return Report(state, branch, commit, [], found);
    }

    internal static CheckoutState StateOf(string data) => new(Path.Join(data, VersionsFolder));

    static StatusReport Report(
        CheckoutState state, string? branch, ContentHash? commit, IReadOnlyList<TreeChange> staged, ScanResult found)
    {
        var merge = state.ReadMerge();
        var journal = state.ReadJournal();
        return new StatusReport(
            branch, commit, staged, found.Changes, merge?.Conflicts ?? [], merge?.Name,
            journal is null ? null : journal.Branch ?? journal.Commit, found.LeftOut, found.Collisions,
            found.FileCount)
        {
            Reasons = merge?.Reasons ?? new Dictionary<string, string>(),
        };
    }

    /// <summary>Remembers the times of files that were read and found equal, so that they are not read again. It is
    /// left out when another process changes the checkout.</summary>
    internal static void Refresh(CheckoutState state, FileIndex index, ScanResult found)
    {
        if (!found.IsRefreshed || !Directory.Exists(state.Folder))
            return;
        try
        {
            using var held = FolderLock.TryAcquire(state.Folder);
            if (held is null || state.ReadJournal() is not null
                || FileIndex.Load(state.IndexFile).ModifiedAt != index.ModifiedAt)
            {
                return;
            }

            var folders = WorkingTree.Combine(index, found);
            if (found.Singles.Count > 0)
            {
                var edit = new IndexEdit(new FileIndex(folders, null));
                foreach (var (path, record) in found.Singles)
                    edit.Set(path, record);
                folders = edit.Folders();
            }

            new FileIndex(folders, index.Tree).Save(state.IndexFile);
        }
        catch (MillraceException exception) when (exception.Kind == ErrorKind.Unavailable)
        {
            // A status also works on a full or read-only disk.
        }
    }
}
