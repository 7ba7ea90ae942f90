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
            scope => Merged(scope, merge, scope.Existing, noted, parameters ?? [], cancellationToken),
            cancellationToken);
    }

    /// <summary>Prepares an upsert as a part of somebody else's publication: rows whose key the table has take the
    /// place of those that differ, the others are inserted, and columns that the rows lack keep their values.</summary>
    /// <param name="scope">The change; the rows are in its session.</param>
    /// <param name="rows">A view or table of the rows.</param>
    /// <param name="keyColumns">What tells rows apart.</param>
    /// <param name="deletesOthers">Whether rows of the table go whose key is not among the rows.</param>
    /// <param name="options">Whether columns may be added and widened.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null when nothing would change.</returns>
    internal static StagedTable? PrepareUpsert(
        EditScope scope, string rows, IReadOnlyList<string> keyColumns, bool deletesOthers, TableWrite options,
        CancellationToken cancellationToken)
    {
        var query = $"select * from {SqlName.Quote(rows)}";
        var columns = RowFit.Describe(scope.Session, scope.Name, query, []);
        var after = RowFit.Of(scope.Existing, columns, options).After;
        var values = columns.Columns.ToDictionary(
            column => column.Name, column => $"source.{SqlName.Quote(column.Name)}", StringComparer.Ordinal);
        var differs = string.Join(" or ", columns.Columns.Select(column =>
            scope.Existing.Schema.Find(column.Name) is null
                ? $"source.{SqlName.Quote(column.Name)} is not null"
                : $"target.{SqlName.Quote(column.Name)} is distinct from source.{SqlName.Quote(column.Name)}"));
        var merge = TableMerge.Upsert(query, keyColumns) with
        {
            Matched = [MergeStep.Update(values, differs)],
            NotMatched = [MergeStep.Insert(values)],
            NotMatchedBySource = deletesOthers ? [MergeStep.Delete()] : [],
        };
        return Merged(scope, merge, after, new JsonObject { ["predicate"] = merge.On }, [], cancellationToken);
    }

    /// <summary>Prepares writing rows as a part of somebody else's publication.</summary>
    internal static StagedTable? PrepareWrite(
        EditScope scope, string query, TableWrite options, CancellationToken cancellationToken) =>
        Write(
            scope, query, options, [], new JsonObject { ["mode"] = options.Mode.ToString() }.ToJsonString(),
            cancellationToken);

    static StagedTable? Merged(
        EditScope scope, TableMerge merge, TableSnapshot after, JsonObject noted,
        IReadOnlyList<SqlParameter> parameters,
        CancellationToken cancellationToken)
    {
        var before = scope.Existing;
        WriteGate.Check(before, takesRows: merge.Matched.Count + merge.NotMatchedBySource.Count > 0);
        return new TableMerger(scope, merge, after).Run(parameters, cancellationToken) is { } merged
            ? Staged(
                scope, after, merged.Added,
                new TableChange("MERGE", noted.ToJsonString(), before.Version)
                {
                    Metadata = after.Metadata == before.Metadata ? null : after.Metadata,
                    Protocol = after.Protocol == before.Protocol ? null : after.Protocol,
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
