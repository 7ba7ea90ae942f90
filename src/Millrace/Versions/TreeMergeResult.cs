namespace Millrace.Versions;

/// <summary>What came of a merge of two trees.</summary>
/// <param name="Changes">What to apply to our tree: path to the other side's entry, null to remove it.</param>
/// <param name="Conflicts">Paths at which both changed something; our side stays there.</param>
public sealed record TreeMergeResult(
    IReadOnlyDictionary<string, TreeEntry?> Changes, IReadOnlyList<MergeConflict> Conflicts);
