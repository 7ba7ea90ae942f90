namespace Millrace.Tables;

/// <summary>What the check of the tables found.</summary>
/// <param name="TableCount">Tables.</param>
/// <param name="VersionCount">Versions whose logs were read.</param>
/// <param name="FileCount">Files whose bytes were compared with their hashes.</param>
/// <param name="SizeBytes">Their bytes.</param>
/// <param name="Problems">A sentence for each thing that is damaged or missing, with who needs it.</param>
/// <param name="UnpublishedFiles">Files that no version names: leftovers of attempts that were cut off. They do no
/// harm. </param>
public sealed record TableReport(
    int TableCount,
    int VersionCount,
    int FileCount,
    long SizeBytes,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> UnpublishedFiles);
