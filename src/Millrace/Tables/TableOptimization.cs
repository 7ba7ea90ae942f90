namespace Millrace.Tables;

/// <summary>How a table's files are arranged anew.</summary>
public sealed record TableOptimization
{
    /// <summary>How large a file is made, about; null for the table's own size or 128 MiB.</summary>
    public long? TargetBytes { get; init; }

    /// <summary>Columns by which all rows are ordered, so that a query on the first reads few files; may be empty.
    /// </summary>
    public IReadOnlyList<string> SortBy { get; init; } = [];

    /// <summary>Columns that are given the same weight on a Z-shaped curve through all of them, so that a query on any
    /// of them reads few files; may be empty.</summary>
    public IReadOnlyList<string> ZOrderBy { get; init; } = [];
}
