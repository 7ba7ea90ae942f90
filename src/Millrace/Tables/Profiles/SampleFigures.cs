using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>What the rows that are looked at tell of one column.</summary>
/// <param name="Present">Rows with a value.</param>
/// <param name="Distinct">Different values.</param>
/// <param name="Singles">Values that came once: where there are none, no value of the table is likely to have been
/// missed (Good's estimate of the unseen).</param>
/// <param name="Top">The commonest values.</param>
/// <param name="Quantiles">Of <see cref="ColumnProfile.QuantileShares"/>; empty for texts.</param>
/// <param name="Histogram">Null for texts.</param>
sealed record SampleFigures(
    int Present, int Distinct, int Singles, IReadOnlyList<TopValue> Top, IReadOnlyList<double> Quantiles,
    ColumnHistogram? Histogram)
{
    const int TopCount = 5;
    const int MaxShown = 64;
    const int Parts = 20;
    // Beyond it a double does not tell one whole number from the next.
    const double LargestExact = 1L << 53;

    public static SampleFigures Of(SampleColumn column) =>
        column.IsText ? OfWords(column) : column.Sorted.Length > 0 ? OfNumbers(column)
        : new SampleFigures(0, 0, 0, [], [], null);

    /// <summary>The value below which a share of sorted values lies, between two of them if need be.</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        var place = (sorted.Length - 1) * share;
        var index = (int)place;
        if (index + 1 >= sorted.Length)
            return sorted[^1];
        var part = place - index;
        // The difference of two values may be more than a double holds, and rounding may lead out of them.
        return Math.Clamp(
            (sorted[index] * (1 - part)) + (sorted[index + 1] * part), sorted[index], sorted[index + 1]);
    }

    /// <summary>A number as the column's type writes it.</summary>
    public static string Text(ProfiledColumn column, double value) => column.Kind switch
    {
        ColumnKind.Boolean => value != 0 ? "true" : "false",
        ColumnKind.Time => TimeText(column, value),
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    static string TimeText(ProfiledColumn column, double microseconds)
    {
        var ticks = microseconds * TimeSpan.TicksPerMicrosecond;
        if (ticks < DateTime.MinValue.Ticks - DateTime.UnixEpoch.Ticks
            || ticks > DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks)
        {
            return microseconds < 0 ? "before year 1" : "after year 9999";
        }

        var time = DateTime.UnixEpoch.AddTicks((long)ticks);
        return column.SqlType == "DATE" ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture);
    }

    static SampleFigures OfWords(SampleColumn column)
    {
        var present = column.WordCounts.Sum();
        var singles = 0;
        var best = new PriorityQueue<int, (int Count, int Late)>();
        for (var word = 0; word < column.WordCounts.Count; word++)
        {
            var count = column.WordCounts[word];
            if (count == 1)
                singles++;
            else if (!column.IsCut(column.Words[word]))
                Keep(best, word, (count, -word));
        }

        return new SampleFigures(
            present, column.Words.Count, singles,
            [.. Best(best).Select(word => new TopValue(
                Cut(column.Words[word]), column.WordCounts[word], (double)column.WordCounts[word] / present))],
            [], null);
    }

    static SampleFigures OfNumbers(SampleColumn column)
    {
        var sorted = column.Sorted;
        var (distinct, singles) = (0, 0);
        var best = new PriorityQueue<(int From, int Count), (int Count, int Late)>();
        for (var from = 0; from < sorted.Length; distinct++)
        {
            var to = from + 1;
            while (to < sorted.Length && sorted[to] == sorted[from])
                to++;
            if (to - from == 1)
                singles++;
            else
                Keep(best, (from, to - from), (to - from, -from));
            from = to;
        }

        var isExact = Math.Max(Math.Abs(sorted[0]), Math.Abs(sorted[^1])) < LargestExact;
        var isLength = column.Column.Kind is ColumnKind.Nested or ColumnKind.Bytes;
        return new SampleFigures(
            sorted.Length, distinct, singles,
            isExact && !isLength
                ? [.. Best(best).Select(run => new TopValue(
                    Text(column.Column, sorted[run.From]), run.Count, (double)run.Count / sorted.Length))] : [],
            column.Column.Kind is ColumnKind.Number or ColumnKind.Time
                ? [.. ColumnProfile.QuantileShares.Select(share => Quantile(sorted, share))] : [],
            column.Column.Kind == ColumnKind.Boolean ? null : HistogramOf(column.Column, sorted));
    }

    /// <summary>Equal parts; when a few values lie far out, the parts cover the others, and the first and last of them
    /// reach as far as it takes.</summary>
    static ColumnHistogram? HistogramOf(ProfiledColumn column, double[] sorted)
    {
        var (least, greatest) = (sorted[0], sorted[^1]);
        if (least == greatest || !double.IsFinite(greatest - least))
            return null;
        List<double> edges;
        var isCounted = column.IsWhole || column.Kind is ColumnKind.Nested or ColumnKind.Bytes;
        if (isCounted && greatest - least < Parts)
        {
            edges = [.. Enumerable.Range(0, (int)(greatest - least) + 2).Select(i => least + i)];
        }
        else
        {
            const double Tail = 0.005;
            const double FarOut = 4;
            var (low, high) = (Quantile(sorted, Tail), Quantile(sorted, 1 - Tail));
            var hasTails = high > low && greatest - least > FarOut * (high - low);
            edges = hasTails ? [least, .. Even(low, high, Parts - 2), greatest] : [.. Even(least, greatest, Parts)];
            edges = [.. edges.Distinct()];
        }

        var counts = new long[edges.Count - 1];
        var part = 0;
        foreach (var value in sorted)
        {
            while (part < counts.Length - 1 && value >= edges[part + 1])
                part++;
            counts[part]++;
        }

        return new ColumnHistogram(edges, counts);
    }

    static IEnumerable<double> Even(double from, double to, int parts) =>
        Enumerable.Range(0, parts + 1).Select(i => i == parts ? to : from + ((to - from) * i / parts));

    static void Keep<T>(PriorityQueue<T, (int Count, int Late)> best, T value, (int Count, int Late) rank)
    {
        if (best.Count < TopCount)
            best.Enqueue(value, rank);
        else
            best.EnqueueDequeue(value, rank);
    }

    static List<T> Best<T>(PriorityQueue<T, (int Count, int Late)> best)
    {
        var values = new List<T>();
        while (best.TryDequeue(out var value, out _))
            values.Insert(0, value);
        return values;
    }

    static string Cut(string text) => text.Length <= MaxShown ? text
        : text[..(char.IsHighSurrogate(text[MaxShown - 1]) ? MaxShown - 1 : MaxShown)] + "…";
}
