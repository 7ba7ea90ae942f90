namespace Millrace.Tables.Profiles;

/// <summary>What is known of a table's or a file's rows.</summary>
public sealed record TableProfile
{
    /// <summary>The table with its version, or the file.</summary>
    public required string Name { get; init; }

    /// <summary>Null when nobody wrote it down and the rows are not counted yet.</summary>
    public required long? RowCount { get; init; }

    public required int FileCount { get; init; }

    /// <summary>Of the files.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Whether this is only what is written down about the rows: no row was read.</summary>
    public bool IsFirst { get; init; }

    /// <summary>How many rows were looked at one by one.</summary>
    public long SampleRowCount { get; init; }

    /// <summary>Whether every row was looked at, so that no figure is an estimate.</summary>
    public bool IsWhole => SampleRowCount == RowCount;

    public required IReadOnlyList<ColumnProfile> Columns { get; init; }

    /// <summary>Columns that were not looked at, because there are too many.</summary>
    public int LeftOutColumnCount { get; init; }

    /// <summary>Of pairs of columns, the strongest first.</summary>
    public IReadOnlyList<ColumnCorrelation> Correlations { get; init; } = [];

    /// <summary>What looks wrong, the worst first.</summary>
    public IReadOnlyList<ProfileFinding> Findings { get; init; } = [];

    /// <summary>The column that is to be predicted; null for none.</summary>
    public string? Target { get; init; }
}
