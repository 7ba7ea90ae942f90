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
        var plan = new CheckoutPlan(Root, index, isForced, sparse: sparse) { IsLacking = IsLacking };
        var edit = new IndexEdit(index);
        var (writtenCount, erased, lost) = await WriteAsync(
            plan, steps, paths, isForced, edit.Set, progress, cancellationToken).ConfigureAwait(false);
        await SaveAsync(edit.Folders()).ConfigureAwait(false);
        RefuseLost(lost, writtenCount);
        Resolve(paths.Count == 0 ? [""] : paths);
        return new TakeReport(plan.StepCount, plan.DifferentCount, writtenCount - erased.Count) { Erased = erased };
    }

    /// <summary>Writes the files of some paths once nothing stands in their way, all but those whose contents cannot be
    /// had. The index stays.</summary>
    async Task<(long WrittenCount, IReadOnlyList<string> Erased, IReadOnlyList<LostFile> Lost)> WriteAsync(
        CheckoutPlan plan, IEnumerable<CheckoutStep> steps, IReadOnlyList<string> paths, bool isForced, RecordSink keep,
        IProgress<ScanProgress>? progress, CancellationToken cancellationToken)
    {
        plan.Decide(steps, keep, cancellationToken);
        RefuseBlocked(plan.Blocked, isForced);
        await FetchContentsAsync(plan.Lacking, cancellationToken).ConfigureAwait(false);
        TakePaths(Topmost(paths));
        var writer = Materializer(progress, cancellationToken, skipsLost: true);
        var writtenCount = writer.Apply(plan, keep);
        writer.Sync();
        IReadOnlyList<string> erased =
            writer.Erased.Count == 0 ? [] : [.. writer.Erased.Order(StringComparer.Ordinal)];
        return (writtenCount, erased, writer.Lost);
    }

    /// <summary>What is at or below some paths, each time anew.</summary>
    IEnumerable<CheckoutStep> TakenSteps(
        ContentHash tree, string source, IReadOnlyList<string> paths, FileIndex index)
    {
        foreach (var path in paths)
        {
            var entry = _trees.Find(tree, path) ?? throw new MillraceException(
                ErrorKind.NotFound, "path-unknown", $"There is no '{path}' in {source}.",
                $"'millrace ls {source}' shows what there is.");
            foreach (var file in entry.Kind == TreeEntryKind.Folder
                ? _trees.Files(entry.Hash, path) : [new TreePath(path, entry)])
            {
                var known = index.Find(file.Path) is { } record ? IndexTree.Entry("", record) : null;
                yield return new CheckoutStep(file.Path, known, file.Entry, []);
            }
        }
    }
}
