using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Tables.Profiles;

/// <summary>Times that have not come yet, and times that stand for none.</summary>
static partial class TimeSuspicions
{
    const double Day = 86_400e6;
    const double Year = 365 * Day;
    // A clock may run ahead, and a day begins earlier in the east.
    const double Ahead = Day;

    // Days that programs write when they have none: of Unix, spreadsheets and databases.
    static readonly DateOnly[] Sentinels =
    [
        new(1, 1, 1), new(1753, 1, 1), new(1899, 12, 30), new(1900, 1, 1), new(1970, 1, 1), new(2099, 12, 31),
        new(2999, 12, 31), new(9999, 12, 31),
    ];

    public static IEnumerable<Suspicion> Of(ProfiledValues values, DateTimeOffset now)
    {
        if (values.Column.Kind != ColumnKind.Time
            || values.Pass.MinNumber is not { } least || values.Pass.MaxNumber is not { } greatest)
        {
            yield break;
        }

        var sentinels = new List<double>();
        foreach (var day in Sentinels)
        {
            var start = Microseconds(day);
            if (IsSentinel(values, start, least, greatest))
            {
                sentinels.Add(start);
                yield return Sentinel(values, day, start);
            }
        }

        var latest = ((now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond) + Ahead;
        if (greatest > latest && !sentinels.Contains(Math.Floor(greatest / Day) * Day))
            yield return Future(values, latest, sentinels);
        else if (sentinels.Count > 0 && values.Sample.Sorted.Any(value => value > latest && !IsIn(value, sentinels)))
            yield return Future(values, latest, sentinels);
    }

    /// <summary>Whether a day is the least or greatest, and the others are years away.</summary>
    static bool IsSentinel(ProfiledValues values, double start, double least, double greatest)
    {
        var isLow = least >= start && least < start + Day;
        var isHigh = greatest >= start && greatest < start + Day;
        if (!isLow && !isHigh)
            return false;
        var others = Array.FindAll(values.Sample.Sorted, value => value < start || value >= start + Day);
        return others.Length > 0
            && (isLow ? SampleFigures.Quantile(others, 0.01) - start : start - SampleFigures.Quantile(others, 0.99))
                > Year;
    }

    static Suspicion Sentinel(ProfiledValues values, DateOnly day, double start)
    {
        var column = values.Column;
        var text = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new Suspicion(
            "time-sentinel", FindingSeverity.Warning, [column.Name],
            values.Sample.Sorted.LongCount(value => value >= start && value < start + Day),
            $"{column.MicrosecondsSql(column.Sql)} >= {Whole(start)} and "
                + $"{column.MicrosecondsSql(column.Sql)} < {Whole(start + Day)}",
            count => $"'{column.Name}' is on {text} in {count} rows and years from it in the others: it may stand for "
                + "no time.",
            [text]);
    }

    static Suspicion Future(ProfiledValues values, double latest, List<double> sentinels)
    {
        var column = values.Column;
        var found = values.Sample.Sorted.Where(value => value > latest && !IsIn(value, sentinels)).ToList();
        var except = string.Concat(sentinels.Select(start =>
            $" and not ({column.MicrosecondsSql(column.Sql)} >= {Whole(start)} and "
            + $"{column.MicrosecondsSql(column.Sql)} < {Whole(start + Day)})"));
        return new Suspicion(
            "time-future",
            IsMeant().IsMatch(column.Name) ? FindingSeverity.Note : FindingSeverity.Serious, [column.Name],
            found.Count, $"{column.MicrosecondsSql(column.Sql)} > {Whole(latest)}{except}",
            count => $"'{column.Name}' has not come yet in {count} rows.",
            found.Count == 0 ? [] : [SampleFigures.Text(column, found[^1]), SampleFigures.Text(column, found[0])])
        {
            ExampleColumn = column,
        };
    }

    static bool IsIn(double value, List<double> days) => days.Exists(start => value >= start && value < start + Day);

    static double Microseconds(DateOnly day) =>
        (day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    static string Whole(double value) => value.ToString("F0", CultureInfo.InvariantCulture);

    // Names of columns of which it is no wonder.
    [GeneratedRegex("due|expir|until|end|valid|deadline|sched|plan|next|renew|to$", RegexOptions.IgnoreCase)]
    private static partial Regex IsMeant();
}
