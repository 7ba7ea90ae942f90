namespace Millrace.Tables.Frames;

/// <summary>The rows of a frame in groups of the same keys; nulls are a group of their own.</summary>
public sealed class GroupedFrame
{
    readonly Frame _frame;
    readonly IReadOnlyList<ColumnChoice> _keys;

    internal GroupedFrame(Frame frame, IReadOnlyList<ColumnChoice> keys)
    {
        _frame = frame;
        _keys = keys;
    }

    /// <summary>A row for each group: its keys, and some aggregates of its rows, each with a name:
    /// <c>Agg(Count().As("n"), ("top", Col("price").Max()))</c>. The order of the groups is not said.</summary>
    public Frame Agg(params IReadOnlyList<ColumnChoice> aggregates) => new(
        _frame.Engine,
        new GroupNode(
            _frame.Plan, [.. _keys.Select(key => key.ToOutput("GroupBy"))],
            [.. aggregates.Select(aggregate => aggregate.ToOutput("Agg"))]));

    /// <summary>How many rows each group has, in the column <c>count</c>.</summary>
    public Frame Count() => Agg(("count", Expressions.Count()));

    /// <summary>The first rows of each group in an order.</summary>
    public Frame Head(long count, params IReadOnlyList<SortKey> order) =>
        _frame.Filter(Expressions.RowNumber().Over(Window.PartitionBy(_keys).OrderBy(order)) <= count);
}
