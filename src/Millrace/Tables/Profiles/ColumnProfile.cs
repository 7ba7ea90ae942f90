namespace Millrace.Tables.Profiles;

/// <summary>What is known of a column's values. What was not looked at is null.</summary>
public sealed record ColumnProfile
{
    /// <summary>The shares of the values below <see cref="Quantiles"/>.</summary>
    public static readonly IReadOnlyList<double> QuantileShares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    public required string Name { get; init; }

    /// <summary>As the table or file has it.</summary>
    public required string Type { get; init; }

    public required ColumnKind Kind { get; init; }

    public long? NullCount { get; init; }

    /// <summary>Values that are no number, of columns of fractions.</summary>
    public long? NanCount { get; init; }

    public long? InfiniteCount { get; init; }

    public long? DistinctCount { get; init; }

    /// <summary>Whether <see cref="DistinctCount"/> is counted, and not estimated.</summary>
    public bool IsDistinctExact { get; init; }

    /// <summary>The least value, of texts their first characters.</summary>
    public string? Min { get; init; }

    public string? Max { get; init; }

    /// <summary>Of numbers; of bools the share that is true.</summary>
    public double? Mean { get; init; }

    /// <summary>The standard deviation of a sample.</summary>
    public double? Std { get; init; }

    /// <summary>Of numbers, and of times in microseconds since 1970: one for each of <see cref="QuantileShares"/>;
    /// empty for none.</summary>
    public IReadOnlyList<double> Quantiles { get; init; } = [];

    public ColumnHistogram? Histogram { get; init; }

    /// <summary>The commonest values, the commonest first; empty when no value comes twice.</summary>
    public IReadOnlyList<TopValue> Top { get; init; } = [];

    /// <summary>Characters of texts, or elements of lists.</summary>
    public LengthFigures? Lengths { get; init; }

    /// <summary>Whether each row has a value and no two rows have the same; null when nobody counted.</summary>
    public bool? IsUnique { get; init; }
}

/// <summary>A common value.</summary>
/// <param name="Value">As text, its first characters.</param>
/// <param name="Count">How many of the rows that were looked at have it.</param>
/// <param name="Share">Of the rows that were looked at and have a value.</param>
public sealed record TopValue(string Value, long Count, double Share);

/// <summary>How long texts or lists are.</summary>
public sealed record LengthFigures(long Min, double Mean, long Max);

/// <summary>How many values lie between edges: one count less than there are edges.</summary>
/// <param name="Edges">Rising; of times, microseconds since 1970.</param>
/// <param name="Counts">Of the rows that were looked at. A value at an edge is in the part above it, the greatest in
/// the last.</param>
public sealed record ColumnHistogram(IReadOnlyList<double> Edges, IReadOnlyList<long> Counts);
