namespace Millrace.Tables;

/// <summary>How two versions of a table, or two tables, differ.</summary>
/// <param name="AddedRows">Rows of which only the second has the key.</param>
/// <param name="RemovedRows">Rows of which only the first has the key.</param>
/// <param name="ChangedRows">Rows of both with other values.</param>
/// <param name="EqualRows">Rows that are the same in both.</param>
/// <param name="Columns">What differs in the columns, as sentences.</param>
/// <param name="ChangedColumns">For each column that differs in rows of both: in how many.</param>
/// <param name="Examples">The first rows that differ, by key.</param>
public sealed record TableDiff(
    long AddedRows, long RemovedRows, long ChangedRows, long EqualRows, IReadOnlyList<string> Columns,
    IReadOnlyDictionary<string, long> ChangedColumns, IReadOnlyList<RowDifference> Examples);
