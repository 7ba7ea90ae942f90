namespace Millrace.Tables.Checks;

partial class CheckRun
{
    /// <summary>Keys that several rows have. Of a table that is added to only those are looked at that a new row has:
    /// the others were looked at before.</summary>
    CheckResult JudgeUnique(CheckRule rule, CancellationToken cancellationToken)
    {
        var names = SqlName.QuoteAll(rule.Columns);
        var isWhole = string.Join(" and ", rule.Columns.Select(name => $"{SqlName.Quote(name)} is not null"));
        var source = $"{rows.View(rule.Rows)} where {CheckSql.Where(rule)} and {isWhole}";
        if (rule.Rows == CheckScope.Table && !rows.IsAllNew)
        {
            source = $"(select * from {rows.View(CheckScope.Table)} semi join "
                + $"(select distinct {names} from {rows.View(CheckScope.New)}) using ({names})) "
                + $"where {CheckSql.Where(rule)} and {isWhole}";
        }

        var twice = $"(select {names}, count(*) as millrace_count from {source} group by all having count(*) > 1)";
        var (keys, failing) = rows.Session.Query(
            $"select count(*), coalesce(cast(sum(millrace_count) as bigint), 0) from {twice}", [],
            reader =>
            {
                reader.Read();
                return (reader.GetInt64(0), reader.GetInt64(1));
            },
            cancellationToken);
        return new CheckResult(
            rule, keys == 0 ? CheckOutcome.Passed : CheckOutcome.Failed,
            keys == 0 ? "no two rows are alike in it" : $"{keys:N0} values stand in {failing:N0} rows")
        {
            Observed = keys,
            FailingRows = failing,
            Examples = keys == 0 ? [] : rows.Session.Rows(
                $"select cast(json_object({string.Join(", ", rule.Columns.Select(
                    name => $"{SqlName.Text(name)}, {SqlName.Quote(name)}"))}, 'rows', millrace_count) as varchar) "
                + $"from {twice} order by millrace_count desc, {names} limit {ExamplesMax}",
                reader => reader.GetString(0)),
        };
    }

    CheckResult JudgeReferences(CheckRule rule, CancellationToken cancellationToken)
    {
        var other = rule.Table == rows.Table ? rows.View(CheckScope.Table) : Other(rule.Table!);
        var pairs = rule.Columns.Zip(rule.TableColumns ?? rule.Columns);
        var isWhole = string.Join(" and ", rule.Columns.Select(name => $"r.{SqlName.Quote(name)} is not null"));
        var isThere = string.Join(
            " and ", pairs.Select(pair => $"o.{SqlName.Quote(pair.Second)} = r.{SqlName.Quote(pair.First)}"));
        var source = $"from {rows.View(rule.Rows)} as r where {CheckSql.Where(rule)} and {isWhole}";
        var lost = $"{source} and not exists (select 1 from {other} as o where {isThere})";
        var count = rows.Session.Query($"select count(*) {source}", [], First, cancellationToken);
        var failing = rows.Session.Query($"select count(*) {lost}", [], First, cancellationToken);
        var result = JudgeRows(rule, count, failing, cancellationToken);
        return result.Outcome == CheckOutcome.Passed
            ? result : result with { Examples = Examples(rule, lost, cancellationToken) };
    }

    CheckResult JudgeDrift(CheckRule rule, CancellationToken cancellationToken)
    {
        var column = rows.After.Schema.Find(rule.Columns[0])!;
        var reference = rule.Version is { } number ? rows.Version(number) : rows.Previous();
        if (reference is null || (rule.Version is null && rows.Before!.Schema.Find(column.Name) is null))
        {
            return Nothing(rule, "there is no version before with that column", null);
        }

        var distance = CheckDrift.Between(
            rows.Session, column, reference, rows.View(rule.Rows), CheckSql.Where(rule), cancellationToken);
        if (distance is not { JensenShannon: { } divergence, LInfinity: { } most })
        {
            return Nothing(rule, "one of the two versions has no rows to compare", null);
        }

        var isNear = (rule.JensenShannon is not { } js || divergence <= js)
            && (rule.LInfinity is not { } linf || most <= linf);
        var allowed = string.Join(" and ", ((string?[])
        [
            rule.JensenShannon is { } jsMax ? $"Jensen-Shannon {Shown(jsMax)}" : null,
            rule.LInfinity is { } linfMax ? $"L∞ {Shown(linfMax)}" : null,
        ]).OfType<string>());
        return new CheckResult(
            rule, isNear ? CheckOutcome.Passed : CheckOutcome.Failed,
            $"Jensen-Shannon is {Shown(Math.Round(divergence, 6))}, L∞ {Shown(Math.Round(most, 6))} at "
            + $"'{Cut(distance.Worst)}'; {allowed} is allowed")
        {
            Observed = rule.JensenShannon is null ? most : divergence,
        };
    }

    /// <summary>A query of the user's whose rows are faults.</summary>
    CheckResult JudgeQuery(CheckRule rule, CancellationToken cancellationToken)
    {
        rows.AttachAll(rule.Sql!);
        var failing = rows.Session.Query($"select count(*) from ({rule.Sql}\n)", [], First, cancellationToken);
        return new CheckResult(
            rule, failing == 0 ? CheckOutcome.Passed : CheckOutcome.Failed, $"the query gives {failing:N0} rows")
        {
            Observed = failing,
            FailingRows = failing,
            Examples = failing == 0 ? [] : rows.Session.Query(
                $"select left(cast(to_json(q) as varchar), {ExampleLettersMax}) from ({rule.Sql}\n) as q "
                + $"limit {ExamplesMax}", [], All, cancellationToken),
        };
    }

    const int ExampleLettersMax = 2_000;

    string Other(string table)
    {
        rows.Attach(table);
        return SqlName.Quote(table);
    }

    /// <summary>Some rows as JSON.</summary>
    List<string> Examples(CheckRule rule, string source, CancellationToken cancellationToken) => rows.Session.Query(
        $"select {CheckSql.Example(rule, rows.After.Schema)} {source} limit {ExamplesMax}", [], All, cancellationToken);

    static long First(DuckDB.NET.Data.DuckDBDataReader reader)
    {
        reader.Read();
        return reader.GetInt64(0);
    }

    static List<string> All(DuckDB.NET.Data.DuckDBDataReader reader)
    {
        var texts = new List<string>();
        while (reader.Read())
        {
            texts.Add(reader.IsDBNull(0) ? "{}" : reader.GetString(0));
        }

        return texts;
    }

    static string Cut(string text)
    {
        const int Most = 60;
        return text.Length > Most ? text[..Most] + "…" : text;
    }
}
