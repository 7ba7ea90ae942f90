using System.Text.Json.Nodes;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tables;

public sealed partial class TableEditor
{
    /// <summary>Where the rows are that a condition holds for.</summary>
    const string Hits = "millrace_hit";

    /// <summary>The rows of the files that hold such, and are written anew.</summary>
    const string Touched = "millrace_touched";

    const string Kind = "millrace_kind";

    /// <summary>Takes the rows of a condition out of a table. Only files that hold such rows are written
    /// anew.</summary>
    /// <param name="name">The table.</param>
    /// <param name="condition">SQL over its columns; null for every row.</param>
    /// <param name="parameters">Values of the condition.</param>
    /// <param name="cancellationToken">Ends it; nothing is changed then.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>table-not-writable</c>, <c>table-conflict</c>,
    /// <c>sql-failed</c>.</exception>
    public Task<TableEdit> DeleteAsync(
        string name, string? condition, IReadOnlyList<SqlParameter>? parameters = null,
        CancellationToken cancellationToken = default) =>
        EditAsync(
            name, "delete", Predicate(condition),
            scope => condition is null ? DeleteAll(scope, "DELETE") : Delete(
                scope, Search(scope, condition, []), Predicate(condition), Condition(condition, parameters),
                parameters ?? [], cancellationToken),
            cancellationToken);

    static StagedTable? DeleteAll(EditScope scope, string operation)
    {
        var before = scope.Existing;
        WriteGate.Check(before, takesRows: true);
        scope.Counts.Deleted = before.RowCount;
        return before.Files.Count == 0 ? null : Staged(
            scope, before, [],
            new TableChange(operation, Predicate(null).ToJsonString(), before.Version)
            {
                Removed = before.Files,
                ReadCondition = TableChange.AllRows,
            });
    }

    static StagedTable? Delete(
        EditScope scope, string search, JsonObject noted, string readCondition,
        IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        var before = scope.Existing;
        WriteGate.Check(before, takesRows: true);
        var cut = Cut(scope, search, parameters, cancellationToken);
        return cut.Removed.Count == 0 ? null : Staged(
            scope, before, cut.Kept, new TableChange("DELETE", noted.ToJsonString(), before.Version)
            {
                Removed = cut.Removed,
                Changes = cut.Changes,
                ReadCondition = readCondition,
            });
    }

    /// <summary>Changes columns in the rows of a condition. Only files that hold such rows are written anew.</summary>
    /// <param name="name">The table.</param>
    /// <param name="assignments">An SQL expression for each column that changes; it sees the row as it was.</param>
    /// <param name="condition">SQL over its columns; null for every row.</param>
    /// <param name="parameters">Values of the condition and of the expressions.</param>
    /// <param name="cancellationToken">Ends it; nothing is changed then.</param>
    /// <exception cref="MillraceException"><c>table-missing</c>, <c>column-unknown</c>, <c>constraint-violated</c>,
    /// <c>table-not-writable</c>, <c>table-conflict</c>, <c>sql-failed</c>.</exception>
    public Task<TableEdit> UpdateAsync(
        string name, IReadOnlyDictionary<string, string> assignments, string? condition,
        IReadOnlyList<SqlParameter>? parameters = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(assignments);
        var noted = Predicate(condition);
        noted["set"] = string.Join(", ", assignments.Select(pair => $"{pair.Key} = {pair.Value}"));
        return EditAsync(
            name, "update", noted,
            scope =>
            {
                var set = Assigned(scope, [.. assignments.Select(pair => (pair.Key, pair.Value))]);
                return Update(
                    scope, Search(scope, condition, set), set, noted,
                    Condition(condition ?? TableChange.AllRows, parameters), parameters ?? [], cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>The columns of assignments.</summary>
    /// <exception cref="MillraceException"><c>column-unknown</c>, <c>column-twice</c>.</exception>
    static List<(TableColumn Column, string Value)> Assigned(
        EditScope scope, IReadOnlyList<(string Column, string Value)> assignments)
    {
        List<(TableColumn Column, string Value)> set = [.. assignments.Select(
            pair => (SchemaChange.Find(scope.Existing, pair.Column), pair.Value))];
        return set.GroupBy(pair => pair.Column.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"Column '{twice.Key}' of table '{scope.Name}' is set twice.",
                "Set it once.")
            : set;
    }

    /// <summary>A query of the places of rows, and of the values that columns of them get.</summary>
    /// <param name="scope">The change.</param>
    /// <param name="condition">Of the rows; null for all.</param>
    /// <param name="set">The columns that change.</param>
    /// <param name="alias">What the table is called in the expressions; null for its name.</param>
    /// <param name="others">Other tables that they name, as after FROM; null for none.</param>
    static string Search(
        EditScope scope, string? condition, IReadOnlyList<(TableColumn Column, string Value)> set,
        string? alias = null, string? others = null)
    {
        var name = SqlName.Quote(alias ?? scope.Name);
        var values = string.Concat(set.Select(
            (pair, i) => $", cast(({pair.Value}\n) as {pair.Column.SqlType}) as millrace_v{i}"));
        return $"select {(others is null ? "" : "distinct ")}{name}.{DataScan.FileColumn} as millrace_f, "
            + $"{name}.{DataScan.RowColumn} as millrace_r{values} "
            + $"from {EditScope.Target} as {name}{(others is null ? "" : $", {others}\n")} "
            + $"where ({condition ?? TableChange.AllRows}\n)";
    }

    static StagedTable? Update(
        EditScope scope, string search, IReadOnlyList<(TableColumn Column, string Value)> set, JsonObject noted,
        string readCondition, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        var before = scope.Existing;
        WriteGate.Check(before, takesRows: true);
        var hits = FindHits(scope, search, parameters, cancellationToken);
        if (hits.Count == 0)
        {
            return null;
        }

        RefuseAmbiguous(scope);
        var files = Touch(scope, hits.Keys);
        var numbers = set.Select((pair, i) => (pair.Column.Name, Number: i)).ToDictionary(
            pair => pair.Name, pair => pair.Number, StringComparer.Ordinal);
        var values = before.Schema.Columns.Select(column => numbers.TryGetValue(column.Name, out var number)
            ? $"case when h.millrace_f is not null then h.millrace_v{number} else t.{SqlName.Quote(column.Name)} end "
                + $"as {SqlName.Quote(column.Name)}"
            : $"t.{SqlName.Quote(column.Name)}");
        var rows =
            $"select {string.Join(", ", values)}, case when h.millrace_f is not null then 'updated' else 'kept' "
                + $"end as {Kind} "
            + $"from {Touched} as t left join {Hits} as h "
            + $"on t.{DataScan.FileColumn} = h.millrace_f and t.{DataScan.RowColumn} = h.millrace_r "
            + $"order by t.{DataScan.FileColumn}, t.{DataScan.RowColumn}";
        Materialize(scope, rows, [], cancellationToken);
        scope.Counts.Updated = hits.Values.Sum();
        var changes = Feed(
            scope,
            [(OldRows(before, Hits, ""), "update_preimage"),
                ($"select * exclude ({Kind}) from {NewRows} where {Kind} = 'updated'", "update_postimage")],
            cancellationToken);
        var added = scope.Write(before, NewRows, cancellationToken);
        return Staged(
            scope, before, added, new TableChange("UPDATE", noted.ToJsonString(), before.Version)
            {
                Removed = files,
                Changes = changes,
                ReadCondition = readCondition,
            }, NewRows);
    }

    /// <exception cref="MillraceException"><c>update-ambiguous</c>.</exception>
    static void RefuseAmbiguous(EditScope scope)
    {
        if (scope.Session.Rows(
            $"select millrace_f, millrace_r, count(*) from {Hits} group by 1, 2 having count(*) > 1 order by 1, 2 "
                + "limit 1",
            reader => (File: reader.GetInt64(0), Row: reader.GetInt64(1), Count: reader.GetInt64(2))) is not [
                var twice])
        {
            return;
        }

        var row = scope.Session.Value<string>(
            $"select cast(to_json(t) as varchar) from {EditScope.Target} t "
            + $"where {DataScan.FileColumn} = {twice.File} and {DataScan.RowColumn} = {twice.Row}");
        throw new MillraceException(
            ErrorKind.Invalid, "update-ambiguous",
            $"{twice.Count:N0} rows of the other tables give one row of table '{scope.Name}' different values: {row}",
            "Let them give one row for each, for instance with 'select distinct on' and an order; nothing was "
            + "changed.");
    }

    /// <summary>An overwrite of the rows of a condition.</summary>
    static StagedTable Replace(
        EditScope scope, TableSnapshot after, string condition, List<DataFile> added, TableChange change,
        CancellationToken cancellationToken)
    {
        var outside = scope.Session.Value<long>(
            $"select count(*) from {NewRows} as {SqlName.Quote(scope.Name)} where not coalesce(({condition}\n), "
                + $"false)");
        if (outside > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "replace-outside",
                $"{outside:N0} of the new rows for table '{scope.Name}' do not meet the condition of the rows that "
                    + $"they "
                + $"replace ({condition}).",
                "Filter the query by the same condition; nothing was written.");
        }

        scope.Session.Execute($"alter table {NewRows} rename to millrace_written", cancellationToken);
        var cut = Cut(scope, Search(scope, condition, []), [], cancellationToken);
        var inserts = cut.Changes.Count == 0 || added.Count == 0 ? [] : Feed(
            scope, [("select * from millrace_written", "insert")], cancellationToken);
        return Staged(
            scope, after, [.. cut.Kept, .. added], change with
            {
                Removed = cut.Removed,
                Changes = [.. cut.Changes, .. inserts],
                ReadCondition = condition,
            }, "millrace_written");
    }

    /// <summary>Writes the files that hold rows of a condition anew without them.</summary>
    static (List<DataFile> Kept, List<DataFile> Removed, List<ChangeFile> Changes) Cut(
        EditScope scope, string search, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        var before = scope.Existing;
        var hits = FindHits(scope, search, parameters, cancellationToken);
        scope.Counts.Deleted = hits.Values.Sum();
        var removed = Touch(scope, hits.Keys);
        var partial = hits.Where(pair => before.Files[(int)pair.Key].RowCount != pair.Value).Select(pair => pair.Key)
            .ToList();
        if (partial.Count == 0)
        {
            // Readers of the feed see in the removed files what is gone.
            return ([], removed, []);
        }

        var changes = Feed(scope, [(OldRows(before, Hits, ""), "delete")], cancellationToken);
        scope.AttachPlaces(Touched, [.. partial.Select(number => before.Files[(int)number])]);
        Materialize(
            scope,
            $"select {Columns(before, "t.")} from {Touched} as t anti join {Hits} as h "
            + $"on t.{DataScan.FileColumn} = h.millrace_f and t.{DataScan.RowColumn} = h.millrace_r "
            + $"order by t.{DataScan.FileColumn}, t.{DataScan.RowColumn}", [], cancellationToken);
        return (scope.Write(before, NewRows, cancellationToken), removed, changes);
    }

    /// <summary>How many rows of a search each file holds, by its number; their places are in <see cref="Hits"/>.
    /// </summary>
    static Dictionary<long, long> FindHits(
        EditScope scope, string search, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        scope.Attach(search);
        scope.AttachPlaces(EditScope.Target, scope.Existing.Files);
        _ = scope.Session.Query(
            $"create or replace temp table {Hits} as {search}", parameters, reader => reader.Read(),
            cancellationToken);
        return scope.Session.Rows(
            $"select millrace_f, count(*) from {Hits} group by 1 order by 1",
            reader => (File: reader.GetInt64(0), Count: reader.GetInt64(1)))
            .ToDictionary(pair => pair.File, pair => pair.Count);
    }

    static List<DataFile> Touch(EditScope scope, IEnumerable<long> numbers)
    {
        List<DataFile> files = [.. numbers.Order().Select(number => scope.Existing.Files[(int)number])];
        scope.AttachPlaces(Touched, files);
        return files;
    }

    static void Materialize(
        EditScope scope, string rows, IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken) =>
        _ = scope.Session.Query(
            $"create or replace temp table {NewRows} as {rows}", parameters, reader =>
                reader.Read(), cancellationToken);

    /// <summary>Writes the table's feed of changes, where it has one.</summary>
    static List<ChangeFile> Feed(
        EditScope scope, IReadOnlyList<(string Rows, string Type)> changes, CancellationToken cancellationToken)
    {
        if (!scope.Existing.Metadata.Is("delta.enableChangeDataFeed"))
        {
            return [];
        }

        scope.Session.Execute(
            "create or replace temp table millrace_changes as "
            + string.Join(" union all ", changes.Select(
                change => $"select *, {SqlName.Text(change.Type)} as _change_type from ({change.Rows})")),
            cancellationToken);
        return scope.WriteChanges("millrace_changes", cancellationToken);
    }

    static string OldRows(TableSnapshot table, string places, string condition) =>
        $"select {Columns(table, "t.")} from {Touched} as t semi join (select * from {places} {condition}) as h "
        + $"on t.{DataScan.FileColumn} = h.millrace_f and t.{DataScan.RowColumn} = h.millrace_r";

    static string Columns(TableSnapshot table, string prefix) =>
        string.Join(", ", table.Schema.Columns.Select(column => prefix + SqlName.Quote(column.Name)));

    /// <summary>The condition as another process can ask it; with values of the caller's only this one can.</summary>
    static string Condition(string condition, IReadOnlyList<SqlParameter>? parameters) =>
        parameters is null or [] ? condition : TableChange.AllRows;

    static JsonObject Predicate(string? condition) =>
        condition is null ? [] : new JsonObject { ["predicate"] = condition };
}
