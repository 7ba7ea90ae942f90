namespace Millrace.Tables.Profiles;

/// <summary>A column's values as a few codes: categories by their words, numbers by parts of equal size. Rows without a
/// value have a code of their own, since that may be what tells something.</summary>
sealed class Bins
{
    const int NumberParts = 32;
    const int MaxWords = 64;
    const double MostVaried = 0.5;

    readonly IReadOnlyList<string> _names;

    Bins(int[] codes, IReadOnlyList<string> names)
    {
        Codes = codes;
        _names = names;
    }

    /// <summary>A code for each row; negative for a row that does not count.</summary>
    public int[] Codes { get; }

    public int Count => _names.Count;

    /// <summary>Null for a column that can't be parted: of free text, keys, lists.</summary>
    public static Bins? Of(ProfiledValues values)
    {
        if (values.Sample.IsText)
        {
            return values.Figures.Distinct > Math.Max(MaxWords, values.Figures.Present * MostVaried)
                ? null : OfWords(values.Sample, MaxWords, isMissingCounted: true);
        }

        return values.Column.Kind is ColumnKind.Number or ColumnKind.Time or ColumnKind.Boolean
            ? OfNumbers(values) : null;
    }

    /// <summary>A code for each different value, and none for a row without.</summary>
    public static Bins OfCategories(ProfiledValues values, int most)
    {
        if (values.Sample.IsText)
            return OfWords(values.Sample, most, isMissingCounted: false);
        var different = values.Sample.Sorted.Distinct().ToArray();
        return new Bins(
            Array.ConvertAll(
                values.Sample.Numbers, value => double.IsFinite(value) ? Array.BinarySearch(different, value) : -1),
            [.. different.Select(value => SampleFigures.Text(values.Column, value))]);
    }

    /// <summary>Whether a row has a value.</summary>
    public static Bins OfPresence(ProfiledValues values) => new(
        values.Sample.IsText
            ? Array.ConvertAll(values.Sample.Codes, code => code == SampleColumn.NoWord ? 0 : 1)
            : Array.ConvertAll(values.Sample.Numbers, value => double.IsFinite(value) ? 1 : 0),
        ["none", "some"]);

    public IEnumerable<(string Name, int Count)> Counts()
    {
        var counts = new int[Count];
        foreach (var code in Codes)
        {
            if (code >= 0)
                counts[code]++;
        }

        return _names.Zip(counts);
    }

    static Bins OfWords(SampleColumn column, int most, bool isMissingCounted)
    {
        List<int> common = [.. Enumerable.Range(0, column.Words.Count)
            .OrderByDescending(word => column.WordCounts[word]).Take(most)];
        var codes = new int[column.Words.Count];
        Array.Fill(codes, common.Count);
        for (var i = 0; i < common.Count; i++)
            codes[common[i]] = i;
        var missing = isMissingCounted ? common.Count + 1 : -1;
        return new Bins(
            Array.ConvertAll(column.Codes, code => code == SampleColumn.NoWord ? missing : codes[code]),
            [.. common.Select(word => column.Words[word]), "others", "none"]);
    }

    static Bins OfNumbers(ProfiledValues values)
    {
        var sorted = values.Sample.Sorted;
        double[] edges = sorted.Length == 0 ? []
            : [.. Enumerable.Range(1, NumberParts - 1)
                .Select(part => SampleFigures.Quantile(sorted, part / (double)NumberParts)).Distinct()];
        var missing = edges.Length + 1;
        return new Bins(
            Array.ConvertAll(values.Sample.Numbers, value => double.IsFinite(value) ? PartOf(edges, value) : missing),
            [.. Enumerable.Range(0, edges.Length + 2).Select(i => i == missing ? "none" : $"part {i + 1}")]);
    }

    // Values at an edge are in the part above it.
    static int PartOf(double[] edges, double value)
    {
        var at = Array.BinarySearch(edges, value);
        return at >= 0 ? at + 1 : ~at;
    }
}
