using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    const int ListedMax = 20;

    /// <summary>Goes to a branch or a commit: makes the files what its tree says. Files that are not versioned
    /// stay.</summary>
    /// <param name="revision">A branch, or what <see cref="ResolveAsync"/> takes.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends it; the same checkout then goes on from there.</param>
    /// <exception cref="MillraceException"><c>local-changes</c>, <c>ref-unknown</c>, <c>ref-moved</c>,
    /// <c>checkout-busy</c>, <c>disk-full</c>.</exception>
    public async Task<CheckoutReport> CheckoutAsync(
        string revision, CheckoutOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new CheckoutOptions();
        using var held = _state.Lock(cancellationToken);
        var (branch, commit) = await TargetAsync(revision, options, cancellationToken).ConfigureAwait(false);
        if (_state.ReadMerge() is not null && !options.IsForced)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "merge-unfinished", "A merge is not ended.",
                "Commit it, or take it back with 'millrace merge --abort'.");
        }

        Func<Task>? moveRef = null;
        branch = options.NewBranch ?? branch;
        if (branch is not null && commit is { } start
            && !await IsMadeAsync(branch, start, options, cancellationToken).ConfigureAwait(false))
        {
            moveRef = () => Refs.MoveBranchAsync(branch, null, start, "checkout -b", Author, cancellationToken);
        }

        var head = await HeadAsync(cancellationToken).ConfigureAwait(false);
        return await SwitchAsync(
            TreeOf(head.Commit), TreeOf(commit), new HeadState(branch, branch is null ? commit : null), commit,
            // A merge is given up before the journal goes, after which one could commit.
            options.IsForced ? options with { BeforeEnd = () => _state.WriteMerge(null) } : options,
            moveRef, cancellationToken).ConfigureAwait(false);
    }

    async Task<(string? Branch, ContentHash? Commit)> TargetAsync(
        string revision, CheckoutOptions options, CancellationToken cancellationToken)
    {
        var tip = options.NewBranch is null && RefName.IsValid(revision)
            ? await Refs.BranchAsync(revision, cancellationToken).ConfigureAwait(false)
            : null;
        if (tip is not null)
            return (revision, tip);
        if (BegunAt(revision) is { } begun)
            return (revision, begun);
        var head = _state.ReadHead();
        var isHead = revision == head.Branch || revision == "HEAD";
        if (isHead && (await HeadAsync(cancellationToken).ConfigureAwait(false)).Commit is null)
            return (head.Branch, null);
        var commit = await ResolveAsync(revision, cancellationToken).ConfigureAwait(false);
        return revision == "HEAD" ? (head.Branch, commit) : (null, commit);
    }

    /// <summary>Whether the branch is there; a new one may be there only if a checkout that was cut off made it.
    /// </summary>
    async Task<bool> IsMadeAsync(
        string branch, ContentHash start, CheckoutOptions options, CancellationToken cancellationToken)
    {
        var tip = await Refs.BranchAsync(branch, cancellationToken).ConfigureAwait(false);
        if (options.NewBranch is null || (tip == start && BegunAt(branch) == start))
            return tip is not null;
        await CheckNewNameAsync(branch, cancellationToken).ConfigureAwait(false);
        return tip is { } known ? throw BranchExists(branch, known) : false;
    }

    /// <summary>The commit that a checkout of a branch went to when it was cut off, or null.</summary>
    ContentHash? BegunAt(string branch) =>
        _state.ReadJournal() is { } journal && journal.Branch == branch
        && ContentHash.TryParse(journal.Commit, out var commit) ? commit : null;

    /// <summary>The one way in which files, index and HEAD go from one tree to another. A journal stands while it
    /// works, so that what was cut off is known and completed.</summary>
    /// <param name="before">The tree that the checkout is at.</param>
    /// <param name="after">The tree that it goes to.</param>
    /// <param name="headAfter">Where HEAD is then.</param>
    /// <param name="commitAfter">The commit of it.</param>
    /// <param name="options">How.</param>
    /// <param name="moveRef">Called when nothing stands in the way, before a file is touched.</param>
    /// <param name="cancellationToken">Ends it.</param>
    async Task<CheckoutReport> SwitchAsync(
        ContentHash? before, ContentHash? after, HeadState headAfter, ContentHash? commitAfter,
        CheckoutOptions options, Func<Task>? moveRef, CancellationToken cancellationToken)
    {
        var index = FileIndex.Load(_state.IndexFile);
        var journal = _state.ReadJournal();
        var steps = Steps(index, before, after, journal, options.IsForced, cancellationToken);
        return await ApplyAsync(
            index, journal, steps, new CheckoutJournal(
                headAfter.Branch, commitAfter?.ToString(), (after ?? default).ToString(),
                CatalogTime.ToMicroseconds(_time.GetUtcNow())),
            headAfter, commitAfter, options, moveRef, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Goes to a tree for the checkout of a git work tree, where HEAD is git's: files that are gone come back,
    /// and with force what was changed below some paths. The caller holds the lock.</summary>
    internal async Task<CheckoutReport> SwitchDataAsync(
        ContentHash? after, IReadOnlyList<string> paths, CheckoutOptions options, CancellationToken cancellationToken)
    {
        var index = FileIndex.Load(_state.IndexFile);
        var journal = _state.ReadJournal();
        var steps = Gather(index, index.Tree, after, journal, isForced: false, cancellationToken);
        var found = _files.Scan(index, Topmost(paths), cancellationToken);
        var memory = new TreeMemory();
        foreach (var path in found.Changes
            .Where(change => change.Kind == FileChangeKind.Deleted
                || (options.IsForced && change.Kind == FileChangeKind.Modified))
            .Select(change => change.Path).Concat(found.Missing.SelectMany(index.FilesIn)))
        {
            var entry = after is { } tree ? _trees.Find(tree, path, memory) : null;
            if (entry is { Kind: not TreeEntryKind.Folder })
                steps.TryAdd(path, new CheckoutStep(path, entry, entry, []));
        }

        return await ApplyAsync(
            index, journal, steps.Values, new CheckoutJournal(
                null, null, (after ?? default).ToString(), CatalogTime.ToMicroseconds(_time.GetUtcNow())),
            _state.ReadHead(), null, options, null, cancellationToken).ConfigureAwait(false);
    }

    async Task<CheckoutReport> ApplyAsync(
        FileIndex index, CheckoutJournal? journal, IEnumerable<CheckoutStep> steps, CheckoutJournal begun,
        HeadState headAfter, ContentHash? commitAfter, CheckoutOptions options, Func<Task>? moveRef,
        CancellationToken cancellationToken)
    {
        ContentHash? after = ContentHash.Parse(begun.Tree) is var begunTree && begunTree != default ? begunTree : null;
        var plan = new CheckoutPlan(Root, index, options.IsForced, journal is not null, _state.ReadSparse())
        {
            GuardsStaged = !options.IsForced && journal is null,
            IsLacking = IsLacking,
        };
        var edit = new IndexEdit(index);
        plan.Decide(steps, edit.Set, cancellationToken);
        RefuseBlocked(plan.Blocked, options.IsForced);
        await EnsureContentsAsync(plan.Lacking, cancellationToken).ConfigureAwait(false);
        _state.WriteJournal(begun);
        if (moveRef is not null)
        {
            try
            {
                await moveRef().ConfigureAwait(false);
            }
            catch
            {
                if (journal is null)
                    _state.WriteJournal(null);
                throw;
            }
        }

        var writer = Materializer(options.Progress, cancellationToken);
        var writtenCount = writer.Apply(plan, edit.Set);
        plan.Gone(edit.Remove);
        var folders = edit.Folders();
        using var batch = _objects.BeginBatch();
        var tree = IndexTree.Write(batch, folders);
        await batch.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        writer.Sync();
        new FileIndex(folders, folders.Count == 0 ? null : tree).Save(_state.IndexFile);
        KeepHead(headAfter);
        KeepTree(headAfter.Branch, commitAfter, after);
        options.BeforeEnd?.Invoke();
        _state.WriteJournal(null);
        return new CheckoutReport(
            headAfter.Branch, commitAfter, writtenCount - writer.Erased.Count, plan.RemovedCount)
        {
            Erased = [.. writer.Erased.Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>What differs between two trees, each time anew; with more to look at, gathered first.</summary>
    IEnumerable<CheckoutStep> Steps(
        FileIndex index, ContentHash? before, ContentHash? after, CheckoutJournal? journal, bool isForced,
        CancellationToken cancellationToken)
    {
        return journal is null && !isForced
            ? Between() : Gather(index, before, after, journal, isForced, cancellationToken).Values;

        IEnumerable<CheckoutStep> Between()
        {
            foreach (var change in new TreeDiff(_trees).Compare(before, after))
            {
                yield return new CheckoutStep(
                    change.Path, change.Before, change.After, change.Before is { } known ? [known] : []);
            }
        }
    }

    Dictionary<string, CheckoutStep> Gather(
        FileIndex index, ContentHash? before, ContentHash? after, CheckoutJournal? journal, bool isForced,
        CancellationToken cancellationToken)
    {
        var diff = new TreeDiff(_trees);
        var steps = new Dictionary<string, CheckoutStep>(StringComparer.Ordinal);
        Add(before);
        if (journal is not null || isForced)
            Add(index.Tree);
        if (journal is not null && ContentHash.TryParse(journal.Tree, out var cutOff) && cutOff != default)
            Add(cutOff);
        if (isForced)
        {
            // Also what the user changed in files that both trees have.
            var memory = new TreeMemory();
            foreach (var change in _files.Scan(index, [""], cancellationToken).Changes)
            {
                if (change.Kind == FileChangeKind.Untracked || steps.ContainsKey(change.Path))
                    continue;
                var entry = after is { } tree ? _trees.Find(tree, change.Path, memory) : null;
                if (entry is not { Kind: TreeEntryKind.Folder })
                    steps.Add(change.Path, new CheckoutStep(change.Path, entry, entry, []));
            }
        }

        return steps;

        void Add(ContentHash? from)
        {
            foreach (var change in diff.Compare(from, after))
            {
                if (steps.TryGetValue(change.Path, out var known))
                {
                    steps[change.Path] = known with { AlsoExpected = [.. known.AlsoExpected, .. One(change.Before)] };
                }
                else
                {
                    steps.Add(
                        change.Path,
                        new CheckoutStep(change.Path, change.Before, change.After, One(change.Before)));
                }
            }
        }

        static TreeEntry[] One(TreeEntry? entry) => entry is null ? [] : [entry];
    }

    /// <summary>Whether an object is neither here nor erased on purpose.</summary>
    bool IsLacking(ContentHash hash) => !_objects.IsReadable(hash) && _objects.IsErased?.Invoke(hash) != true;

    static void RefuseBlocked(IEnumerable<string> paths, bool isForced = false)
    {
        var blocked = paths.Distinct(StringComparer.Ordinal).ToList();
        if (blocked.Count == 0)
            return;
        var more = blocked.Count > ListedMax ? $" and {blocked.Count - ListedMax} more" : "";
        if (isForced)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "local-changes",
                "A folder stands where a file shall be, or a file or link where a folder shall be, and no version has "
                + $"what is there: {string.Join(", ", blocked.Take(ListedMax))}{more}.",
                "Move each away or delete it, then run the command again; nothing was changed.");
        }

        throw new MillraceException(
            ErrorKind.Conflict, "local-changes",
            $"These files were changed here and would be lost: {string.Join(", ", blocked.Take(ListedMax))}{more}.",
            "Commit them, move them away, or give them up with 'millrace restore PATH' or '--force'; nothing was "
            + "changed.");
    }

    /// <summary>Makes files, and with <paramref name="isStaged"/> only the index, what a commit or the index has.
    /// </summary>
    /// <param name="paths">From the root.</param>
    /// <param name="source">Where it is taken from; null for the index, or for HEAD when only the index is changed.
    /// </param>
    /// <param name="isStaged">Whether the index is changed and not the files.</param>
    /// <param name="both">Whether both are.</param>
    /// <param name="progress">Told of how far it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>path-unknown</c>, <c>ref-unknown</c>, <c>local-changes</c>,
    /// <c>checkout-busy</c>.</exception>
    public async Task<RestoreReport> RestoreAsync(
        IReadOnlyList<string> paths, string? source, bool isStaged, bool both = false,
        IProgress<ScanProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var held = _state.Lock(cancellationToken);
        RefuseUnfinished();
        var index = FileIndex.Load(_state.IndexFile);
        var tree = index.Tree;
        if (source is not null)
            tree = TreeOf(await ResolveAsync(source, cancellationToken).ConfigureAwait(false));
        else if (isStaged)
            tree = TreeOf((await HeadAsync(cancellationToken).ConfigureAwait(false)).Commit);
        var steps = new Dictionary<string, CheckoutStep>(StringComparer.Ordinal);
        foreach (var path in Topmost(paths))
            AddRestored(steps, index, tree, path);
        if (isStaged)
        {
            return new RestoreReport(
                await RestoreIndexAsync(index, steps.Values, paths).ConfigureAwait(false), []);
        }

        var plan = new CheckoutPlan(Root, index, isForced: true) { IsLacking = IsLacking };
        var tableCount = 0L;
        var edit = new IndexEdit(index);
        var (writtenCount, erased, lost) = await WriteAsync(
            plan, steps.Values, paths, isForced: true, Keep, progress, cancellationToken).ConfigureAwait(false);
        if (both)
            plan.Gone(edit.Remove);
        await SaveAsync(edit.Folders()).ConfigureAwait(false);
        RefuseLost(lost, writtenCount);
        Resolve(paths);
        return new RestoreReport(plan.ChangeCount - erased.Count + tableCount, erased);

        void Keep(string path, in IndexRecord record)
        {
            // Another version in the files alone is a change that is not staged.
            if (record.Kind == TreeEntryKind.Table && index.Find(path)?.Hash != record.Hash)
                tableCount++;
            if (both || index.Find(path)?.Hash == record.Hash || record.Kind == TreeEntryKind.Table)
                edit.Set(path, record);
        }
    }

    async Task<long> RestoreIndexAsync(
        FileIndex index, IReadOnlyCollection<CheckoutStep> steps, IReadOnlyList<string> paths)
    {
        var edit = new IndexEdit(index);
        var changed = 0L;
        foreach (var step in steps)
        {
            var known = index.Find(step.Path);
            if (known?.Hash == step.After?.Hash && known?.Kind == step.After?.Kind)
                continue;
            changed++;
            if (step.After is { } entry)
                edit.Set(step.Path, IndexTree.Record(entry));
            else
                edit.Remove(step.Path);
        }

        await SaveAsync(edit.Folders()).ConfigureAwait(false);
        Resolve(paths);
        return changed;
    }

    void AddRestored(
        Dictionary<string, CheckoutStep> steps, FileIndex index, ContentHash? tree, string path)
    {
        var entry = tree is { } root ? _trees.Find(root, path) : null;
        if (entry is { Kind: TreeEntryKind.Folder })
        {
            foreach (var file in _trees.Files(entry.Hash, path))
                steps[file.Path] = new CheckoutStep(file.Path, file.Entry, file.Entry, []);
        }
        else if (entry is not null)
        {
            steps[path] = new CheckoutStep(path, entry, entry, []);
        }

        foreach (var (folderPath, folder) in index.Folders)
        {
            for (var i = 0; i < folder.Records.Length; i++)
            {
                var file = folder.PathOf(i);
                if (TreeScan.IsWithin(file, path))
                    steps.TryAdd(file, new CheckoutStep(file, IndexTree.Entry("", folder.Records[i]), null, []));
                else if (!TreeScan.IsWithin(folderPath, path) && !TreeScan.IsWithin(path, folderPath))
                    break;
            }
        }

        if (entry is null && index.Find(path) is null && !index.HasBelow(path) && !IsConflict(path))
        {
            throw new MillraceException(
                ErrorKind.NotFound, "path-unknown", $"There is no '{path}' in the commit, and none is staged.",
                "'millrace ls' shows what there is.");
        }
    }

    async Task SaveAsync(Dictionary<string, IndexFolder> folders)
    {
        using var batch = _objects.BeginBatch();
        var tree = IndexTree.Write(batch, folders);
        await batch.CommitAsync().ConfigureAwait(false);
        new FileIndex(folders, folders.Count == 0 ? null : tree).Save(_state.IndexFile);
    }
}
