using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Profiles;

/// <summary>Columns that look as if they told rows apart: whether they do is counted over all rows.</summary>
/// <remarks>The only question that costs more than a pass, since each value is held; so it is asked of a few columns,
/// and only where the sample and the estimate leave it open.</remarks>
static partial class KeySuspicions
{
    const int MaxColumns = 8;
    const int MaxExamples = 3;
    const int LeastRows = 50;
    const double NearlyUnique = 0.9;
    const double LikelyId = 0.5;
    // How far off the estimate of distinct values may be.
    const double EstimateSlack = 0.95;

    /// <summary>Suspicions, and for each column that was counted whether it is unique.</summary>
    public static (List<Suspicion> Suspicions, Dictionary<ProfiledColumn, (long Distinct, bool IsUnique)> Counted) Of(
        SqlSession session, IReadOnlyList<ProfiledValues> columns, CancellationToken cancellationToken)
    {
        var suspicions = new List<Suspicion>();
        var counted = new Dictionary<ProfiledColumn, (long, bool)>();
        foreach (var values in columns.Where(IsLikely).OrderByDescending(values => IsId(values.Column.Name))
            .Take(MaxColumns))
        {
            var (repeated, inRows, most) = Count(session, values.Column, cancellationToken);
            var distinct = values.Pass.Present - inRows + repeated;
            counted[values.Column] = (distinct, repeated == 0 && values.NullCount == 0);
            var share = distinct / (double)Math.Max(1, values.Pass.Present);
            var isId = IsId(values.Column.Name);
            if (repeated == 0 || share < (isId ? LikelyId : NearlyUnique))
                continue;
            suspicions.Add(new Suspicion(
                isId ? "id-repeated" : "key-nearly-unique",
                isId ? FindingSeverity.Serious : FindingSeverity.Warning, [values.Column.Name], inRows, null,
                count => $"'{values.Column.Name}' "
                    + (isId ? "is named like an id" : "is different in nearly every row")
                    + string.Create(
                        CultureInfo.InvariantCulture, $", but {repeated:N0} of its values repeat, in {count} rows."),
                most)
            {
                IsCounted = true,
            });
        }

        return (suspicions, counted);
    }

    static bool IsLikely(ProfiledValues values)
    {
        if (values.Pass.Present < LeastRows || values.Pass.IsConstant
            || !(values.Column.IsWhole || values.Column.Kind == ColumnKind.Text))
        {
            return false;
        }

        // Free text is no key, even when no two are the same.
        var isShort = values.Pass.Lengths is not { Mean: > 64 };
        var least = (IsId(values.Column.Name) ? LikelyId : NearlyUnique) * (values.IsWhole ? 1 : EstimateSlack);
        return isShort && values.DistinctCount >= values.Pass.Present * least;
    }

    static (long Repeated, long InRows, List<string> Most) Count(
        SqlSession session, ProfiledColumn column, CancellationToken cancellationToken) => session.Query(
            $"""
            select cast(value as varchar), n, count(*) over (), cast(sum(n) over () as bigint) from (
                select {column.Sql} as value, count(*) as n from {ProfileSample.Rows} where {column.Sql} is not null
                group by value having count(*) > 1)
            order by n desc, value limit {MaxExamples}
            """,
            [],
            reader =>
            {
                var (repeated, inRows, most) = (0L, 0L, new List<string>());
                while (reader.Read())
                {
                    (repeated, inRows) = (reader.GetInt64(2), reader.GetInt64(3));
                    most.Add(string.Create(
                        CultureInfo.InvariantCulture, $"{reader.GetString(0)} ({reader.GetInt64(1):N0} times)"));
                }

                return (repeated, inRows, most);
            },
            cancellationToken);

    static bool IsId(string name) => IdName().IsMatch(name);

    [GeneratedRegex("(^|_)(id|uuid|guid|key)$|[a-z](Id|ID|Uuid|Guid|Key)$")]
    private static partial Regex IdName();
}
