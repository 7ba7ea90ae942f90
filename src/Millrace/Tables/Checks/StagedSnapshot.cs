using Millrace.Tables.Delta;

namespace Millrace.Tables.Checks;

/// <summary>A table as it is going to be when what is staged is published.</summary>
/// <param name="After">The table.</param>
/// <param name="Brought">Its files that are staged.</param>
/// <param name="Replaced">The files that are taken out and whose rows may stand in the staged ones again.</param>
sealed record StagedSnapshot(
    TableSnapshot After, IReadOnlyList<DataFile> Brought, IReadOnlyList<DataFile> Replaced)
{
    static readonly IReadOnlyDictionary<string, long> NoAttempts = new Dictionary<string, long>();
    static readonly IReadOnlyDictionary<string, string> NoProperties = new Dictionary<string, string>();

    /// <param name="staged">What is staged.</param>
    /// <param name="before">The table as it is; null when there is none.</param>
    /// <param name="files">Where the table is.</param>
    public static StagedSnapshot Of(StagedTable staged, TableSnapshot? before, ITableFiles files)
    {
        var change = staged.Change;
        var gone = (change?.Removed ?? []).Select(file => file.Key).ToHashSet(StringComparer.Ordinal);
        var isOverwrite = change is null && staged.Mode == TableMode.Overwrite;
        var kept = isOverwrite ? [] : (before?.Files ?? []).Where(file => !gone.Contains(file.Key));
        var table = before ?? new TableSnapshot(
            staged.Name, files.Folder, -1, staged.Schema, [], "", NoAttempts, null)
        {
            Storage = files,
        };
        var after = table with
        {
            Schema = staged.Schema,
            Files = [.. kept, .. staged.Files],
            Protocol = change?.Protocol ?? table.Protocol,
            Metadata = change?.Metadata ?? new DeltaMetadata(
                table.TableId, staged.Schema, before?.PartitionColumns ?? [],
                before?.Metadata.Configuration ?? NoProperties),
        };
        // Of an overwrite every row is new, though it be the same as one that was there.
        var isWhole = change is null || change.Removed.Count == 0
            || (change.Operation == "WRITE" && change.ReadCondition == TableChange.AllRows);
        return new StagedSnapshot(after, staged.Files, isWhole ? [] : change!.Removed);
    }
}
