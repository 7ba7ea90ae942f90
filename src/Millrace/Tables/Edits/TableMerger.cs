using System.Globalization;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Merges rows into a table by copy on write.</summary>
/// <remarks>First the pairs of rows that belong together are found, as places in the table's files and numbers of the
/// query's rows; then one clause is chosen for each pair, for each row of the query without one and, where asked, for
/// each row of the table without one. Then the files in which something changes are read once more and written anew,
/// with the inserted rows at the end. What is kept between the steps are places and numbers: 24 bytes a pair.</remarks>
/// <param name="scope">The change.</param>
/// <param name="merge">What is done with which rows.</param>
/// <param name="changed">The table with the columns that it is to have; null to leave them.</param>
sealed class TableMerger(EditScope scope, TableMerge merge, TableSnapshot? changed = null)
{
    const string Source = "millrace_source";
    const string Number = "millrace_number";
    const string Pairs = "millrace_pair";
    const string Actions = "millrace_action";
    const string Inserts = "millrace_insert";
    const string Rows = "millrace_rows";
    const string Touched = "millrace_touched";
    const string Kind = "millrace_kind";

    readonly TableSnapshot _table = scope.Existing;
    IReadOnlyList<SqlParameter> _parameters = [];
    readonly string _old = SqlName.Quote(merge.TargetAlias ?? "target");
    readonly string _new = SqlName.Quote(merge.SourceAlias);
    readonly TableSnapshot _after = changed ?? scope.Existing;

    SqlSession Session => scope.Session;

    /// <summary>Writes the files; null when nothing changes.</summary>
    /// <exception cref="MillraceException"><c>merge-ambiguous</c>, <c>column-unknown</c>,
    /// <c>constraint-violated</c>.</exception>
    public MergedRows? Run(IReadOnlyList<SqlParameter> parameters, CancellationToken cancellationToken)
    {
        _parameters = parameters;
        CheckValues();
        scope.Attach(merge.Source);
        foreach (var sql in Expressions())
        {
            scope.Attach($"select ({sql}\n)");
        }

        Execute(
            $"create or replace temp table {Source} as select *, row_number() over () as {Number} from "
                + $"({merge.Source}\n)",
            cancellationToken);
        FindPairs(cancellationToken);
        RefuseAmbiguous();
        ChooseActions(cancellationToken);
        ChooseInserts(cancellationToken);
        CountRows();
        if (scope.Counts.Deleted + scope.Counts.Updated + scope.Counts.Inserted == 0)
        {
            return null;
        }

        var touched =
            Session.Rows($"select distinct millrace_f from {Actions} order by 1", reader => reader.GetInt64(0));
        List<DataFile> removed = [.. touched.Select(number => _table.Files[(int)number])];
        scope.AttachPlaces(Touched, removed);
        WriteRows(cancellationToken);
        var added = scope.Write(_after, Rows, cancellationToken);
        var read = Session.Rows($"select distinct millrace_f from {Pairs}", reader => reader.GetInt64(0))
            .Select(number => _table.Files[(int)number].Key);
        return new MergedRows(added, removed, [.. read], Changes());
    }

    /// <summary>Runs a statement with the values that it names.</summary>
    void Execute(string sql, CancellationToken cancellationToken) => _ = Session.Query(
        sql, NamedValues.Of(sql, _parameters), reader => reader.Read(), cancellationToken);

    IEnumerable<string> Expressions() => merge.Matched.Concat(merge.NotMatched).Concat(merge.NotMatchedBySource)
        .SelectMany(step => (step.Values?.Values ?? []).Append(step.Condition)).OfType<string>().Append(merge.On);

    void CheckValues()
    {
        if (merge.NotMatchedBySource.Any(step => step is { IsDelete: false, Values: null }))
        {
            throw new ArgumentException("A row without one of the query has no values to take over.", nameof(merge));
        }

        foreach (var step in merge.Matched.Concat(merge.NotMatched).Concat(merge.NotMatchedBySource))
        {
            foreach (var name in step.Values?.Keys ?? [])
            {
                SchemaChange.Find(_after, name);
            }
        }
    }

    void FindPairs(CancellationToken cancellationToken)
    {
        scope.AttachPlaces(EditScope.Target, _table.Files);
        Execute(
            $"create or replace temp table {Pairs} as "
            + $"select {DataScan.FileColumn} as millrace_f, {DataScan.RowColumn} as millrace_r, {_new}.{Number} as "
            + $"millrace_s, "
            + $"{Clause(merge.Matched)} as millrace_c from {EditScope.Target} as {_old} "
            + $"join {Source} as {_new} on ({OfTarget(merge.On)}\n)", cancellationToken);
    }

    void RefuseAmbiguous()
    {
        if (merge.Matched is [{ IsDelete: true, Condition: null }])
        {
            return;
        }

        if (Session.Rows(
            $"select millrace_f, millrace_r, count(*) from {Pairs} where millrace_c is not null group by 1, 2 having "
                + $"count(*) > 1 order by 1, 2 limit 1",
            reader => (File: reader.GetInt64(0), Row: reader.GetInt64(1), Count: reader.GetInt64(2))) is not [
                var twice])
        {
            return;
        }

        var row = Session.Value<string>(
            $"select cast(to_json(millrace_shown) as varchar) from {EditScope.Target} millrace_shown "
            + $"where {DataScan.FileColumn} = {twice.File} and {DataScan.RowColumn} = {twice.Row}");
        throw new MillraceException(
            ErrorKind.Invalid, "merge-ambiguous",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{twice.Count:N0} rows of the query would change one row of table '{scope.Name}': {row}"),
            "Let the query give one row for each, for instance with 'select distinct on' and an order; nothing was "
            + "changed.");
    }

    /// <summary>For each row of the table that changes: its place, the query's row and the clause.</summary>
    void ChooseActions(CancellationToken cancellationToken)
    {
        var alone = merge.NotMatchedBySource.Count == 0 ? ""
            : $" union all select * from (select {DataScan.FileColumn} as millrace_f, {DataScan.RowColumn} as "
            + $"millrace_r, null::bigint as millrace_s, "
                + $"{merge.Matched.Count} + {Clause(merge.NotMatchedBySource)} as millrace_c from {EditScope.Target} "
                + $"as {_old} "
                + $"anti join {Pairs} as millrace_p on {_old}.{DataScan.FileColumn} = millrace_p.millrace_f and "
                + $"{_old}.{DataScan.RowColumn} = millrace_p.millrace_r) "
                + "where millrace_c is not null";
        Execute(
            $"create or replace temp table {Actions} as select millrace_f, millrace_r, any_value(millrace_s) as "
                + $"millrace_s, any_value(millrace_c) as millrace_c from {Pairs} "
            + $"where millrace_c is not null group by millrace_f, millrace_r{alone}", cancellationToken);
    }

    void ChooseInserts(CancellationToken cancellationToken) => Execute(
        $"create or replace temp table {Inserts} as "
        + (merge.NotMatched.Count == 0 ? "select 0::bigint as millrace_s, 0 as millrace_c where false"
            : $"select * from (select {_new}.{Number} as millrace_s, {Clause(merge.NotMatched)} as millrace_c from "
            + $"{Source} as {_new} "
                + $"anti join {Pairs} as millrace_p on {_new}.{Number} = millrace_p.millrace_s) "
                + "where millrace_c is not null"),
                    cancellationToken);

    void CountRows()
    {
        var deletes = Deletes();
        scope.Counts.Deleted = Session.Value<long>($"select count(*) from {Actions} where {deletes}");
        scope.Counts.Updated = Session.Value<long>($"select count(*) from {Actions} where not ({deletes})");
        scope.Counts.Inserted = Session.Value<long>($"select count(*) from {Inserts}");
    }

    void WriteRows(CancellationToken cancellationToken)
    {
        var steps = merge.Matched.Concat(merge.NotMatchedBySource).ToList();
        var changed = _after.Schema.Columns.Select(column => Cast(column, "case "
            + string.Concat(steps.Select((step, i) => step.IsDelete ? ""
                : $"when millrace_a.millrace_c = {i} then {Value(step, column, isOfRow: true)} "))
            + $"when true then {OfRow(column)} end"));
        var inserted = _after.Schema.Columns.Select(column => merge.NotMatched.Count == 0
            ? Cast(column, "null")
            : Cast(column, "case millrace_i.millrace_c "
                + string.Concat(merge.NotMatched.Select(
                    (step, i) => $"when {i} then {Value(step, column, isOfRow: false)} "))
                + "end"));
        // A clause without values of the query must not need one.
        Execute(
            $"create or replace temp table {Rows} as select * exclude (millrace_o1, millrace_o2) from ("
            + $"select {string.Join(", ", changed)}, "
            + "case when millrace_a.millrace_f is null then 'kept' else 'updated' end as "
            + $"{Kind}, "
            + $"{_old}.{DataScan.FileColumn} as millrace_o1, {_old}.{DataScan.RowColumn} as millrace_o2 "
            + $"from {Touched} as {_old} "
            + $"left join {Actions} as millrace_a on {_old}.{DataScan.FileColumn} = millrace_a.millrace_f and "
            + $"{_old}.{DataScan.RowColumn} = millrace_a.millrace_r "
            + $"left join {Source} as {_new} on millrace_a.millrace_s = {_new}.{Number} "
            + $"where millrace_a.millrace_f is null or not ({Deletes("millrace_a.")})"
            + $" union all select {string.Join(", ", inserted)}, 'inserted', {long.MaxValue}, millrace_i.millrace_s "
            + $"from {Inserts} as millrace_i "
            + $"join {Source} as {_new} on millrace_i.millrace_s = {_new}.{Number}) "
            + "order by millrace_o1, millrace_o2",
            cancellationToken);
    }

    IReadOnlyList<(string Rows, string Type)> Changes()
    {
        var columns = string.Join(", ", _table.Schema.Columns.Select(column => SqlName.Quote(column.Name)));
        return
        [
            (Old(Deletes()), "delete"), (Old($"not ({Deletes()})"), "update_preimage"),
            ($"select {columns} from {Rows} where {Kind} = 'updated'", "update_postimage"),
            ($"select {columns} from {Rows} where {Kind} = 'inserted'", "insert"),
        ];

        string Old(string condition) =>
            $"select {columns} from {Touched} as t semi join (select * from {Actions} where {condition}) as h "
            + $"on t.{DataScan.FileColumn} = h.millrace_f and t.{DataScan.RowColumn} = h.millrace_r";
    }

    string Deletes(string prefix = "")
    {
        var numbers = merge.Matched.Concat(merge.NotMatchedBySource)
            .Select((step, i) => (step.IsDelete, Number: i)).Where(step => step.IsDelete).Select(step => step.Number);
        var list = string.Join(", ", numbers);
        return list.Length == 0 ? "false" : $"{prefix}millrace_c in ({list})";
    }

    string Clause(IReadOnlyList<MergeStep> steps) => steps.Count == 0 ? "null::integer"
        : "case " + string.Concat(steps.Select((step, i) => step.Condition is { } condition
            ? $"when ({OfTarget(condition)}\n) then {i} " : $"when true then {i} ")) + "end";

    /// <summary>What a row of the table has in a column, which may be a new one.</summary>
    string OfRow(TableColumn column) =>
        _table.Schema.Find(column.Name) is null ? "null" : $"{_old}.{SqlName.Quote(column.Name)}";

    string Value(MergeStep step, TableColumn column, bool isOfRow)
    {
        if (step.Values is null)
        {
            return $"{_new}.{SqlName.Quote(column.Name)}";
        }

        var sql = step.Values.FirstOrDefault(
            pair => SchemaChange.Find(_after, pair.Key).Name == column.Name).Value;
        return sql is not null ? $"({OfTarget(sql)}\n)" : isOfRow ? OfRow(column) : "null";
    }

    static string Cast(TableColumn column, string value) =>
        $"cast({value} as {column.SqlType}) as {SqlName.Quote(column.Name)}";

    /// <summary>The table's own name means its row too, where it has no alias and the query's rows are not called so.
    /// </summary>
    string OfTarget(string sql) =>
        merge.TargetAlias is not null || scope.Name.Equals(merge.SourceAlias, StringComparison.OrdinalIgnoreCase)
            ? sql : Identifiers.Rename(sql, scope.Name, "target");
}
