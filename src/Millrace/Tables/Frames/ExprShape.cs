namespace Millrace.Tables.Frames;

/// <summary>Questions about expressions, and changes of all their columns.</summary>
static class ExprShape
{
    public static bool Has<T>(ExprNode node)
        where T : ExprNode => node is T || node.Children.Any(Has<T>);

    /// <summary>Whether it holds an aggregate that no window holds.</summary>
    public static bool HasAggregate(ExprNode node) => node switch
    {
        AggregateNode => true,
        WindowNode window => window.Call.Children.Any(HasAggregate) || window.Partition.Any(HasAggregate)
            || window.Order.Any(key => HasAggregate(key.Value)),
        _ => node.Children.Any(HasAggregate),
    };

    /// <summary>The columns of a side that it names.</summary>
    public static IEnumerable<ColumnNode> Columns(ExprNode node, string? side = null) =>
        node is ColumnNode column
            ? column.Side == side ? [column] : []
            : node.Children.SelectMany(child => Columns(child, side));

    /// <summary>The same expression with other nodes in the place of its columns.</summary>
    public static ExprNode Map(ExprNode node, Func<ColumnNode, ExprNode> column) =>
        node is ColumnNode found
            ? column(found)
            : node.Children.Count == 0 ? node : node.With([.. node.Children.Select(child => Map(child, column))]);

    /// <summary>Refuses what says nothing without an order and has none.</summary>
    /// <exception cref="MillraceException"><c>window-order</c>.</exception>
    public static void CheckWindows(string verb, ExprNode node)
    {
        if (node is WindowNode { NeedsOrder: true, Order.Count: 0 })
        {
            throw new MillraceException(
                ErrorKind.Invalid, "window-order",
                $"{verb}: {DuckDbDialect.Instance.Text(node)} depends on the order of the rows, which nothing says.",
                "Rows have no order of their own: add '.Over(Window.Ordered(\"time\"))', or a partition with "
                + "'.OrderBy(…)'.");
        }

        foreach (var child in node.Children)
            CheckWindows(verb, child);
    }
}
