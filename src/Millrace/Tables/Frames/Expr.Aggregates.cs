namespace Millrace.Tables.Frames;

/// <summary>One value of many rows: of a group in <c>Agg</c>, or of the rows around each row with <see cref="Over"/>.
/// Nulls are left out; without any value the result is null, and a count is 0.</summary>
public sealed partial class Expr
{
    /// <summary>The sum; of whole numbers as a number of 128 bits, so that it can't overflow.</summary>
    public Expr Sum() => Aggregate("sum", this);

    public Expr Mean() => Aggregate("avg", this);

    public Expr Min() => Aggregate("min", this);

    public Expr Max() => Aggregate("max", this);

    /// <summary>How many values are not null.</summary>
    public Expr Count() => Aggregate("count", this);

    /// <summary>How many different values there are, null not counted.</summary>
    public Expr CountDistinct() => new(new AggregateNode("count", [Node], true, null, []), _depth + 1);

    /// <summary>About how many different values there are, in constant memory.</summary>
    public Expr ApproximateCountDistinct() => Aggregate("approx_count_distinct", this);

    public Expr Median() => Aggregate("median", this);

    /// <summary>The value below which a share of the values lies, between two values by proportion.</summary>
    /// <param name="share">From 0 to 1.</param>
    public Expr Quantile(double share) => share is >= 0 and <= 1
        ? Aggregate("quantile_cont", this, share)
        : throw new ArgumentOutOfRangeException(nameof(share), share, "A quantile is a share from 0 to 1.");

    /// <summary>The standard deviation of a sample; null for fewer than two values.</summary>
    public Expr Std() => Aggregate("stddev_samp", this);

    /// <summary>The variance of a sample; null for fewer than two values.</summary>
    public Expr Var() => Aggregate("var_samp", this);

    public Expr Skew() => Aggregate("skewness", this);

    public Expr Kurtosis() => Aggregate("kurtosis", this);

    /// <summary>The most frequent value; of several the first.</summary>
    public Expr Mode() => Aggregate("mode", this);

    public Expr Product() => Aggregate("product", this);

    /// <summary>Whether one of the conditions is true.</summary>
    public Expr AnyTrue() => Aggregate("bool_or", this);

    /// <summary>Whether all of the conditions are true.</summary>
    public Expr AllTrue() => Aggregate("bool_and", this);

    /// <summary>The first value in an order, which may be null.</summary>
    public Expr First(params IReadOnlyList<SortKey> order) => InOrder("first", order);

    /// <summary>The last value in an order, which may be null.</summary>
    public Expr Last(params IReadOnlyList<SortKey> order) => InOrder("last", order);

    /// <summary>The values as a list, nulls among them.</summary>
    public Expr ToList(params IReadOnlyList<SortKey> order) => InOrder("list", order);

    /// <summary>The texts joined.</summary>
    public Expr JoinText(string separator, params IReadOnlyList<SortKey> order)
    {
        var (nodes, depth) = Nodes([this, separator, .. order.Select(key => key.Value)]);
        return new Expr(
            new AggregateNode("string_agg", [nodes[0], nodes[1]], false, null, [.. order.Select(k => k.ToNode())]),
            depth);
    }

    /// <summary>The value where another is least.</summary>
    public Expr ArgMin(Expr by) => Aggregate("arg_min", this, by);

    /// <summary>The value where another is greatest.</summary>
    public Expr ArgMax(Expr by) => Aggregate("arg_max", this, by);

    /// <summary>Pearson's correlation with another column.</summary>
    public Expr Corr(Expr other) => Aggregate("corr", this, other);

    /// <summary>The covariance of a sample with another column.</summary>
    public Expr Cov(Expr other) => Aggregate("covar_samp", this, other);

    /// <summary>The aggregate over the rows for which a condition is true.</summary>
    /// <exception cref="ArgumentException">This is not an aggregate.</exception>
    public Expr Where(Expr condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Node is AggregateNode aggregate
            ? new Expr(
                aggregate with
                {
                    Filter = aggregate.Filter is null
                        ? condition.Node : new OperatorNode("and", aggregate.Filter, condition.Node),
                },
                Math.Max(_depth, condition._depth) + 1, Name)
            : throw new ArgumentException($"'{this}' is not an aggregate, so no rows can be left out of it.");
    }

    /// <summary>The aggregate over different values.</summary>
    /// <exception cref="ArgumentException">This is not an aggregate.</exception>
    public Expr Distinct() => Node is AggregateNode aggregate
        ? new Expr(aggregate with { IsDistinct = true }, _depth, Name)
        : throw new ArgumentException($"'{this}' is not an aggregate, so it has no values to be told apart.");

    Expr InOrder(string name, IReadOnlyList<SortKey> order)
    {
        var (nodes, depth) = Nodes([this, .. order.Select(key => key.Value)]);
        return new Expr(
            new AggregateNode(name, [nodes[0]], false, null, [.. order.Select(key => key.ToNode())]), depth);
    }
}
