using System.Text.Json.Nodes;

namespace Millrace.Tables.Edits;

/// <summary>Compares the rows of two snapshots by a key. Both are read once and joined; a join larger than memory
/// spills.</summary>
sealed class RowDiff(SqlSession session, TableSnapshot before, TableSnapshot after, IReadOnlyList<string> keys)
{
    const string Joined = "millrace_diff";
    const string Change = "millrace_change";

    public TableDiff Run(int mostExamples, CancellationToken cancellationToken)
    {
        var same = Columns();
        session.Attach("millrace_before", before);
        session.Attach("millrace_after", after);
        RefuseTwice("millrace_before", before);
        RefuseTwice("millrace_after", after);
        var values = same.Where(column => !keys.Contains(column.Name, StringComparer.Ordinal)).ToList();
        var differs = values.Select((column, i) => (Column: column, Flag: $"d{i}")).ToList();
        var flags = differs.Select(pair =>
            $"a.{SqlName.Quote(pair.Column.Name)} is distinct from b.{SqlName.Quote(pair.Column.Name)} as {pair.Flag}");
        var any = differs.Count == 0 ? "false" : string.Join(" or ", differs.Select(pair => pair.Flag));
        var keyValues = keys.Select((key, i) => $"coalesce(a.{SqlName.Quote(key)}, b.{SqlName.Quote(key)}) as k{i}");
        session.Execute(
            $"create or replace temp table {Joined} as select *, case when not in_a then '+' when not in_b then '-' "
            + $"when {any} then '~' else '=' end as {Change} from (select {string.Join(", ", keyValues)}, "
            + $"a.millrace_there is not null as in_a, b.millrace_there is not null as in_b"
            + string.Concat(flags.Select(flag => ", " + flag))
            + string.Concat(values.Select((column, i) =>
                $", a.{SqlName.Quote(column.Name)} as a{i}, b.{SqlName.Quote(column.Name)} as b{i}"))
            + " from (select *, 1 as millrace_there from millrace_before) a "
            + "full outer join (select *, 1 as millrace_there from millrace_after) b on "
            + string.Join(
                " and ", keys.Select(key => $"a.{SqlName.Quote(key)} is not distinct from b.{SqlName.Quote(key)}"))
            + ")", cancellationToken);
        var counts = session.Rows(
            $"select {Change}, count(*) from {Joined} group by 1", reader => (reader.GetString(0), reader.GetInt64(1)))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal);
        var flagged = differs.Select(pair => $"count(*) filter (where {Change} = '~' and {pair.Flag})");
        var changed = differs.Count == 0 ? [] : session.Query(
            $"select {string.Join(", ", flagged)} "
            + $"from {Joined}", [], reader =>
            {
                reader.Read();
                return differs.Select((pair, i) => (pair.Column.Name, Count: reader.GetInt64(i)))
                    .Where(pair => pair.Count > 0)
                    .ToDictionary(pair => pair.Name, pair => pair.Count, StringComparer.Ordinal);
            }, cancellationToken);
        return new TableDiff(
            counts.GetValueOrDefault("+"), counts.GetValueOrDefault("-"), counts.GetValueOrDefault("~"),
            counts.GetValueOrDefault("="), SchemaDifferences(), changed, Examples(values, mostExamples));
    }

    List<RowDifference> Examples(List<TableColumn> values, int most)
    {
        var key = Json(keys.Select((name, i) => (name, $"k{i}")));
        var before = Json(values.Select((column, i) => (column.Name, $"a{i}")));
        var after = Json(values.Select((column, i) => (column.Name, $"b{i}")));
        return session.Rows(
            $"select {Change}, {key}, {before}, {after} from {Joined} where {Change} <> '=' "
            + $"order by {string.Join(", ", keys.Select((_, i) => $"k{i}"))} limit {most}",
            reader => Only(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
    }

    static RowDifference Only(string change, string key, string before, string after)
    {
        if (change != "~")
        {
            return new RowDifference(change, key, change == "-" ? before : null, change == "+" ? after : null);
        }

        var (old, now) = (JsonNode.Parse(before)!.AsObject(), JsonNode.Parse(after)!.AsObject());
        foreach (var name in old.Select(pair => pair.Key).ToList())
        {
            if (JsonNode.DeepEquals(old[name], now[name]))
            {
                old.Remove(name);
                now.Remove(name);
            }
        }

        return new RowDifference(change, key, old.ToJsonString(), now.ToJsonString());
    }

    static string Json(IEnumerable<(string Name, string Value)> fields)
    {
        var list = string.Join(", ", fields.Select(field => $"{SqlName.Text(field.Name)}, {field.Value}"));
        return list.Length == 0 ? "'{}'" : $"cast(json_object({list}) as varchar)";
    }

    /// <summary>The columns that both have, of types whose values can be compared.</summary>
    List<TableColumn> Columns()
    {
        foreach (var key in keys)
        {
            SchemaChange.Find(before, key);
            SchemaChange.Find(after, key);
        }

        return [.. before.Schema.Columns.Where(column => after.Schema.Find(column.Name) is { } other
            && other.DataType.IsNested == column.DataType.IsNested)];
    }

    List<string> SchemaDifferences()
    {
        var differences = new List<string>();
        differences.AddRange(before.Schema.Columns.Where(column => after.Schema.Find(column.Name) is null)
            .Select(column => $"'{column.Name}' ({column.Type}) is gone"));
        differences.AddRange(after.Schema.Columns.Where(column => before.Schema.Find(column.Name) is null)
            .Select(column => $"'{column.Name}' ({column.Type}) is new"));
        differences.AddRange(before.Schema.Columns.Select(column => (Old: column, New: after.Schema.Find(column.Name)))
            .Where(pair => pair.New is not null && pair.New.Type != pair.Old.Type)
            .Select(pair => $"'{pair.Old.Name}' was {pair.Old.Type} and is {pair.New!.Type}"));
        return differences;
    }

    void RefuseTwice(string view, TableSnapshot table)
    {
        var names = SqlName.QuoteAll(keys);
        if (session.Value<long>(
            $"select count(*) from (select 1 from {view} group by {names} having count(*) > 1 limit 1)") > 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "duplicate-key",
                $"Rows of table '{table.Name}' (v{table.Version}) have the same {string.Join(", ", keys)}, so they "
                    + $"can't be "
                + "compared one by one.",
                "Name more columns with '--key'.");
        }
    }
}
