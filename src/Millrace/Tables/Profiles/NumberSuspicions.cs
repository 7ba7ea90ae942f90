using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>Numbers that stand for no value, and numbers that lie far from all others.</summary>
static class NumberSuspicions
{
    // Fewer say too little about how the column is.
    const int LeastRows = 30;
    const int LeastOthers = 10;
    const double LeastSentinelShare = 0.001;
    const int LeastSentinels = 3;
    // Of the spread between the 5th and the 95th part in a hundred.
    const double SentinelGap = 0.5;
    const double FenceRanges = 3;
    const double FenceDeviations = 5;
    // The normal distribution's deviation for a median deviation of 1.
    const double DeviationsPerMedian = 1.4826;
    const double MostOutliers = 0.01;

    static readonly double[] Sentinels =
    [
        -1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999, 9999999, 99999999, 999999999, 2147483647,
        -2147483648,
    ];

    public static IEnumerable<Suspicion> Of(ProfiledValues values)
    {
        var sorted = values.Sample.Sorted;
        if (values.Column.Kind != ColumnKind.Number || sorted.Length < LeastRows)
            yield break;
        var sentinels = Sentinels.Where(value => IsSentinel(sorted, value)).ToList();
        foreach (var sentinel in sentinels)
        {
            var text = sentinel.ToString(CultureInfo.InvariantCulture);
            yield return new Suspicion(
                "value-sentinel", FindingSeverity.Warning, [values.Column.Name],
                sorted.AsSpan().Count(sentinel), $"{values.Column.Sql} = {text}",
                count => $"'{values.Column.Name}' is {text} in {count} rows and far from it in all others: "
                    + "it may stand for no value.",
                [text]);
        }

        if (Outliers(values, sentinels) is { } outliers)
            yield return outliers;
    }

    /// <summary>Whether a value is common, at an end, and alone there.</summary>
    static bool IsSentinel(double[] sorted, double value)
    {
        var from = sorted.AsSpan().BinarySearch(value);
        if (from < 0)
            return false;
        while (from > 0 && sorted[from - 1] == value)
            from--;
        var to = from;
        while (to < sorted.Length && sorted[to] == value)
            to++;
        var count = to - from;
        var isLow = from == 0 || (sorted[0] < 0 && Sentinels.Contains(sorted[0]) && from < sorted.Length / 2);
        var isHigh = to == sorted.Length;
        if (count < Math.Max(LeastSentinels, sorted.Length * LeastSentinelShare) || !(isLow || isHigh))
            return false;
        var others = isHigh ? sorted.AsSpan(0, from) : sorted.AsSpan(to);
        if (others.Length < Math.Max(LeastRows, count / 10) || Distinct(others) <= LeastOthers)
            return false;
        var spread = SampleFigures.Quantile(others, 0.95) - SampleFigures.Quantile(others, 0.05);
        var gap = isHigh ? value - others[^1] : others[0] - value;
        return gap > SentinelGap * spread || (value < 0 && others[0] >= 0);
    }

    static Suspicion? Outliers(ProfiledValues values, List<double> sentinels)
    {
        var (column, sorted) = (values.Column, values.Sample.Sorted);
        var plain = sentinels.Count == 0 ? sorted : Array.FindAll(sorted, value => !sentinels.Contains(value));
        var (low, high) = Fences(plain);
        if (double.IsNaN(low))
            return null;
        var outside = Array.FindAll(plain, value => value < low || value > high);
        var isBeyond = (values.Pass.MinNumber < low && !sentinels.Contains(values.Pass.MinNumber.Value))
            || (values.Pass.MaxNumber > high && !sentinels.Contains(values.Pass.MaxNumber.Value));
        if ((outside.Length == 0 && !isBeyond) || outside.Length > plain.Length * MostOutliers)
            return null;
        var number = $"cast({column.Sql} as double)";
        var finite = column.IsFloat ? $"isfinite({column.Sql}) and " : "";
        var except = sentinels.Count == 0 ? "" : $" and {column.Sql} not in ({string.Join(
            ", ", sentinels.Select(value => value.ToString(CultureInfo.InvariantCulture)))})";
        return new Suspicion(
            "value-outlier", FindingSeverity.Warning, [column.Name], outside.Length,
            $"{finite}({number} < {Literal(low)} or {number} > {Literal(high)}){except}",
            count => $"'{column.Name}' lies far from its other values in {count} rows: below {Short(low)} or above "
                + $"{Short(high)}, where its middle half is from {Short(SampleFigures.Quantile(plain, 0.25))} to "
                + $"{Short(SampleFigures.Quantile(plain, 0.75))}.",
            Ends(outside, column))
        {
            ExampleColumn = column,
            MostShare = MostOutliers,
        };
    }

    /// <summary>Bounds that are both three ranges of the middle half away from it, and five deviations from the median;
    /// NaN when the values do not spread.</summary>
    static (double Low, double High) Fences(double[] sorted)
    {
        if (sorted.Length < LeastRows)
            return (double.NaN, double.NaN);
        var (first, median, third) = (
            SampleFigures.Quantile(sorted, 0.25), SampleFigures.Quantile(sorted, 0.5),
            SampleFigures.Quantile(sorted, 0.75));
        var deviations = Array.ConvertAll(sorted, value => Math.Abs(value - median));
        Array.Sort(deviations);
        var deviation = DeviationsPerMedian * SampleFigures.Quantile(deviations, 0.5);
        var range = third - first;
        return range > 0 && deviation > 0 && double.IsFinite(range)
            ? (Math.Min(first - (FenceRanges * range), median - (FenceDeviations * deviation)),
                Math.Max(third + (FenceRanges * range), median + (FenceDeviations * deviation)))
            : (double.NaN, double.NaN);
    }

    static List<string> Ends(double[] sorted, ProfiledColumn column) => sorted.Length == 0 ? []
        : [.. new[] { sorted[0], sorted[^1] }.Distinct().Select(value => SampleFigures.Text(column, value))];

    static int Distinct(ReadOnlySpan<double> sorted)
    {
        var distinct = sorted.Length > 0 ? 1 : 0;
        for (var i = 1; i < sorted.Length; i++)
            distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
        return distinct;
    }

    static string Literal(double value) => $"{value.ToString("R", CultureInfo.InvariantCulture)}::double";

    static string Short(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
