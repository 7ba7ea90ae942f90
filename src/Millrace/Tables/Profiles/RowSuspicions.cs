using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>Rows that are there several times.</summary>
/// <remarks>Equal rows meet only when both are looked at. So in a large table rows are not chosen by their place here
/// but by the hash of the columns with the most values: equal rows are chosen together.</remarks>
static class RowSuspicions
{
    const long MaxRows = 500_000;
    const long MaxRowsAtOnce = 4_000_000;
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
        var hashed = columns.Where(values => values.NullCount == 0 && values.DistinctCount >= LeastValues
                && values.Column.Kind is not (ColumnKind.Nested or ColumnKind.Bytes))
            .OrderByDescending(values => values.Column.Kind != ColumnKind.Text)
            .ThenByDescending(values => values.DistinctCount).Take(HashedColumns)
            .Select(values => values.Column.Sql).ToList();
        // By columns of few values whole groups of rows would be taken or left.
        var parts = hashed.Count == 0 ? 1 : Math.Max(1, columns[0].RowCount / MaxRows);
        if (columns[0].RowCount / parts > MaxRowsAtOnce)
            return null;
        var where = parts == 1 ? "" : string.Create(
            CultureInfo.InvariantCulture, $" where hash({string.Join(", ", hashed)}) % {parts} = 0");
        if (parts > 1 && !Repeats(session, hashed, where, cancellationToken))
            return null;
        var columnsSql = string.Join(", ", columns.Select(values => values.Column.Sql));
        var isEstimate = where.Length > 0;
        // Rows of 64 equal bits are equal rows: of the few million that are compared at most, two others are so once in
        // a million tables.
        var (found, more, hash, most) = session.Query(
            $"""
            select count(*), cast(sum(n - 1) as bigint), arg_max(h, n), max(n) from (
                select hash({columnsSql}) as h, count(*) as n from {ProfileSample.Rows}{where}
                group by h having count(*) > 1)
            """,
            [],
            reader => reader.Read() && reader.GetInt64(0) > 0
                ? (reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<ulong>(2), reader.GetInt64(3))
                : (0, 0, 0, 0),
            cancellationToken);
        if (found == 0)
            return null;
        var example = session.Value<string>(string.Create(
            CultureInfo.InvariantCulture,
            $"select left(cast(row({columnsSql}) as varchar), {MaxShown}) from {ProfileSample.Rows} "
            + $"where hash({columnsSql}) = {hash}::ubigint limit 1"));
        return new Suspicion(
            "rows-repeated", FindingSeverity.Warning, [], more * (isEstimate ? parts : 1), null,
            count => $"Of the rows {count} are there again, equal in every column that was looked at.",
            [string.Create(CultureInfo.InvariantCulture, $"{example} ({most:N0} times)")])
        {
            IsCounted = true,
            IsEstimate = isEstimate,
        };
    }

    /// <summary>Whether any values of the columns that rows are chosen by repeat: mostly not, and then no other column
    /// need be read.</summary>
    static bool Repeats(SqlSession session, List<string> hashed, string where, CancellationToken cancellationToken) =>
        session.Query(
            $"""
            select count(*) from (
                select hash({string.Join(", ", hashed)}) as h from {ProfileSample.Rows}{where}
                group by h having count(*) > 1)
            """,
            [],
            reader => reader.Read() && reader.GetInt64(0) > 0,
            cancellationToken);
}
