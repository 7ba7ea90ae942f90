using Millrace.Versions.Files;

namespace Millrace.Versions.BesideGit;

/// <summary>How the data at a pointer's path is. The numbers are in no file.</summary>
public enum PointerState
{
    /// <summary>The version that the pointer names is checked out; files may have been changed since.</summary>
    Current = 0,

    /// <summary>Another version is checked out: git brought another pointer.</summary>
    Moved = 1,

    /// <summary>There is nothing at the path.</summary>
    NotHere = 2,

    /// <summary>Something is at the path that Millrace never checked out or stored.</summary>
    Unknown = 3,

    /// <summary>The pointer cannot be read.</summary>
    Damaged = 4,
}

/// <summary>A pointer of the work tree, and how the data beside it is.</summary>
/// <param name="Found">The pointer.</param>
/// <param name="State">How the data is.</param>
public sealed record PointerStatus(FoundPointer Found, PointerState State);

/// <summary>How the data in a git work tree differs from what its pointers say.</summary>
/// <param name="Pointers">Every pointer, by path.</param>
/// <param name="Changes">Files that differ from what was checked out or stored last; untracked ones are new files in a
/// folder with a pointer.</param>
/// <param name="Orphans">Paths that were checked out and have no pointer any more.</param>
/// <param name="Conflicts">The other side's files that a merge left beside ours.</param>
/// <param name="IsCutOff">Whether a checkout was cut off.</param>
/// <param name="LeftOut">Files that cannot be stored.</param>
/// <param name="Collisions">Paths that other systems cannot tell apart.</param>
/// <param name="FileCount">Files looked at.</param>
public sealed record GitStatus(
    IReadOnlyList<PointerStatus> Pointers,
    IReadOnlyList<FileChange> Changes,
    IReadOnlyList<string> Orphans,
    IReadOnlyList<string> Conflicts,
    bool IsCutOff,
    IReadOnlyList<LeftOutFile> LeftOut,
    IReadOnlyList<(string One, string Other)> Collisions,
    long FileCount)
{
    public bool IsClean => Changes.Count == 0 && Orphans.Count == 0 && Conflicts.Count == 0 && !IsCutOff
        && Pointers.All(pointer => pointer.State == PointerState.Current);
}

/// <summary>What came of <c>add</c>, <c>commit</c> or <c>remove</c> in a git work tree.</summary>
/// <param name="Pointers">Pointers that were written or removed.</param>
/// <param name="Files">The files that git should take: pointers and <c>.gitignore</c>, from the workspace's folder.
/// </param>
/// <param name="NotHere">Paths with a pointer whose data is not here, which were passed over.</param>
/// <param name="LeftOut">Files that cannot be stored.</param>
/// <param name="FileCount">Files looked at.</param>
/// <param name="ReadBytes">Bytes read.</param>
public sealed record PointerReport(
    IReadOnlyList<string> Pointers, IReadOnlyList<string> Files, IReadOnlyList<string> NotHere,
    IReadOnlyList<LeftOutFile> LeftOut, long FileCount, long ReadBytes);

/// <summary>What came of a checkout in a git work tree.</summary>
/// <param name="WrittenFiles">Files written.</param>
/// <param name="RemovedFiles">Files removed.</param>
/// <param name="Kept">Data without a pointer that stays, since no revision of git names it.</param>
/// <param name="Changed">Files that differ from what the pointers say and were left as they are.</param>
/// <param name="Files">The files that git should take, when pointers were written.</param>
public sealed record GitCheckoutReport(
    long WrittenFiles, long RemovedFiles, IReadOnlyList<string> Kept, IReadOnlyList<FileChange> Changed,
    IReadOnlyList<string> Files)
{
    /// <summary>Files whose content was erased on purpose: they were not written.</summary>
    public IReadOnlyList<string> Erased { get; init; } = [];
}

/// <summary>What came of a merge of pointers.</summary>
/// <param name="Merged">What the pointer shall say.</param>
/// <param name="Conflicts">Paths that both sides changed, from the pointer's folder.</param>
public sealed record PointerMergeResult(Pointer Merged, IReadOnlyList<string> Conflicts);

/// <summary>What <c>git install</c> did.</summary>
/// <param name="Done">Facts, for people.</param>
/// <param name="Left">What was there already and differs, with what to do.</param>
public sealed record GitInstallReport(IReadOnlyList<string> Done, IReadOnlyList<string> Left);
