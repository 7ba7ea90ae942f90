namespace Millrace.Versions;

/// <summary>A file of a git tree.</summary>
/// <param name="Path">From the folder that was listed.</param>
/// <param name="Oid">Git's name of its content.</param>
/// <param name="SizeBytes">Bytes of what git keeps, which is less than the file for a pointer.</param>
/// <param name="IsExecutable">Whether it may be run.</param>
sealed record GitFile(string Path, string Oid, long SizeBytes, bool IsExecutable)
{
    /// <summary>Whether the path is what git has: a name that is not UTF-8 cannot be told apart from others.</summary>
    public bool IsText { get; init; } = true;
}
