namespace Millrace.Tables;

/// <summary>One clause of a merge.</summary>
/// <param name="Condition">SQL that must hold beside the match; null for always.</param>
/// <param name="IsDelete">Whether the row goes.</param>
/// <param name="Values">An SQL expression for each column that is set; null takes every column from the query's column
/// of the same name.</param>
public sealed record MergeStep(string? Condition, bool IsDelete, IReadOnlyDictionary<string, string>? Values)
{
    public static MergeStep Delete(string? condition = null) => new(condition, true, null);

    public static MergeStep Update(IReadOnlyDictionary<string, string> values, string? condition = null) =>
        new(condition, false, values);

    public static MergeStep UpdateAll(string? condition = null) => new(condition, false, null);

    public static MergeStep Insert(IReadOnlyDictionary<string, string> values, string? condition = null) =>
        new(condition, false, values);

    public static MergeStep InsertAll(string? condition = null) => new(condition, false, null);
}
