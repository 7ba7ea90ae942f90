namespace Millrace.Tables;

/// <summary>What a vacuum of a table deleted, or would delete.</summary>
/// <param name="Table">The table.</param>
/// <param name="Files">Paths relative to the table's folder.</param>
/// <param name="SizeBytes">Their bytes.</param>
/// <param name="KeptFiles">Files of old versions that stay.</param>
/// <param name="Keepers">Who keeps old versions, with their numbers.</param>
/// <param name="LostVersions">Versions that can't be read any more.</param>
/// <param name="IsDryRun">Whether nothing was deleted.</param>
public sealed record TableVacuum(
    string Table, IReadOnlyList<string> Files, long SizeBytes, int KeptFiles, IReadOnlyList<string> Keepers,
    IReadOnlyList<long> LostVersions, bool IsDryRun);
