using Millrace.Lineage;

namespace Millrace.Tables;

/// <summary>What a change of a table did.</summary>
/// <param name="Table">The table.</param>
/// <param name="Operation">As the log has it: <c>DELETE</c>, <c>MERGE</c>, …</param>
/// <param name="Version">The version that is there now; null when the table has none.</param>
/// <param name="IsChanged">Whether the version is a new one; false when there was nothing to change.</param>
public sealed record TableEdit(string Table, string Operation, ThingVersion? Version, bool IsChanged)
{
    public long InsertedRows { get; init; }

    public long UpdatedRows { get; init; }

    public long DeletedRows { get; init; }

    public int AddedFiles { get; init; }

    public long AddedBytes { get; init; }

    public int RemovedFiles { get; init; }

    public long RemovedBytes { get; init; }
}
