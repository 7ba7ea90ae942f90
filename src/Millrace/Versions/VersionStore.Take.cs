using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

public sealed partial class VersionStore
{
    /// <summary>Stages what a commit or an import has, and writes its files. What it does not have stays as it
    /// is.</summary>
    /// <param name="source">What <see cref="ResolveAsync"/> takes.</param>
    /// <param name="paths">Only what is at or below these; none for all.</param>
    /// <param name="isForced">Whether files that differ are replaced.</param>
    /// <param name="progress">Told of how far it is, from any thread.</param>
    /// <param name="cancellationToken">Ends it; the same command then goes on from there.</param>
    /// <exception cref="MillraceException"><c>local-changes</c>, <c>path-unknown</c>, <c>ref-unknown</c>,
    /// <c>import-missing</c>, <c>import-attached</c>, <c>checkout-busy</c>, <c>disk-full</c>.</exception>
    public async Task<TakeReport> TakeAsync(
        string source, IReadOnlyList<string> paths, bool isForced = false,
        IProgress<ScanProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        using var held = _state.Lock(cancellationToken);
        RefuseUnfinished();
        var index = FileIndex.Load(_state.IndexFile);
        var commit = await ResolveAsync(source, cancellationToken).ConfigureAwait(false);
        var steps = TakenSteps(_history.Read(commit).Tree, source, paths.Count == 0 ? [""] : Topmost(paths), index);
        var sparse = paths.Count == 0 ? _state.ReadSparse() : null;
        var plan = new CheckoutPlan(Root, index, isForced, sparse: sparse);
        var (written, erased) = await WriteAsync(plan, steps, paths, isForced, progress, cancellationToken)
            .ConfigureAwait(false);
        var edit = new IndexEdit(index);
        foreach (var file in written.Concat(plan.Known))
            edit.Set(file.Path, file.Record);
        await SaveAsync(edit.Folders()).ConfigureAwait(false);
        Resolve(paths.Count == 0 ? [""] : paths);
        return new TakeReport(
            steps.Count, steps.LongCount(step => !IsSame(step.Before, step.After)), written.Count - erased.Count)
        {
            Erased = erased,
        };

        static bool IsSame(TreeEntry? one, TreeEntry? other) => one?.Hash == other?.Hash && one?.Kind == other?.Kind;
    }

    /// <summary>Writes the files of some paths once nothing stands in their way and their contents are here. The index
    /// stays.</summary>
    async Task<(IReadOnlyList<WrittenFile> Written, IReadOnlyList<string> Erased)> WriteAsync(
        CheckoutPlan plan, IReadOnlyCollection<CheckoutStep> steps, IReadOnlyList<string> paths, bool isForced,
        IProgress<ScanProgress>? progress, CancellationToken cancellationToken)
    {
        plan.Decide(steps, cancellationToken);
        RefuseBlocked(plan.Blocked, isForced);
        await EnsureContentsAsync(plan.Changes, cancellationToken).ConfigureAwait(false);
        TakePaths(Topmost(paths));
        var writer = Materializer(progress, cancellationToken);
        var written = writer.Apply(plan.Changes);
        writer.Sync();
        return (written, writer.Erased.Count == 0 ? [] : [.. writer.Erased.Order(StringComparer.Ordinal)]);
    }

    List<CheckoutStep> TakenSteps(
        ContentHash tree, string source, IReadOnlyList<string> paths, FileIndex index)
    {
        var steps = new List<CheckoutStep>();
        foreach (var path in paths)
        {
            var entry = _trees.Find(tree, path) ?? throw new MillraceException(
                ErrorKind.NotFound, "path-unknown", $"There is no '{path}' in {source}.",
                $"'millrace ls {source}' shows what there is.");
            foreach (var file in entry.Kind == TreeEntryKind.Folder
                ? _trees.Files(entry.Hash, path) : [new TreePath(path, entry)])
            {
                var known = index.Find(file.Path) is { } record ? IndexTree.Entry("", record) : null;
                steps.Add(new CheckoutStep(file.Path, known, file.Entry, []));
            }
        }

        return steps;
    }
}
