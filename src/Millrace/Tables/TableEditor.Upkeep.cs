using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

public sealed partial class TableEditor
{
    /// <summary>Writes small files together into larger ones, and files with deleted rows without them; or sorts all
    /// rows so that queries read few files. The rows stay the same.</summary>
    /// <param name="name">The table.</param>
    /// <param name="options">How large files are made, and how rows are ordered.</param>
    /// <param name="progress">Told after each group of files; null for nobody.</param>
    /// <param name="cancellationToken">Ends it; nothing is changed then.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>column-unknown</c>, <c>table-not-writable</c>,
    /// <c>table-conflict</c>.</exception>
    public Task<TableEdit> OptimizeAsync(
        string name, TableOptimization options, IProgress<(int Done, int All)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var noted = new JsonObject
        {
            ["zOrderBy"] = string.Join(",", options.ZOrderBy),
            ["sortBy"] = string.Join(",", options.SortBy),
        };
        return EditAsync(name, "optimize", noted, scope =>
        {
            var before = scope.Existing;
            WriteGate.Check(before, takesRows: false);
            var bytes = options.TargetBytes ?? DataFileWriter.TargetBytes(before);
            var order = RowOrder.Of(before, options);
            var groups = FileGroups.Of(before, bytes, order is not null);
            var added = new List<DataFile>();
            var removed = new List<DataFile>();
            for (var i = 0; i < groups.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                scope.AttachPlaces(Touched, groups[i]);
                Materialize(
                    scope, order?.Sql(Touched, groups[i]) ?? $"select {Columns(before, "t.")} from {Touched} as t "
                        + $"order by t.{DataScan.FileColumn}, t.{DataScan.RowColumn}", [], cancellationToken);
                added.AddRange(scope.Write(before, NewRows, bytes, cancellationToken));
                removed.AddRange(groups[i]);
                progress?.Report((i + 1, groups.Count));
            }

            return IsSame(added, removed) ? Forget(scope) : Staged(
                scope, before, added, new TableChange("OPTIMIZE", noted.ToJsonString(), before.Version)
                {
                    Removed = removed,
                    IsDataChange = false,
                });
        }, cancellationToken);
    }

    /// <summary>Writes a checkpoint of the newest version.</summary>
    /// <returns>The version and how many actions are in the checkpoint.</returns>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>checkpoint-unsupported</c>.</exception>
    public (long Version, long ActionCount) Checkpoint(string name)
    {
        var snapshot = _tables.OpenNewest(name);
        if (!TableUpkeep.MayCheckpoint(snapshot))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "checkpoint-unsupported",
                $"Table '{name}' wants checkpoints of version 2, which can be read but not written here.",
                "Write it with the engine that made the table.");
        }

        return (snapshot.Version, _tables.Upkeep.Checkpoint(name, snapshot.Version));
    }

    // Arranged as they were before: files with the same rows in the same order.
    static bool IsSame(List<DataFile> added, List<DataFile> removed) => added
        .Select(file => file.Hash).Order(StringComparer.Ordinal)
        .SequenceEqual(removed.Select(file => file.Hash).Order(StringComparer.Ordinal), StringComparer.Ordinal)
        && removed.All(file => file.DeletionVector is null);

    static StagedTable? Forget(EditScope scope)
    {
        scope.Drop();
        return null;
    }
}
