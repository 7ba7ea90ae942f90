using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>Rows that are there several times.</summary>
/// <remarks>Equal rows meet only when both are looked at. So in a large table rows are not chosen by their place here
/// but by the hash of the columns with the most values: equal rows are chosen together.</remarks>
static class RowSuspicions
{
    const long MaxRows = 500_000;
    const int HashedColumns = 2;
    const int LeastValues = 10_000;
    const int MaxShown = 80;
    const int MaxColumns = 200;

    /// <param name="session">Where the rows are.</param>
    /// <param name="columns">Of the rows.</param>
    /// <param name="hasKey">Whether a column is known to be different in every row.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    public static Suspicion? Of(
        SqlSession session, IReadOnlyList<ProfiledValues> columns, bool hasKey, CancellationToken cancellationToken)
    {
        if (hasKey || columns.Count is 0 or > MaxColumns || columns[0].RowCount < 2)
            return null;
        var parts = Math.Max(1, columns[0].RowCount / MaxRows);
        var varied = columns.Where(values => values.Column.Kind is not ColumnKind.Nested && values.NullCount == 0)
            .OrderByDescending(values => values.Column.Kind != ColumnKind.Text)
            .ThenByDescending(values => values.DistinctCount ?? 0).ToList();
        if (varied.MaxBy(values => values.DistinctCount ?? 0) is { DistinctCount: < LeastValues })
        {
            // Whole groups of rows would be taken or left.
            parts = 1;
        }

        if (columns[0].RowCount / parts > MaxRows * 8)
            return null;
        var hashed = varied.Where(values => values.DistinctCount >= LeastValues).Take(HashedColumns)
            .Select(values => values.Column.Sql).ToList();
        var where = parts == 1 || hashed.Count == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $" where hash({string.Join(", ", hashed)}) % {parts} = 0");
        var all = string.Join(", ", columns.Select(values => values.Column.Sql));
        var isEstimate = where.Length > 0;
        return session.Query(
            $"""
            select count(*), cast(sum(n - 1) as bigint), cast(arg_max(shown, n) as varchar), max(n) from (
                select count(*) as n, left(cast(any_value(row({all})) as varchar), {MaxShown}) as shown
                from {ProfileSample.Rows}{where} group by {all} having count(*) > 1)
            """,
            [],
            reader =>
            {
                if (!reader.Read() || reader.GetInt64(0) == 0)
                    return null;
                var more = reader.GetInt64(1) * (isEstimate ? parts : 1);
                return new Suspicion(
                    "rows-repeated", FindingSeverity.Warning, [], more, null,
                    count => $"Of the rows {count} are there again, equal in every column that was looked at.",
                    [string.Create(
                        CultureInfo.InvariantCulture, $"{reader.GetString(2)} ({reader.GetInt64(3)} times)")])
                {
                    IsCounted = true,
                    IsEstimate = isEstimate,
                };
            },
            cancellationToken);
    }
}
