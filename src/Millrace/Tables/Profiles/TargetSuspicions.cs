using System.Globalization;

namespace Millrace.Tables.Profiles;

/// <summary>What would make a model of a target column look better than it is: columns that tell the target all alone,
/// and times that come after it; and how the target's classes are spread.</summary>
static class TargetSuspicions
{
    const int MaxClasses = 50;
    const int MaxNumberClasses = 20;
    const int LeastRows = 50;
    const double LeastTold = 0.9;
    const double LeastExplained = 0.98;
    const double LeastAuc = 0.98;
    const double RareClass = 0.05;
    const double UnevenClasses = 20;

    public static IEnumerable<Suspicion> Of(
        ProfileSample sample, IReadOnlyList<ProfiledValues> columns, ProfiledValues target)
    {
        if (target.NullCount > 0)
        {
            yield return new Suspicion(
                "target-missing", FindingSeverity.Serious, [target.Column.Name], target.NullCount, null,
                count => $"The target '{target.Column.Name}' has no value in {count} rows.", [])
            { IsCounted = true };
        }

        var isClass = IsClass(target);
        var classes = isClass ? Bins.OfCategories(target, MaxClasses) : null;
        if (classes is not null && Imbalance(target, classes) is { } imbalance)
            yield return imbalance;
        foreach (var feature in columns.Where(values => values != target && IsSpread(values)))
        {
            var told = classes is not null ? OfClass(feature, classes, sample.RowCount)
                : target.Sample.HasNumbers ? OfNumber(feature, target) : null;
            if (told is not null)
            {
                yield return Suspicion.OfColumn(
                    "target-leak", FindingSeverity.Serious, feature.Column,
                    $"'{feature.Column.Name}' tells the target '{target.Column.Name}' all alone ({told}): look "
                    + "whether it is known before the target is.");
            }
        }
    }

    /// <summary>Times that come after the one at which the target is to be predicted.</summary>
    public static IEnumerable<Suspicion> After(IReadOnlyList<ProfiledValues> columns, ProfiledValues time)
    {
        foreach (var later in columns.Where(values => values != time && values.Column.Kind == ColumnKind.Time))
        {
            var (count, example) = (0L, -1);
            for (var row = 0; row < later.Sample.Numbers.Length; row++)
            {
                if (later.Sample.Numbers[row] > time.Sample.Numbers[row])
                {
                    count++;
                    example = example < 0 ? row : example;
                }
            }

            if (count > 0)
            {
                yield return new Suspicion(
                    "time-after-target", FindingSeverity.Serious, [later.Column.Name, time.Column.Name], count,
                    $"{later.Column.MicrosecondsSql(later.Column.Sql)} > "
                        + time.Column.MicrosecondsSql(time.Column.Sql),
                    text => $"'{later.Column.Name}' comes after '{time.Column.Name}' in {text} rows: what such a row "
                        + "says was not known yet.",
                    [$"{SampleFigures.Text(later.Column, later.Sample.Numbers[example])} after "
                        + SampleFigures.Text(time.Column, time.Sample.Numbers[example])]);
            }
        }
    }

    // That there is a value at all can tell something.
    static bool IsSpread(ProfiledValues values) =>
        values.Figures.Distinct > 1 || (values.Figures.Distinct == 1 && values.NullCount > 0);

    static bool IsClass(ProfiledValues target) => target.Column.Kind switch
    {
        ColumnKind.Text or ColumnKind.Boolean => target.Figures.Distinct <= MaxClasses,
        ColumnKind.Number => target.Figures.Distinct <= MaxNumberClasses,
        _ => false,
    };

    static Suspicion? Imbalance(ProfiledValues target, Bins classes)
    {
        var counts = classes.Counts().Where(pair => pair.Count > 0).OrderBy(pair => pair.Count).ToList();
        if (counts.Count < 2 || target.Figures.Present < LeastRows)
            return null;
        var (rarest, commonest) = (counts[0], counts[^1]);
        var share = rarest.Count / (double)target.Figures.Present;
        if (share >= RareClass && commonest.Count < rarest.Count * UnevenClasses)
            return null;
        return new Suspicion(
            "class-imbalance", FindingSeverity.Warning, [target.Column.Name], null, null,
            _ => $"The target's class '{rarest.Name}' is only {ValueSuspicions.Share(share)} of the rows, "
                + $"'{commonest.Name}' {ValueSuspicions.Share(commonest.Count / (double)target.Figures.Present)}: a "
                + "share of right answers says little.",
            [.. counts.Select(pair => string.Create(
                CultureInfo.InvariantCulture, $"{pair.Name} {pair.Count / (double)target.Figures.Present:P1}"))]);
    }

    /// <summary>How a column tells a class; null when it does not.</summary>
    static string? OfClass(ProfiledValues feature, Bins classes, int rowCount)
    {
        if (rowCount < LeastRows || Bins.Of(feature) is not { } bins)
            return null;
        if (feature.Sample.HasNumbers && classes.Count == 2
            && Auc(feature.Sample.Numbers, classes.Codes) is var auc and >= LeastAuc)
        {
            return string.Create(CultureInfo.InvariantCulture, $"AUC {auc:F3}");
        }

        // Few rows with a value may be told apart by it, or just by their having one.
        if (feature.NullCount > 0 && Told(Bins.OfPresence(feature), classes) >= LeastTold)
            return "by having a value or none";
        var told = Told(bins, classes);
        return told >= LeastTold
            ? string.Create(CultureInfo.InvariantCulture, $"{told:P0} of the uncertainty about it") : null;
    }

    /// <summary>How a column tells a number; null when it does not.</summary>
    static string? OfNumber(ProfiledValues feature, ProfiledValues target)
    {
        if (feature.Column.Kind is ColumnKind.Number or ColumnKind.Time or ColumnKind.Boolean
            && Correlations.Pearson(feature.Sample.Numbers, target.Sample.Numbers) is var correlation
            && correlation * correlation >= LeastExplained)
        {
            return string.Create(CultureInfo.InvariantCulture, $"correlation {correlation:F3}");
        }

        return Bins.Of(feature) is { } bins
            && Correlations.Explained(bins.Codes, bins.Count, target.Sample.Numbers) is var share and >= LeastExplained
            ? string.Create(CultureInfo.InvariantCulture, $"{share:P0} of its spread") : null;
    }

    /// <summary>The share of the uncertainty about a class that bins take away: mutual information over entropy, less
    /// what so many cells give by chance (Miller, "Note on the bias of information estimates", 1955).</summary>
    internal static double Told(Bins bins, Bins classes)
    {
        var cells = new int[bins.Count * classes.Count];
        var rows = new int[bins.Count];
        var columns = new int[classes.Count];
        var count = 0;
        for (var i = 0; i < bins.Codes.Length; i++)
        {
            var (row, column) = (bins.Codes[i], classes.Codes[i]);
            if (row < 0 || column < 0)
                continue;
            cells[(row * classes.Count) + column]++;
            rows[row]++;
            columns[column]++;
            count++;
        }

        if (count == 0)
            return 0;
        var entropy = Entropy(columns, count);
        var information = Entropy(rows, count) + entropy - Entropy(cells, count);
        var chance = (rows.Count(n => n > 0) - 1.0) * (columns.Count(n => n > 0) - 1.0) / (2.0 * count);
        return entropy > 0 ? Math.Max(0, information - chance) / entropy : 0;
    }

    static double Entropy(int[] counts, int total)
    {
        var entropy = 0.0;
        foreach (var count in counts)
        {
            if (count > 0)
                entropy -= (double)count / total * Math.Log((double)count / total);
        }

        return entropy;
    }

    /// <summary>How well the order of numbers parts two classes, in whichever direction: 0.5 is by chance, 1 is
    /// wholly. Hanley and McNeil, "The meaning and use of the area under a ROC curve", 1982.</summary>
    internal static double Auc(ReadOnlySpan<double> numbers, ReadOnlySpan<int> classes)
    {
        var (values, labels, used) = (new double[numbers.Length], new int[numbers.Length], 0);
        for (var i = 0; i < numbers.Length; i++)
        {
            if (double.IsFinite(numbers[i]) && classes[i] >= 0)
                (values[used], labels[used++]) = (numbers[i], classes[i]);
        }

        Array.Sort(values, labels, 0, used);
        var (ranks, positives) = (0.0, 0L);
        for (var from = 0; from < used;)
        {
            var (to, inRun) = (from, 0L);
            for (; to < used && values[to] == values[from]; to++)
                inRun += labels[to];
            // Equal numbers share the mean of their ranks.
            ranks += inRun * ((from + to + 1) / 2.0);
            positives += inRun;
            from = to;
        }

        var negatives = used - positives;
        if (used < LeastRows || positives == 0 || negatives == 0)
            return 0.5;
        var auc = (ranks - (positives * (positives + 1) / 2.0)) / ((double)positives * negatives);
        return Math.Max(auc, 1 - auc);
    }
}
