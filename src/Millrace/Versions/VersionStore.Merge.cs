using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    /// <summary>Brings another branch's changes into this one. Paths that both changed stay ours, with theirs beside
    /// them, and wait for <c>add</c>.</summary>
    /// <param name="revision">What to merge.</param>
    /// <param name="message">Of the merge's commit; null for a usual one.</param>
    /// <param name="progress">Told of how far it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>local-changes</c>, <c>staged-changes</c>, <c>merge-unfinished</c>,
    /// <c>ref-unknown</c>, <c>ref-moved</c>.</exception>
    public async Task<MergeReport> MergeAsync(
        string revision, string? message = null, IProgress<ScanProgress>? progress = null,
        CancellationToken cancellationToken = default) => await MergeAsync(
        revision, await ResolveAsync(revision, cancellationToken).ConfigureAwait(false), message, progress,
        cancellationToken).ConfigureAwait(false);

    /// <summary>Merges a commit that is known; the revision only names it in messages.</summary>
    internal async Task<MergeReport> MergeAsync(
        string revision, ContentHash theirs, string? message, IProgress<ScanProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var held = _state.Lock(cancellationToken);
        var cutOff = _state.ReadJournal() is not null && _state.ReadMerge() is { } going
            && going.Theirs == theirs.ToString() ? going : null;
        if (cutOff is null)
            RefuseUnfinished();
        var (branch, ours) = await HeadAsync(cancellationToken).ConfigureAwait(false);
        if (cutOff is null)
            RefuseMerge(TreeOf(ours));
        var options = new CheckoutOptions { Progress = progress };
        if (ours is not { } tip || _history.IsAncestor(tip, theirs))
        {
            if (ours == theirs)
                return new MergeReport(ours, false, true, []);
            var gone = await AdvanceAsync(branch, ours, theirs, options, $"merge {revision}", cancellationToken)
                .ConfigureAwait(false);
            return new MergeReport(theirs, true, false, []) { Erased = gone.Erased };
        }

        if (_history.IsAncestor(theirs, tip))
            return new MergeReport(ours, false, true, []);
        message ??= cutOff?.Message ?? $"Merge '{revision}'" + (branch is null ? "" : $" into {branch}");
        CheckMessage(message);
        var ancestor = _history.MergeBase(tip, theirs);
        var merged = new TreeMerge(_trees).Merge(TreeOf(ancestor), TreeOf(tip), TreeOf(theirs));
        return merged.Conflicts.Count == 0
            ? await CommitMergeAsync(branch, tip, theirs, merged, message, options, cancellationToken)
                .ConfigureAwait(false)
            : await LeaveConflictsAsync(
                new HeadState(branch, branch is null ? tip : null), tip, (cutOff?.Name ?? revision, theirs), merged,
                message, options, cutOff, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes back a merge that waits for its conflicts to be resolved.</summary>
    /// <exception cref="MillraceException"><c>no-merge</c>.</exception>
    public async Task AbortMergeAsync(CancellationToken cancellationToken = default)
    {
        using var held = _state.Lock(cancellationToken);
        var merge = _state.ReadMerge() ?? throw new MillraceException(
            ErrorKind.Invalid, "no-merge", "No merge is going on.", "Begin one with 'millrace merge BRANCH'.");
        var (branch, commit) = await HeadAsync(cancellationToken).ConfigureAwait(false);
        var tree = TreeOf(commit);
        var index = FileIndex.Load(_state.IndexFile);
        var journal = _state.ReadJournal();
        // Only what the merge touched: other changes of the user stay.
        var steps = Gather(index, index.Tree, tree, journal, isForced: false, cancellationToken);
        foreach (var path in merge.Conflicts)
        {
            var entry = tree is { } root ? _trees.Find(root, path) : null;
            if (entry is not { Kind: TreeEntryKind.Folder })
                steps.TryAdd(path, new CheckoutStep(path, entry, entry, []));
        }

        // While the journal stands nobody can commit what is half taken back.
        await ApplyAsync(
            index, journal, steps.Values, new CheckoutJournal(
                branch, commit?.ToString(), (tree ?? default).ToString(),
                CatalogTime.ToMicroseconds(_time.GetUtcNow())),
            new HeadState(branch, branch is null ? commit : null), commit,
            new CheckoutOptions { IsForced = true, BeforeEnd = () => EndAborted(merge) },
            null, cancellationToken).ConfigureAwait(false);
    }

    void EndAborted(MergeState merge)
    {
        foreach (var path in merge.Added)
            DeleteBeside(path);
        _state.WriteMerge(null);
    }

    /// <summary>Deletes one of the other sides, with the folders that this empties, when it is still there. What lies
    /// behind a link is not ours.</summary>
    void DeleteBeside(string path)
    {
        var file = Path.Join(Root, path);
        if (IsOnDisk(path) is not true || FirstFileAbove(path) is not null)
            return;
        File.Delete(file);
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            var folder = Path.Join(Root, path[..slash]);
            if (Directory.EnumerateFileSystemEntries(folder).Any())
                return;
            Directory.Delete(folder);
        }
    }

    /// <summary>Whether a file or link is at a path; null when a folder is.</summary>
    bool? IsOnDisk(string path)
    {
        var file = new FileInfo(Path.Join(Root, path));
        return file.LinkTarget is not null || file.Exists ? true : Directory.Exists(file.FullName) ? null : false;
    }

    /// <summary>The topmost path above one at which a file or a link is on the disk; null when there is none.</summary>
    string? FirstFileAbove(string path) => TreeMerge.Folders(path).FirstOrDefault(above => IsOnDisk(above) is true);

    void RefuseMerge(ContentHash? tree)
    {
        if (_state.ReadMerge() is { } going)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "merge-unfinished", $"The merge of '{going.Name}' is not ended.",
                "Commit it, or take it back with 'millrace merge --abort'.");
        }

        if (new TreeDiff(_trees).Compare(tree, FileIndex.Load(_state.IndexFile).Tree).FirstOrDefault() is { } staged)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "staged-changes", $"'{staged.Path}' is staged and not committed.",
                "Commit it, or take it back with 'millrace restore --staged PATH'; then merge.");
        }
    }

    /// <summary>Moves the branch to a commit that comes from it, and the files with it.</summary>
    async Task<CheckoutReport> AdvanceAsync(
        string? branch, ContentHash? from, ContentHash to, CheckoutOptions options, string why,
        CancellationToken cancellationToken) => await SwitchAsync(
        TreeOf(from), TreeOf(to), new HeadState(branch, branch is null ? to : null), to, options,
        branch is null ? null : () => Refs.MoveBranchAsync(branch, from, to, why, Author, cancellationToken),
        cancellationToken).ConfigureAwait(false);

    async Task<MergeReport> CommitMergeAsync(
        string? branch, ContentHash ours, ContentHash theirs, TreeMergeResult merged, string message,
        CheckoutOptions options, CancellationToken cancellationToken)
    {
        using var batch = _objects.BeginBatch();
        var tree = _trees.Apply(batch, TreeOf(ours), merged.Changes).Hash;
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        await CheckAsync(new CommitCheckContext(branch, ours, tree, message), cancellationToken).ConfigureAwait(false);
        var entry = await WriteCommitAsync(
            tree, [ours, theirs], message, Environment.GetEnvironmentVariable(RunVariable), cancellationToken)
            .ConfigureAwait(false);
        var report = await SwitchAsync(
            TreeOf(ours), tree, new HeadState(branch, branch is null ? entry.Id : null), entry.Id, options,
            () => MoveHeadAsync(branch, ours, entry, "merge", cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        return new MergeReport(entry.Id, false, false, []) { Erased = report.Erased };
    }

    async Task<MergeReport> LeaveConflictsAsync(
        HeadState head, ContentHash ours, (string Name, ContentHash Id) theirs, TreeMergeResult merged, string message,
        CheckoutOptions options, MergeState? cutOff, CancellationToken cancellationToken)
    {
        var changes = new Dictionary<string, TreeEntry?>(merged.Changes, StringComparer.Ordinal);
        using var batch = _objects.BeginBatch();
        var staged = _trees.Apply(batch, TreeOf(ours), changes).Hash;
        await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
        var beside = Beside(merged.Conflicts, staged, theirs.Name, cutOff);
        var state = new MergeState(
            theirs.Id.ToString(), theirs.Name, message,
            [.. merged.Conflicts.Select(conflict => conflict.Path).Order(Utf8Order.Instance)], [.. beside.Keys])
        {
            Reasons = merged.Conflicts.DistinctBy(conflict => conflict.Path)
                .ToDictionary(conflict => conflict.Path, conflict => conflict.Reason, StringComparer.Ordinal),
        };
        await EnsureContentsAsync(
            [
                .. beside.Where(file => file.Value is { Kind: not TreeEntryKind.Table } entry && IsLacking(entry.Hash))
                    .Select(file => new TreeChange(file.Key, null, file.Value)),
            ],
            cancellationToken).ConfigureAwait(false);
        // The merge is written down once nothing stands in its way and the journal keeps others from committing.
        await SwitchAsync(
            TreeOf(ours), staged, head, ours,
            options with { BeforeEnd = () => WriteBeside(beside, cutOff is not null, cancellationToken) },
            () =>
            {
                _state.WriteMerge(state);
                return Task.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        return new MergeReport(null, false, false, merged.Conflicts) { Beside = [.. beside.Keys] };
    }

    /// <summary>Where the other sides go: beside the path, or, where a file of ours stands in the place of their
    /// folder, into a folder beside that file.</summary>
    Dictionary<string, TreeEntry?> Beside(
        IReadOnlyList<MergeConflict> conflicts, ContentHash staged, string name, MergeState? cutOff)
    {
        var suffix = $".THEIRS~{string.Concat(name.Select(c => c is '/' or '~' or '^' ? '-' : c))}";
        var beside = new Dictionary<string, TreeEntry?>(StringComparer.Ordinal);
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var conflict in conflicts)
        {
            if (conflict.Theirs is not { Kind: not TreeEntryKind.Table } entry)
                continue;
            // One that was cut off may have written some of them.
            if (cutOff?.Added.ElementAtOrDefault(beside.Count) is { } known)
            {
                beside[known] = entry;
                continue;
            }

            var blocking = TreeMerge.Folders(conflict.Path).FirstOrDefault(
                above => _trees.Find(staged, above) is { } ours ? ours.Kind != TreeEntryKind.Folder
                    : IsOnDisk(above) is true);
            if (blocking is null)
            {
                beside[BesideName(conflict.Path, suffix)] = entry;
                continue;
            }

            if (!folders.TryGetValue(blocking, out var folder))
                folders.Add(blocking, folder = BesideName(blocking, suffix));
            beside[folder + conflict.Path[blocking.Length..]] = entry;
        }

        return beside;
    }

    /// <summary>Writes the other sides, each whole or not at all.</summary>
    void WriteBeside(Dictionary<string, TreeEntry?> beside, bool isResumed, CancellationToken cancellationToken)
    {
        var plan = new CheckoutPlan(Root, FileIndex.Empty, isForced: false, isResumed);
        plan.Decide(
            [.. beside.Select(file => new CheckoutStep(file.Key, null, file.Value, []))],
            (string _, in IndexRecord _) => { }, cancellationToken);
        RefuseBlocked(plan.Blocked);
        var writer = Materializer(null, cancellationToken, writesAside: true);
        writer.Apply(plan, (string _, in IndexRecord _) => { });
        writer.Sync();
    }

    /// <summary>A name that no file has yet, short enough for a file system.</summary>
    string BesideName(string path, string suffix)
    {
        var slash = path.LastIndexOf('/');
        var name = path[(slash + 1)..];
        while (!TreeNode.IsName(name + suffix) && name.Length > 1)
            name = name[..^1];
        var wanted = path[..(slash + 1)] + name + suffix;
        for (var number = 2; IsOnDisk(wanted) is not false; number++)
            wanted = $"{path[..(slash + 1)]}{name}{suffix}.{number}";
        return wanted;
    }
}
