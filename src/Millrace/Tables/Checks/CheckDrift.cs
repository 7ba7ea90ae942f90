using System.Globalization;

namespace Millrace.Tables.Checks;

/// <summary>How far two distributions of a column are from each other.</summary>
/// <remarks>Numbers and times fall into bins that hold equal shares of the reference; missing values and NaN are bins
/// of their own. Other values are compared one by one. Jensen-Shannon: J. Lin, "Divergence Measures Based on the
/// Shannon Entropy", IEEE Transactions on Information Theory 37 (1991), with logarithms to base 2, so that it is at
/// most 1. L∞ is the greatest difference of a share.</remarks>
static class CheckDrift
{
    const int Bins = 20;

    // The years 1 and 9999.
    const double FirstSecond = -62_135_596_800;
    const double LastSecond = 253_402_300_799;

    /// <param name="JensenShannon">In bits; null when one side has no rows.</param>
    /// <param name="LInfinity">Null when one side has no rows.</param>
    /// <param name="Worst">The value or bin whose share differs most.</param>
    public readonly record struct Distance(double? JensenShannon, double? LInfinity, string Worst);

    /// <param name="session">Where the views are.</param>
    /// <param name="column">The column, which is in both.</param>
    /// <param name="reference">The view that is compared with.</param>
    /// <param name="rows">The view of the rows.</param>
    /// <param name="where">The condition of the rows of both.</param>
    /// <param name="cancellationToken">Interrupts the queries.</param>
    public static Distance Between(
        SqlSession session, TableColumn column, string reference, string rows, string where,
        CancellationToken cancellationToken)
    {
        var (value, nameOf) = Value(session, column, reference, where);
        return session.Query(
            $"""
            with n as (
                select v, count(*) filter (where s = 0) as a, count(*) filter (where s = 1) as b from (
                    select {value} as v, 0 as s from {reference} where {where}
                    union all select {value}, 1 from {rows} where {where})
                group by v),
            p as (select v, a / sum(a) over () as p, b / sum(b) over () as q from n)
            select sum(case when p > 0 then p * log2(2 * p / (p + q)) else 0 end
                + case when q > 0 then q * log2(2 * q / (p + q)) else 0 end) / 2,
                max(abs(p - q)), arg_max(coalesce(v, 'none'), abs(p - q)), bool_and(isfinite(p) and isfinite(q))
            from p
            """,
            [],
            reader => reader.Read() && !reader.IsDBNull(0) && !reader.IsDBNull(3) && reader.GetBoolean(3)
                ? new Distance(Math.Max(0, reader.GetDouble(0)), reader.GetDouble(1), nameOf(reader.GetString(2)))
                : new Distance(null, null, ""),
            cancellationToken);
    }

    /// <summary>The value, or the number of its bin; and what that is called.</summary>
    static (string Sql, Func<string, string> NameOf) Value(
        SqlSession session, TableColumn column, string reference, string where)
    {
        var name = SqlName.Quote(column.Name);
        var isTime = column.Type is "date" or "timestamp" or "timestamp_ntz";
        if (!isTime && !CheckSql.IsNumeric(column))
        {
            return ($"cast({name} as varchar)", value => value);
        }

        var number = isTime ? $"epoch(cast({name} as timestamp))" : $"cast({name} as double)";
        var places = string.Join(", ", Enumerable.Range(1, Bins - 1).Select(i => CheckSql.Number((double)i / Bins)));
        var edges = session.Rows(
            $"select distinct e from (select unnest(approx_quantile({number}, [{places}])) as e from {reference} "
            + $"where {where} and isfinite({number})) where e is not null order by e",
            reader => reader.GetDouble(0));
        var cases = edges.Select((edge, i) => $"when {number} < {CheckSql.Number(edge)} then '{i}'");
        return (
            $"case when {name} is null then null when isnan({number}) then 'NaN' {string.Join(' ', cases)} "
            + $"else '{edges.Count}' end",
            NameOf);

        string NameOf(string bin) => !int.TryParse(bin, CultureInfo.InvariantCulture, out var i) ? bin
            : edges.Count == 0 ? "any" : i == 0 ? $"below {Shown(edges[0])}"
            : i == edges.Count ? $"{Shown(edges[^1])} or more" : $"{Shown(edges[i - 1])} to {Shown(edges[i])}";

        string Shown(double edge) => isTime
            ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(edge, FirstSecond, LastSecond))
                .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            : edge.ToString("G6", CultureInfo.InvariantCulture);
    }
}
