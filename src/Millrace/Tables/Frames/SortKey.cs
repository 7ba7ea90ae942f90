namespace Millrace.Tables.Frames;

/// <summary>A key of an order. A text is a column's name: <c>frame.Sort("kind", Col("price").Descending())</c>.
/// </summary>
/// <param name="Value">What is compared.</param>
/// <param name="IsDescending">Whether the greatest comes first.</param>
/// <param name="IsNullsFirst">Whether nulls come first; otherwise they come last, in either direction.</param>
public sealed record SortKey(Expr Value, bool IsDescending = false, bool IsNullsFirst = false)
{
    public static implicit operator SortKey(string column) => new(Expressions.Col(column));

    public static implicit operator SortKey(Expr value) => new(value);

    /// <summary>The same key with nulls at the beginning.</summary>
    public SortKey NullsFirst() => this with { IsNullsFirst = true };

    internal OrderNode ToNode() => new(Value.Node, IsDescending, IsNullsFirst);
}
