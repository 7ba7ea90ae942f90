namespace Millrace.Versions;

/// <summary>A path that both sides changed, each in its own way.</summary>
/// <param name="Path">Where.</param>
/// <param name="Base">What was there before both; null for nothing.</param>
/// <param name="Ours">What is there on this side; null when it was removed.</param>
/// <param name="Theirs">What is there on the other side; null when it was removed.</param>
public sealed record MergeConflict(string Path, TreeEntry? Base, TreeEntry? Ours, TreeEntry? Theirs)
{
    /// <summary>A table is never merged row by row here: both versions stay, and the message names it.</summary>
    public bool IsTable => Ours?.Kind == TreeEntryKind.Table || Theirs?.Kind == TreeEntryKind.Table;

    /// <summary>Whether one side has a file where the other has a folder.</summary>
    public bool IsFileAndFolder { get; init; }

    /// <summary>What makes it a conflict, in some words.</summary>
    public string Reason => IsFileAndFolder ? "file against folder" : Theirs is null ? "they deleted it"
        : Ours is null ? "we deleted it" : IsTable ? "a table: both made versions" : "both changed";
}
