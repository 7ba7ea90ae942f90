using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

public sealed partial class TableEditor
{
    /// <summary>Merges the rows of a query into a table: updates, deletes and inserts in one version. Only files that
    /// hold rows which change are written anew.</summary>
    /// <param name="name">The table.</param>
    /// <param name="merge">What is done with which rows.</param>
    /// <param name="parameters">Values of the query.</param>
    /// <param name="cancellationToken">Ends it; nothing is changed then.</param>
    /// <exception cref="MillraceException"><c>merge-ambiguous</c>: a row of the table that two rows of the query would
    /// change; <c>table-missing</c>, <c>column-unknown</c>, <c>constraint-violated</c>, <c>table-not-writable</c>,
    /// <c>table-conflict</c>, <c>sql-failed</c>.</exception>
    public Task<TableEdit> MergeAsync(
        string name, TableMerge merge, IReadOnlyList<SqlParameter>? parameters = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(merge);
        var noted = new JsonObject { ["predicate"] = merge.On };
        return EditAsync(
            name, "merge", noted,
            scope => Merge(scope, merge, noted, parameters ?? [], cancellationToken), cancellationToken);
    }

    static StagedTable? Merge(
        EditScope scope, TableMerge merge, JsonObject noted, IReadOnlyList<SqlParameter> parameters,
        CancellationToken cancellationToken)
    {
        var before = scope.Existing;
        WriteGate.Check(before, takesRows: merge.Matched.Count + merge.NotMatchedBySource.Count > 0);
        return new TableMerger(scope, merge).Run(parameters, cancellationToken) is { } merged
            ? Staged(
                scope, before, merged.Added,
                new TableChange("MERGE", noted.ToJsonString(), before.Version)
                {
                    Removed = merged.Removed,
                    ReadFiles = merged.Read,
                    ReadCondition = TableChange.AllRows,
                    Changes = Feed(scope, merged.Changes, cancellationToken),
                },
                NewRows)
            : null;
    }

    /// <summary>Inserts the rows of a query whose key the table does not have, and replaces the others.</summary>
    /// <exception cref="MillraceException"><c>key-missing</c>, and what a merge throws.</exception>
    public async Task<TableEdit> UpsertAsync(
        string name, string query, IReadOnlyList<string>? keyColumns = null,
        IReadOnlyList<SqlParameter>? parameters = null, CancellationToken cancellationToken = default)
    {
        var keys = keyColumns ?? await KeysAsync(name, cancellationToken).ConfigureAwait(false);
        if (keys.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "key-missing", $"Table '{name}' has no key by which rows could be matched.",
                "Name the columns of the key.");
        }

        return await MergeAsync(name, TableMerge.Upsert(query, keys), parameters, cancellationToken)
            .ConfigureAwait(false);
    }
}
