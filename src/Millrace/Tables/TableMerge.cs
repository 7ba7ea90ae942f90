namespace Millrace.Tables;

/// <summary>What becomes of the rows of a table when rows of a query are merged into it. The query's rows are
/// <c>source</c>, the table's are there under its own name and as <c>target</c>.</summary>
/// <param name="Source">The query.</param>
/// <param name="On">Which rows belong together, such as <c>target.id = source.id</c>.</param>
public sealed record TableMerge(string Source, string On)
{
    /// <summary>For a row of the table with one of the query: the first whose condition holds is done.</summary>
    public IReadOnlyList<MergeStep> Matched { get; init; } = [];

    /// <summary>For a row of the query without one of the table: what is inserted.</summary>
    public IReadOnlyList<MergeStep> NotMatched { get; init; } = [];

    /// <summary>For a row of the table without one of the query.</summary>
    public IReadOnlyList<MergeStep> NotMatchedBySource { get; init; } = [];

    /// <summary>What the table is called in the expressions; null for <c>target</c> and its own name.</summary>
    internal string? TargetAlias { get; init; }

    /// <summary>What the query's rows are called.</summary>
    internal string SourceAlias { get; init; } = "source";

    /// <summary>The usual upsert: rows with the same key are replaced, others inserted.</summary>
    public static TableMerge Upsert(string source, IReadOnlyList<string> keyColumns) => new(
        source, string.Join(" and ", keyColumns.Select(
            key => $"target.{SqlName.Quote(key)} is not distinct from source.{SqlName.Quote(key)}")))
    {
        Matched = [MergeStep.UpdateAll()],
        NotMatched = [MergeStep.InsertAll()],
    };
}
