using Millrace.Tables;
using Millrace.Tables.Edits;

namespace Millrace.Sources.Loading;

/// <summary>Rows that are ready to be published, with what the preparation needs until then.</summary>
/// <param name="Table">What is published; null when nothing of the table would change.</param>
/// <param name="Scope">The change of the table; null when files are added as they are.</param>
/// <param name="Stage">Where they were written to.</param>
sealed record DeliveredRows(StagedTable? Table, EditScope? Scope, TableStage Stage) : IDisposable
{
    public long Inserted => Scope?.Counts.Inserted ?? Table?.RowCount ?? 0;

    public long Updated => Scope?.Counts.Updated ?? 0;

    public long Deleted => Scope?.Counts.Deleted ?? 0;

    /// <summary>Deletes what the preparation wrote; what was read stays, to be prepared again.</summary>
    public void Undo() => Scope?.Drop();

    /// <summary>Deletes what was written and will not be named.</summary>
    public void Drop()
    {
        Undo();
        if (Scope is null && Table is not null)
        {
            Stage.Drop(Table.Name, Table.Files);
        }
    }

    public void Dispose() => Scope?.Dispose();
}
