using System.Text.Json.Nodes;

namespace Millrace.Tables.Edits;

/// <summary>What a change did so far.</summary>
sealed class EditCounts
{
    public long Inserted { get; set; }

    public long Updated { get; set; }

    public long Deleted { get; set; }

    public int AddedFiles { get; private set; }

    public long AddedBytes { get; private set; }

    public int RemovedFiles { get; private set; }

    public long RemovedBytes { get; private set; }

    public void Add(IReadOnlyCollection<DataFile> files)
    {
        AddedFiles += files.Count;
        AddedBytes += files.Sum(file => file.SizeBytes);
    }

    public void Remove(IReadOnlyCollection<DataFile> files)
    {
        RemovedFiles += files.Count;
        RemovedBytes += files.Sum(file => file.SizeBytes);
    }

    /// <summary>As Delta's <c>operationMetrics</c>, whose values are texts.</summary>
    public string ToJson() => new JsonObject
    {
        ["numOutputRows"] = $"{Inserted + Updated}",
        ["numInsertedRows"] = $"{Inserted}",
        ["numUpdatedRows"] = $"{Updated}",
        ["numDeletedRows"] = $"{Deleted}",
        ["numAddedFiles"] = $"{AddedFiles}",
        ["numAddedBytes"] = $"{AddedBytes}",
        ["numRemovedFiles"] = $"{RemovedFiles}",
        ["numRemovedBytes"] = $"{RemovedBytes}",
    }.ToJsonString();
}
