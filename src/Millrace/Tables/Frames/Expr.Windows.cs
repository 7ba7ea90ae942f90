namespace Millrace.Tables.Frames;

/// <summary>Values of the rows around a row. Rows have no order of their own, so what needs one says it:
/// <c>Col("x").Shift(1).Over(Window.PartitionBy("k").OrderBy("t"))</c>.</summary>
public sealed partial class Expr
{
    /// <summary>Says for all aggregates and open windows of the expression which rows they see.
    /// <c>(Col("x") - Col("x").Mean()).Over(Window.PartitionBy("k"))</c> is the distance from the group's mean.
    /// </summary>
    public Expr Over(Window window)
    {
        ArgumentNullException.ThrowIfNull(window);
        var partition = Nodes(window.Partition);
        var order = Nodes([.. window.Order.Select(key => key.Value)]);
        return new Expr(
            Fill(Node, partition.Nodes, [.. window.Order.Select(key => key.ToNode())], window.Frame),
            Math.Max(_depth, Math.Max(partition.Depth, order.Depth)) + 1, Name);
    }

    /// <summary>The value some rows before; after, when negative. Null where there is no such row.</summary>
    public Expr Shift(int rows = 1) => OpenWindow(Call(rows < 0 ? "lead" : "lag", this, Math.Abs((long)rows)));

    /// <summary>The difference to the value some rows before.</summary>
    public Expr Diff(int rows = 1) => this - Shift(rows);

    /// <summary>The relative change since the value some rows before.</summary>
    public Expr PercentChange(int rows = 1) => (this / Shift(rows)) - 1;

    /// <summary>The sum from the first row to this one.</summary>
    public Expr CumSum() => OpenWindow(Sum(), new RowFrame(null, 0));

    public Expr CumMin() => OpenWindow(Min(), new RowFrame(null, 0));

    public Expr CumMax() => OpenWindow(Max(), new RowFrame(null, 0));

    /// <summary>How many values are not null from the first row to this one.</summary>
    public Expr CumCount() => OpenWindow(Count(), new RowFrame(null, 0));

    public Expr CumProduct() => OpenWindow(Product(), new RowFrame(null, 0));

    /// <summary>The last value before or at the row that is not null.</summary>
    public Expr FillForward() => OpenWindow(Call("last_value", this), new RowFrame(null, 0), ignoresNulls: true);

    /// <summary>The next value after or at the row that is not null.</summary>
    public Expr FillBackward() => OpenWindow(Call("first_value", this), new RowFrame(0, null), ignoresNulls: true);

    /// <summary>A window of some rows that ends at each row.</summary>
    /// <param name="rows">At least 1.</param>
    /// <param name="minCount">Values that are not null which a result needs; null is as many as the rows.</param>
    public RollingExpr Rolling(int rows, int? minCount = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return new RollingExpr(this, new RowFrame(1 - (long)rows, 0), minCount ?? rows);
    }

    /// <summary>A window of some time that ends at each row; its order is by a time.</summary>
    public RollingExpr Rolling(TimeSpan span, int minCount = 1) =>
        span > TimeSpan.Zero
            ? new RollingExpr(this, new RowFrame(null, 0, span), minCount)
            : throw new ArgumentOutOfRangeException(nameof(span), span, "The time must be longer than none.");

    /// <summary>The exponentially weighted mean up to the row, as pandas' <c>ewm(alpha).mean()</c>: the row <c>i</c>
    /// rows back has the weight <c>(1 - alpha)^i</c>, nulls have none.</summary>
    /// <remarks>Rows whose weight is below 1e-17 of the newest are not looked at.</remarks>
    /// <param name="alpha">Above 0, up to 1.</param>
    public Expr EwmMean(double alpha)
    {
        if (alpha is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "It must be above 0 and at most 1.");
        if (alpha >= 1)
            return FillForward();
        const double LeastWeight = 1e-17;
        const int MaxRows = 100_000;
        var rows = Math.Min(MaxRows, Math.Ceiling(Math.Log(LeastWeight) / Math.Log(1 - alpha)));
        var values = OpenWindow(ToList(), new RowFrame(-(long)rows, 0));
        // Only the ratio of the weights counts, so they grow from the first row of the list instead of shrinking from
        // its last: a lambda can't ask for the window's length.
        var growth = 1 / (1 - alpha);
        return Call("list_sum", values.List.TransformAt((x, i) => x * Call("pow", growth, i)))
            / Call("list_sum", values.List.TransformAt(
                (x, i) => Expressions.When(x.IsNotNull()).Then(Call("pow", growth, i)).Otherwise(Expressions.Null)));
    }

    /// <summary>The place of the value among the rows, from 1; null for null.</summary>
    public Expr Rank(RankMethod method = RankMethod.Average, bool isDescending = false)
    {
        Expr Ranked(string function) => new(
            new WindowNode(
                new CallNode(function, []), [], [new OrderNode(Node, isDescending, false)], null, true, true),
            _depth + 1);
        var ties = new Expr(
            new WindowNode(new AggregateNode("count", [], false, null, []), [Node], [], null, true, false),
            _depth + 1);
        var rank = method switch
        {
            RankMethod.Average => Ranked("rank") + ((ties - 1) / 2.0),
            RankMethod.Min => Ranked("rank"),
            RankMethod.Max => Ranked("rank") + ties - 1,
            RankMethod.Dense => Ranked("dense_rank"),
            RankMethod.Ordinal => Ranked("row_number"),
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such method."),
        };
        return Expressions.When(IsNotNull()).Then(rank).Otherwise(Expressions.Null);
    }

    internal static Expr OpenWindow(
        Expr call, RowFrame? frame = null, bool needsOrder = true, bool ignoresNulls = false) => new(
        new WindowNode(call.Node, [], [], frame, true, needsOrder, ignoresNulls), call._depth + 1);

    static ExprNode Fill(
        ExprNode node, IReadOnlyList<ExprNode> partition, IReadOnlyList<OrderNode> order, RowFrame? frame)
    {
        switch (node)
        {
            case WindowNode { IsOpen: true } open:
                return open with
                {
                    Partition = [.. open.Partition, .. partition],
                    Order = open.Order.Count > 0 || !open.NeedsOrder ? open.Order : order,
                    Frame = open.Frame ?? (open.Order.Count > 0 || !open.NeedsOrder ? null : frame),
                    IsOpen = false,
                };
            case WindowNode:
                return node;
            case AggregateNode:
                return new WindowNode(node, partition, order, frame, false, frame is not null);
            default:
                return node.Children.Count == 0
                    ? node : node.With([.. node.Children.Select(child => Fill(child, partition, order, frame))]);
        }
    }
}
