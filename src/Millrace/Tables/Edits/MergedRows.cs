namespace Millrace.Tables.Edits;

/// <summary>What a merge made.</summary>
/// <param name="Added">New files.</param>
/// <param name="Removed">Those in whose place they are.</param>
/// <param name="Read">Other files that held rows which matched.</param>
/// <param name="Changes">Queries of the changed rows, with what changed.</param>
sealed record MergedRows(
    IReadOnlyList<DataFile> Added, IReadOnlyList<DataFile> Removed, IReadOnlyList<string> Read,
    IReadOnlyList<(string Rows, string Type)> Changes);
