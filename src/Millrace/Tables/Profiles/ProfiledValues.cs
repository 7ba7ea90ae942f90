namespace Millrace.Tables.Profiles;

/// <summary>All that is known of a column when the search for what looks wrong begins.</summary>
/// <param name="Column">The column.</param>
/// <param name="Sample">Its values in the rows that are looked at.</param>
/// <param name="Figures">Of these rows.</param>
/// <param name="Pass">Of all rows.</param>
/// <param name="RowCount">All rows.</param>
/// <param name="IsWhole">Whether the rows that are looked at are all rows.</param>
sealed record ProfiledValues(
    ProfiledColumn Column, SampleColumn Sample, SampleFigures Figures, PassFigures Pass, long RowCount, bool IsWhole)
{
    public long NullCount => RowCount - Pass.Present;

    /// <summary>The different values: counted when all rows were looked at; those of the sample when it met none of
    /// them only once; else estimated from all rows.</summary>
    public long? DistinctCount => Pass.IsConstant ? 1 : Pass.Present == 0 ? 0
        : IsWhole && IsCountable ? Figures.Distinct
        : Pass.Distinct is { } estimate ? Math.Min(Math.Max(estimate, Figures.Distinct), Pass.Present)
        : IsCountable ? Figures.Distinct : null;

    /// <summary>Whether the sample has the values themselves, and not only their lengths or beginnings.</summary>
    bool IsCountable => Column.Kind is not (ColumnKind.Nested or ColumnKind.Bytes) && !Sample.HasCutWords;

    public ColumnProfile Profile() => new()
    {
        Name = Column.Name,
        Type = Column.Type,
        Kind = Column.Kind,
        NullCount = NullCount,
        NanCount = Pass.Nan,
        InfiniteCount = Pass.Infinite,
        DistinctCount = DistinctCount,
        IsDistinctExact = Pass.IsConstant || Pass.Present == 0 || (IsWhole && IsCountable) || Pass.IsDistinctExact,
        Min = Pass.Min,
        Max = Pass.Max,
        Mean = Pass.Mean,
        Std = Pass.Std,
        Quantiles = Figures.Quantiles,
        Histogram = Figures.Histogram,
        Top = Figures.Top,
        Lengths = Pass.Lengths,
    };
}
