namespace Millrace.Tables.Profiles;

/// <summary>How strongly each pair of columns depends on each other, in the rows that are looked at.</summary>
/// <remarks>Cramér's V and the correlation ratio are never 0 by chance alone, and the more categories there are the
/// less, so both are corrected (Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", 2013; for the ratio the
/// adjustment of degrees of freedom).</remarks>
static class Correlations
{
    const int MaxColumns = 40;
    const int MaxRows = 20_000;
    const int LeastRows = 20;
    const int MaxCategories = 50;
    const double LeastShown = 0.05;

    public static List<ColumnCorrelation> Of(ProfileSample sample, IReadOnlyList<ProfiledValues> columns)
    {
        var step = Math.Max(1, (sample.RowCount + MaxRows - 1) / MaxRows);
        List<Series> series = [.. columns.Where(IsUsable).Take(MaxColumns)
            .Select(values => new Series(values, step, sample.RowCount))];
        List<(int Left, int Right)> pairs = [.. Enumerable.Range(0, series.Count).SelectMany(
            left => Enumerable.Range(left + 1, series.Count - left - 1).Select(right => (left, right)))];
        var found = new ColumnCorrelation?[pairs.Count];
        Parallel.For(0, pairs.Count, i => found[i] = Measure(series[pairs[i].Left], series[pairs[i].Right]));
        return [.. found.OfType<ColumnCorrelation>().Where(pair => Math.Abs(pair.Value) >= LeastShown)
            .OrderByDescending(pair => Math.Abs(pair.Value))];
    }

    /// <summary>The correlation of two series where both have a number; NaN when one of them does not spread.</summary>
    public static double Pearson(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        var (count, leftMean, rightMean, leftSquares, rightSquares, products) = (0L, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < left.Length; i++)
        {
            if (!double.IsFinite(left[i]) || !double.IsFinite(right[i]))
                continue;
            // Welford's way: no sum of squares that loses the difference.
            count++;
            var (fromLeft, fromRight) = (left[i] - leftMean, right[i] - rightMean);
            leftMean += fromLeft / count;
            rightMean += fromRight / count;
            leftSquares += fromLeft * (left[i] - leftMean);
            rightSquares += fromRight * (right[i] - rightMean);
            products += fromLeft * (right[i] - rightMean);
        }

        var spread = Math.Sqrt(leftSquares) * Math.Sqrt(rightSquares);
        return count < LeastRows || !(spread > 0) || !double.IsFinite(spread)
            ? double.NaN : Math.Clamp(products / spread, -1, 1);
    }

    /// <summary>The share of the spread of numbers that categories explain, less what chance alone would; NaN when
    /// there is none.</summary>
    /// <param name="codes">Below <paramref name="codeCount"/>; negative for none.</param>
    /// <param name="codeCount">How many categories there are.</param>
    /// <param name="numbers">A number for each code.</param>
    public static double Explained(ReadOnlySpan<int> codes, int codeCount, ReadOnlySpan<double> numbers)
    {
        var sums = new double[codeCount];
        var counts = new int[codeCount];
        var (count, mean) = (0, 0.0);
        for (var i = 0; i < codes.Length; i++)
        {
            if (codes[i] < 0 || !double.IsFinite(numbers[i]))
                continue;
            count++;
            mean += (numbers[i] - mean) / count;
            sums[codes[i]] += numbers[i];
            counts[codes[i]]++;
        }

        var total = 0.0;
        for (var i = 0; i < codes.Length; i++)
        {
            if (codes[i] >= 0 && double.IsFinite(numbers[i]))
                total += (numbers[i] - mean) * (numbers[i] - mean);
        }

        var (between, groups) = (0.0, 0);
        for (var code = 0; code < codeCount; code++)
        {
            if (counts[code] == 0)
                continue;
            groups++;
            var from = (sums[code] / counts[code]) - mean;
            between += counts[code] * from * from;
        }

        if (count < LeastRows || groups < 2 || count <= groups || !(total > 0) || !double.IsFinite(total))
            return double.NaN;
        var share = Math.Min(1, between / total);
        return Math.Max(0, 1 - ((1 - share) * (count - 1) / (count - groups)));
    }

    static bool IsUsable(ProfiledValues values) => values.Figures.Distinct > 1 && values.Column.Kind switch
    {
        ColumnKind.Number or ColumnKind.Time or ColumnKind.Boolean => true,
        ColumnKind.Text => values.Figures.Distinct <= MaxCategories,
        _ => false,
    };

    static ColumnCorrelation? Measure(Series left, Series right)
    {
        var (kind, value) = (left.IsText, right.IsText) switch
        {
            (false, false) => (CorrelationKind.Pearson, Pearson(left.Numbers, right.Numbers)),
            (true, true) => (CorrelationKind.CramerV, CramerV(left, right)),
            (true, false) => (CorrelationKind.CorrelationRatio,
                Math.Sqrt(Explained(left.Codes, left.CodeCount, right.Numbers))),
            _ => (CorrelationKind.CorrelationRatio, Math.Sqrt(Explained(right.Codes, right.CodeCount, left.Numbers))),
        };
        return double.IsNaN(value) ? null : new ColumnCorrelation(left.Name, right.Name, kind, value);
    }

    static double CramerV(Series left, Series right)
    {
        var cells = new int[left.CodeCount * right.CodeCount];
        var rows = new int[left.CodeCount];
        var columns = new int[right.CodeCount];
        var count = 0;
        for (var i = 0; i < left.Codes.Length; i++)
        {
            var (row, column) = (left.Codes[i], right.Codes[i]);
            if (row < 0 || column < 0)
                continue;
            cells[(row * right.CodeCount) + column]++;
            rows[row]++;
            columns[column]++;
            count++;
        }

        var (r, k) = (rows.Count(n => n > 0), columns.Count(n => n > 0));
        if (count < LeastRows || r < 2 || k < 2)
            return double.NaN;
        var phi = -1.0;
        for (var row = 0; row < rows.Length; row++)
        {
            for (var column = 0; column < columns.Length; column++)
            {
                double cell = cells[(row * right.CodeCount) + column];
                if (cell > 0)
                    phi += cell * cell / ((double)rows[row] * columns[column]);
            }
        }

        var corrected = Math.Max(0, phi - ((k - 1.0) * (r - 1.0) / (count - 1)));
        var (rowsCorrected, columnsCorrected) = (
            r - ((r - 1.0) * (r - 1.0) / (count - 1)), k - ((k - 1.0) * (k - 1.0) / (count - 1)));
        var least = Math.Min(rowsCorrected, columnsCorrected) - 1;
        return least > 0 ? Math.Min(1, Math.Sqrt(corrected / least)) : double.NaN;
    }

    /// <summary>Every so many values of a column.</summary>
    sealed class Series
    {
        public Series(ProfiledValues values, int step, int rowCount)
        {
            Name = values.Column.Name;
            IsText = values.Sample.IsText;
            CodeCount = values.Sample.Words.Count;
            var rows = Enumerable.Range(0, (rowCount + step - 1) / step);
            Codes = IsText ? [.. rows.Select(row => values.Sample.Codes[row * step])] : [];
            Numbers = IsText ? [] : [.. rows.Select(row => values.Sample.Numbers[row * step])];
        }

        public string Name { get; }

        public bool IsText { get; }

        public int CodeCount { get; }

        public int[] Codes { get; }

        public double[] Numbers { get; }
    }
}
