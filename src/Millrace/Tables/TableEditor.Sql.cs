using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;
using Millrace.Tables.Queries;
using Millrace.Tables.Statements;

namespace Millrace.Tables;

/// <summary>What statements of SQL do to rows.</summary>
public sealed partial class TableEditor
{
    /// <summary>Where values are gathered that a statement writes out.</summary>
    const string GivenRows = "millrace_values";

    /// <summary>How much of a statement its run tells, in characters.</summary>
    const int LongestTold = 4_000;

    internal Task<TableEdit> InsertAsync(
        InsertStatement insert, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        var noted = new JsonObject { ["mode"] = insert.IsOverwrite ? "Overwrite" : "Append" };
        var query = "";
        return EditAsync(
            insert.Table, insert.IsOverwrite ? "overwrite" : "append",
            // Rows that are written out are data, which an erasure must be able to find.
            insert.IsValues ? noted : Told(noted, insert),
            scope => Insert(scope, insert, query, Used(query, parameters), noted, cancellationToken),
            cancellationToken,
            async scope => query = insert.Query.Length == 0 || (insert.IsValues && RowIntake.AreLiterals(insert.Query))
                ? insert.Query
                : await ReadAsync(scope, insert.Query, parameters, cancellationToken).ConfigureAwait(false));
    }

    internal Task<TableEdit> UpdateAsync(
        UpdateStatement update, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        var noted = Predicate(update.Where);
        noted["set"] = string.Join(", ", update.Assignments.Select(pair => $"{pair.Column} = {pair.Value}"));
        var search = "";
        return EditAsync(
            update.Target.Table, "update", Told(noted, update),
            scope =>
            {
                var set = Assigned(scope, update.Assignments);
                return ValueFit.Check(
                    scope, [.. set.Select(pair => (pair.Column, ""))],
                    () => Update(
                        scope, search, set, noted, ReadCondition(scope, update.Target, update.From, update.Where),
                        Used(search, parameters), cancellationToken),
                    number => TrySearch(scope, search, number, parameters, cancellationToken));
            },
            cancellationToken,
            async scope => search = await ReadAsync(
                scope,
                update.Target.With + Search(
                    scope, update.Where, Assigned(scope, update.Assignments), update.Target.Alias, update.From),
                parameters, cancellationToken).ConfigureAwait(false));
    }

    internal Task<TableEdit> DeleteAsync(
        DeleteStatement delete, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        if (delete.Where is null && delete.Using is null)
        {
            return DeleteAsync(delete.Target.Table, null, null, cancellationToken);
        }

        var noted = Predicate(delete.Where);
        var search = "";
        return EditAsync(
            delete.Target.Table, "delete", Told(noted, delete),
            scope => Delete(
                scope, search, noted, ReadCondition(scope, delete.Target, delete.Using, delete.Where),
                Used(search, parameters), cancellationToken),
            cancellationToken,
            async scope => search = await ReadAsync(
                scope,
                delete.Target.With + Search(
                    Found(scope), delete.Where, [], delete.Target.Alias, delete.Using),
                parameters, cancellationToken).ConfigureAwait(false));
    }

    internal Task<TableEdit> MergeAsync(
        MergeStatement merge, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        var noted = new JsonObject { ["predicate"] = merge.On };
        TableMerge? prepared = null;
        return EditAsync(
            merge.Target.Table, "merge", Told(noted, merge),
            scope => Merged(scope, prepared!, scope.Existing, noted, parameters, cancellationToken), cancellationToken,
            async scope =>
            {
                _ = Found(scope);
                var rows = await ReadAsync(scope, merge.Rows, parameters, cancellationToken).ConfigureAwait(false);
                prepared = new TableMerge(
                    rows, await ExpressionAsync(scope, merge.On, parameters, cancellationToken).ConfigureAwait(false))
                {
                    Matched = await StepsAsync(scope, merge.Matched, parameters, cancellationToken)
                        .ConfigureAwait(false),
                    NotMatched = await StepsAsync(scope, merge.NotMatched, parameters, cancellationToken)
                        .ConfigureAwait(false),
                    NotMatchedBySource = await StepsAsync(
                        scope, merge.NotMatchedBySource, parameters, cancellationToken).ConfigureAwait(false),
                    TargetAlias = merge.Target.Alias,
                    SourceAlias = merge.Alias,
                };
            });
    }

    internal Task<TableEdit> TruncateAsync(string name, CancellationToken cancellationToken) => EditAsync(
        name, "truncate", [], scope => DeleteAll(scope, "TRUNCATE"), cancellationToken);

    async Task<IReadOnlyList<MergeStep>> StepsAsync(
        EditScope scope, IReadOnlyList<MergeStep> steps, IReadOnlyList<SqlParameter> parameters,
        CancellationToken cancellationToken)
    {
        var prepared = new List<MergeStep>();
        foreach (var step in steps)
        {
            var condition = step.Condition is null
                ? null : await ExpressionAsync(scope, step.Condition, parameters, cancellationToken)
                    .ConfigureAwait(false);
            Dictionary<string, string>? values = step.Values is null ? null : new(StringComparer.Ordinal);
            foreach (var (column, value) in step.Values ?? new Dictionary<string, string>())
            {
                values![column] = await ExpressionAsync(scope, value, parameters, cancellationToken)
                    .ConfigureAwait(false);
            }

            prepared.Add(step with { Condition = condition, Values = values });
        }

        return prepared;
    }

    /// <summary>Attaches what an expression's own queries name.</summary>
    async Task<string> ExpressionAsync(
        EditScope scope, string sql, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        _ = await ReadAsync(scope, $"select ({sql}\n)", parameters, cancellationToken).ConfigureAwait(false);
        return VersionedNames.Quote(sql);
    }

    /// <summary>Attaches what a query names to the engine of a change, and notes it as read.</summary>
    /// <returns>The query as the engine understands it.</returns>
    async Task<string> ReadAsync(
        EditScope scope, string sql, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        using var query = await _tables.Sql.PrepareAsync(
            sql,
            new SqlQueryOptions
            {
                Parameters = parameters,
                Session = scope.Session,
                Known = [EditScope.Target],
            },
            cancellationToken).ConfigureAwait(false);
        scope.Sources.AddRange(await query.SourcesAsync(cancellationToken).ConfigureAwait(false));
        if (scope.Before is { } before && query.Inputs.Any(
            input => input.Name.Equals(scope.Name, StringComparison.OrdinalIgnoreCase)))
        {
            // All of a change sees the table as it was when the change began.
            scope.ReadsItself = true;
            scope.Session.Attach(scope.Name, before);
        }

        scope.IsAttached = true;
        return query.Text;
    }

    /// <summary>A run's parameters with the statement that was given.</summary>
    static JsonObject Told(JsonObject noted, Statement statement)
    {
        var told = noted.DeepClone().AsObject();
        var text = statement.Source.Text;
        told["sql"] = text.Length <= LongestTold ? text : text[..LongestTold] + "…";
        return told;
    }

    static IReadOnlyList<SqlParameter> Used(string sql, IReadOnlyList<SqlParameter> parameters) =>
        NamedValues.Of(sql, parameters);

    static EditScope Found(EditScope scope)
    {
        _ = scope.Existing;
        return scope;
    }

    /// <summary>What another writer's rows are compared with. What is asked of other tables too can't be asked again of
    /// them alone.</summary>
    static string ReadCondition(EditScope scope, RowTarget target, string? others, string? where) =>
        others is not null || target.With.Length > 0 || scope.ReadsItself || scope.Sources.Count > 0
            || target.Alias != target.Table || where is null || where.Contains('$', StringComparison.Ordinal)
            ? TableChange.AllRows : where;

    static StagedTable? Insert(
        EditScope scope, InsertStatement insert, string query, IReadOnlyList<SqlParameter> parameters,
        JsonObject noted, CancellationToken cancellationToken)
    {
        var before = scope.Existing;
        WriteGate.Check(before, insert.IsOverwrite);
        new RowIntake(scope, insert).Gather(NewRows, GivenRows, query, parameters, cancellationToken);
        var added = scope.Write(before, NewRows, cancellationToken);
        scope.Counts.Inserted = added.Sum(file => file.RowCount);
        var change = new TableChange("WRITE", noted.ToJsonString(), before.Version);
        return insert.IsOverwrite
            ? Staged(
                scope, before, added,
                change with { Removed = before.Files, ReadCondition = TableChange.AllRows }, NewRows)
            : added.Count == 0 ? null : Staged(scope, before, added, change, NewRows);
    }

    static bool TrySearch(
        EditScope scope, string search, int number, IReadOnlyList<SqlParameter> parameters,
        CancellationToken cancellationToken)
    {
        scope.Session.Query(
            $"select count(*) from ({search}\n) where millrace_v{number} is not null", Used(search, parameters),
            reader => reader.Read(), cancellationToken);
        return true;
    }
}
