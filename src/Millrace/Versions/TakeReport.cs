namespace Millrace.Versions;

/// <summary>What was taken from a commit or an import.</summary>
/// <param name="FileCount">Files that it has.</param>
/// <param name="StagedCount">Those that were not staged so.</param>
/// <param name="WrittenCount">Those that were written; the others were on the disk.</param>
public sealed record TakeReport(long FileCount, long StagedCount, long WrittenCount)
{
    /// <summary>Files whose content was erased on purpose: they were not written.</summary>
    public IReadOnlyList<string> Erased { get; init; } = [];
}
