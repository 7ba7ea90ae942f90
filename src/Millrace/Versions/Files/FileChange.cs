namespace Millrace.Versions.Files;

/// <summary>How a file on the disk differs from what is staged. The numbers are in no file.</summary>
public enum FileChangeKind
{
    Modified = 0,
    Deleted = 1,
    Untracked = 2,
}

/// <summary>A file that differs from what is staged.</summary>
/// <param name="Path">From the root; a folder that nothing is staged in ends with a slash and stands for its files.
/// </param>
/// <param name="Kind">How.</param>
/// <param name="FileCount">1, or the files of an untracked folder.</param>
public sealed record FileChange(string Path, FileChangeKind Kind, long FileCount = 1);

/// <summary>A file that was not taken, and why.</summary>
/// <param name="Path">From the root; bytes that are no UTF-8 are escaped.</param>
/// <param name="Code">A stable word: <c>not-utf8</c>, <c>not-a-file</c>, <c>file-changed</c>, <c>file-unreadable</c>.
/// </param>
/// <param name="Message">A fact, for people.</param>
public sealed record LeftOutFile(string Path, string Code, string Message);
