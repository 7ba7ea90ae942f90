namespace Millrace.Tables.Profiles;

/// <summary>What one pass over all rows tells of a column; null for what was not asked.</summary>
sealed record PassFigures
{
    /// <summary>Rows with a value.</summary>
    public long Present { get; init; }

    /// <summary>Values that are numbers, of columns in which NaN and the infinities can be.</summary>
    public long? Finite { get; init; }

    public long? Nan { get; init; }

    public long? Infinite { get; init; }

    public string? Min { get; init; }

    public string? Max { get; init; }

    /// <summary>The bounds as numbers, of times in microseconds since 1970.</summary>
    public double? MinNumber { get; init; }

    public double? MaxNumber { get; init; }

    public double? Mean { get; init; }

    public double? Std { get; init; }

    public long? Distinct { get; init; }

    /// <summary>Whether <see cref="Distinct"/> is counted, and not estimated.</summary>
    public bool IsDistinctExact { get; init; }

    public LengthFigures? Lengths { get; init; }

    /// <summary>Whether all values are the same.</summary>
    public bool IsConstant { get; init; }
}
