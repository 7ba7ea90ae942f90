namespace Millrace.Models;

/// <summary>Examples as rows of numbers; what a regressor is trained on and asked with.</summary>
public sealed record FeatureMatrix
{
    /// <param name="names">One distinct name per column, at least one.</param>
    /// <param name="values">float32 [example, feature], row-major; NaN is missing. The matrix does not copy it.</param>
    /// <param name="rowCount">Number of examples; may be zero.</param>
    public FeatureMatrix(IReadOnlyList<string> names, float[] values, int rowCount)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfZero(names.Count, nameof(names));
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        if (values.Length != (long)names.Count * rowCount)
        {
            throw new ArgumentException(
                $"{rowCount} rows of {names.Count} features are {(long)names.Count * rowCount} values, " +
                $"and {values.Length} are given.", nameof(values));
        }
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
            throw new ArgumentException("Two features have the same name.", nameof(names));
        Names = names;
        Values = values;
        RowCount = rowCount;
    }

    /// <summary>The columns, in the order of the values.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>float32 [example, feature], row-major; NaN is missing.</summary>
    public float[] Values { get; }

    /// <summary>Number of examples.</summary>
    public int RowCount { get; }

    /// <summary>The values of one example, in the order of <see cref="Names"/>.</summary>
    public ReadOnlySpan<float> Row(int index) => Values.AsSpan(index * Names.Count, Names.Count);
}
