using Millrace.Lineage;

namespace Millrace.Tables;

/// <summary>The rows of one version that a row was made from.</summary>
/// <param name="Version">The table, or what came from outside.</param>
/// <param name="Columns">The columns by which they were found; empty when the rows can't be told by columns.</param>
/// <param name="IsCandidate">Whether the rows only share those columns' values, so that not each of them need have been
/// used: the query between them decided.</param>
/// <param name="RowCount">How many; for what came from outside, as many as the rows above it.</param>
/// <param name="Rows">The first few, as text.</param>
/// <param name="Places">For rows that came from files: the file, and the first few lines in it.</param>
/// <param name="Next">What these rows were made from.</param>
public sealed record RowTraceNode(
    ThingVersion Version,
    IReadOnlyList<string> Columns,
    bool IsCandidate,
    long RowCount,
    IReadOnlyList<string> Rows,
    IReadOnlyList<string> Places,
    IReadOnlyList<RowTraceNode> Next);
