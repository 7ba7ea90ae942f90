using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions;

/// <summary>How a checkout differs from its commit.</summary>
/// <param name="Branch">The branch, or null when it is on none.</param>
/// <param name="Commit">The commit, or null when there is none yet.</param>
/// <param name="Staged">What the next commit will change.</param>
/// <param name="Changes">Files that differ from what is staged.</param>
/// <param name="Conflicts">Paths of a merge that are not resolved.</param>
/// <param name="MergeOf">What is being merged, or null.</param>
/// <param name="Unfinished">What a checkout that was cut off went to, or null.</param>
/// <param name="LeftOut">Files that cannot be stored.</param>
/// <param name="Collisions">Paths that other systems cannot tell apart.</param>
/// <param name="FileCount">Files looked at.</param>
public sealed record StatusReport(
    string? Branch,
    ContentHash? Commit,
    IReadOnlyList<TreeChange> Staged,
    IReadOnlyList<FileChange> Changes,
    IReadOnlyList<string> Conflicts,
    string? MergeOf,
    string? Unfinished,
    IReadOnlyList<LeftOutFile> LeftOut,
    IReadOnlyList<(string One, string Other)> Collisions,
    long FileCount)
{
    /// <summary>What makes each path a conflict, as far as it is known.</summary>
    public IReadOnlyDictionary<string, string> Reasons { get; init; } = new Dictionary<string, string>();

    public bool IsClean => Staged.Count == 0 && Changes.Count == 0 && MergeOf is null && Unfinished is null;
}

/// <summary>What came of <c>add</c>.</summary>
/// <param name="Changes">What is staged now and was not.</param>
/// <param name="LeftOut">Files that were not taken, and why.</param>
/// <param name="FileCount">Files looked at.</param>
/// <param name="ReadFiles">Files read.</param>
/// <param name="ReadBytes">Bytes of these.</param>
public sealed record AddReport(
    IReadOnlyList<FileChange> Changes, IReadOnlyList<LeftOutFile> LeftOut, long FileCount, long ReadFiles,
    long ReadBytes);

/// <summary>What came of a checkout.</summary>
/// <param name="Branch">The branch it is on now, or null.</param>
/// <param name="Commit">The commit.</param>
/// <param name="WrittenFiles">Files written.</param>
/// <param name="RemovedFiles">Files removed.</param>
public sealed record CheckoutReport(string? Branch, ContentHash? Commit, long WrittenFiles, long RemovedFiles)
{
    /// <summary>Files that the commit has and whose content was erased on purpose: they were not written.</summary>
    public IReadOnlyList<string> Erased { get; init; } = [];
}

/// <summary>What came of a merge.</summary>
/// <param name="Commit">Where the branch is now; null when conflicts are to be resolved first.</param>
/// <param name="IsFastForward">Whether no commit had to be made.</param>
/// <param name="IsUpToDate">Whether there was nothing to do.</param>
/// <param name="Conflicts">What both sides changed.</param>
public sealed record MergeReport(
    ContentHash? Commit, bool IsFastForward, bool IsUpToDate, IReadOnlyList<MergeConflict> Conflicts)
{
    /// <summary>Files that hold the other sides of conflicts.</summary>
    public IReadOnlyList<string> Beside { get; init; } = [];

    /// <summary>Files whose content was erased on purpose: they were not written.</summary>
    public IReadOnlyList<string> Erased { get; init; } = [];
}

/// <summary>What came of <c>restore</c>.</summary>
/// <param name="ChangedCount">Paths that were changed: files, or with a source also tables.</param>
/// <param name="Erased">Files whose content was erased on purpose: they were not written.</param>
public sealed record RestoreReport(long ChangedCount, IReadOnlyList<string> Erased);

/// <summary>The last commit that changed a path, for <c>why</c>.</summary>
/// <param name="Path">The path.</param>
/// <param name="Entry">What is there.</param>
/// <param name="Commit">The commit.</param>
public sealed record PathOrigin(string Path, TreeEntry Entry, CommitEntry Commit);
