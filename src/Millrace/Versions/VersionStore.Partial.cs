using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    /// <summary>Whether contents may be missing that only a remote has, after a sparse clone or a fetch without
    /// contents.</summary>
    public bool IsPartial
    {
        get => _state.IsPartial;
        internal set => _state.IsPartial = value;
    }

    /// <summary>The paths that a sparse checkout has; null when it has all.</summary>
    public IReadOnlyList<string>? SparsePaths => _state.ReadSparse()?.Paths;

    internal string AuthorName => Author;

    /// <summary>Makes an empty checkout one of some paths only; of none when there are none.</summary>
    internal void MakeSparse(IReadOnlyList<string> paths)
    {
        _state.WriteSparse(new SparsePaths(paths));
        _state.IsPartial = true;
    }

    /// <summary>Puts an empty checkout onto a branch that is yet to come.</summary>
    internal void GoToUnborn(string branch, CancellationToken cancellationToken)
    {
        using var held = _state.Lock(cancellationToken);
        KeepHead(new HeadState(branch, null));
    }

    /// <summary>A path of a sparse checkout that was asked for by name belongs to it from then on.</summary>
    void TakePaths(IReadOnlyList<string> paths)
    {
        if (_state.ReadSparse() is { } sparse && paths.Any(path => !sparse.Has(path)))
            _state.WriteSparse(sparse.With(paths));
    }

    /// <summary>Sees to it that contents are here before a file is touched.</summary>
    /// <param name="changes">Files whose contents are not here.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>object-missing</c>: they are not, and cannot be brought.</exception>
    async Task EnsureContentsAsync(IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        var lacking = await FetchContentsAsync(changes, cancellationToken).ConfigureAwait(false);
        if (lacking.Count > 0)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "object-missing",
                $"Of the files to write, {lacking.Count} are not in the store, such as '{lacking[0].Path}' "
                + $"({lacking[0].After!.Hash.Short}).",
                (FetchMissing is null
                    ? "'millrace fsck' lists what is lost; 'millrace fsck --repair' takes it again from where it is."
                    : "Bring them with 'millrace fetch', then run the command again.") + " Nothing was changed.");
        }
    }

    /// <summary>Brings contents that are not here, where a remote can be asked.</summary>
    /// <param name="changes">Files whose contents are not here.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What still is not here.</returns>
    async Task<List<TreeChange>> FetchContentsAsync(
        IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        var lacking = changes.ToList();
        if (lacking.Count > 0 && FetchMissing is { } fetch)
        {
            await fetch([.. lacking.Select(change => change.After!.Hash)], cancellationToken).ConfigureAwait(false);
            lacking.RemoveAll(change => !IsLacking(change.After!.Hash));
        }

        return lacking;
    }

    /// <summary>Says which files were not written once the others were.</summary>
    void RefuseLost(IReadOnlyList<LostFile> lost, long writtenCount)
    {
        if (lost.Count == 0)
            return;
        var first = lost.MinBy(file => file.Path, Utf8Order.Instance)!;
        var names = lost.Select(file => file.Path).Order(Utf8Order.Instance).Take(ListedMax);
        var more = lost.Count > ListedMax ? $" and {lost.Count - ListedMax} more" : "";
        throw new MillraceException(
            first.Why.Kind, first.Why.Code,
            $"{writtenCount} files were written, and {lost.Count} could not be: {string.Join(", ", names)}{more}. "
            + first.Why.Message,
            first.Why.Code == "object-missing" && FetchMissing is not null
                ? "No remote that was asked has it; 'millrace fsck' lists everything missing and who references it."
                : first.Why.Hint, first.Why);
    }

    /// <summary>Writes content that is in the store to a file, then stages it. What the file has must be staged, or
    /// what is expected; else nothing changes.</summary>
    /// <param name="path">From the root.</param>
    /// <param name="entry">The content.</param>
    /// <param name="before">What may also be there; null for nothing.</param>
    /// <param name="isResumed">Whether the same was cut off before.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>local-changes</c>, <c>checkout-busy</c>, <c>disk-full</c>.</exception>
    internal async Task PlaceAsync(
        string path, TreeEntry entry, TreeEntry? before, bool isResumed, CancellationToken cancellationToken)
    {
        using var held = _state.Lock(cancellationToken);
        RefuseUnfinished();
        var index = FileIndex.Load(_state.IndexFile);
        var edit = new IndexEdit(index);
        edit.Set(path, WriteFile(index, path, entry, before, isResumed, cancellationToken));
        await SaveAsync(edit.Folders()).ConfigureAwait(false);
        TakePaths([path]);
        Resolve([path]);
    }

    /// <summary>Writes one file as a checkout would; the index stays. The caller holds the lock.</summary>
    internal IndexRecord WriteFile(
        FileIndex index, string path, TreeEntry entry, TreeEntry? before, bool isResumed,
        CancellationToken cancellationToken)
    {
        var plan = new CheckoutPlan(Root, index, isForced: false, isResumed);
        var placed = default(IndexRecord);
        RecordSink keep = (string _, in IndexRecord record) => placed = record;
        plan.Decide([new CheckoutStep(path, before, entry, before is null ? [] : [before])], keep, cancellationToken);
        RefuseBlocked(plan.Blocked);
        var writer = Materializer(null, cancellationToken, writesAside: true);
        writer.Apply(plan, keep);
        writer.Sync();
        return placed;
    }

    /// <summary>Goes to a branch of a clone: makes it where the remote has it, and its files.</summary>
    /// <param name="branch">The branch; also HEAD.</param>
    /// <param name="commit">Where it is.</param>
    /// <param name="progress">Told of how far it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task<CheckoutReport> BeginAsync(
        string branch, ContentHash commit, IProgress<ScanProgress>? progress, CancellationToken cancellationToken)
    {
        using var held = _state.Lock(cancellationToken);
        var known = await Refs.BranchAsync(branch, cancellationToken).ConfigureAwait(false);
        return await SwitchAsync(
            null, TreeOf(commit), new HeadState(branch, null), commit,
            new CheckoutOptions { Progress = progress },
            known is not null ? null
                : () => Refs.MoveBranchAsync(branch, null, commit, "clone", Author, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }
}
