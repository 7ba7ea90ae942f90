namespace Millrace.Tables.Frames;

/// <summary>Functions of one row's value.</summary>
public sealed partial class Expr
{
    /// <summary>Functions of texts.</summary>
    public TextExpr Str => new(this);

    /// <summary>Functions of times and dates.</summary>
    public TimeExpr Dt => new(this);

    /// <summary>Functions of lists.</summary>
    public ListExpr List => new(this);

    /// <summary>Fields of structs.</summary>
    public StructExpr Struct => new(this);

    public Expr IsNull() => Unary("is null", this);

    public Expr IsNotNull() => Unary("is not null", this);

    /// <summary>Equality in which null is a value: null is null, and null is not 1. Never null itself.</summary>
    public Expr Is(Expr other) => Binary("is not distinct from", this, other);

    /// <summary>The opposite of <see cref="Is"/>.</summary>
    public Expr IsNot(Expr other) => Binary("is distinct from", this, other);

    /// <summary>Whether it is one of some values; null for null, and false when there are no values.</summary>
    public Expr IsIn(params IReadOnlyList<Expr> values) => In(values, false);

    /// <summary>Whether it is none of some values; null for null, and true when there are no values.</summary>
    public Expr IsNotIn(params IReadOnlyList<Expr> values) => In(values, true);

    /// <summary>Whether it lies between two values or is one of them.</summary>
    public Expr Between(Expr least, Expr most) => (this >= least) & (this <= most);

    /// <summary>Changes the type; a value that can't be changed fails the query.</summary>
    /// <param name="type">SQL's name, such as <c>bigint</c>, <c>double</c>, <c>varchar</c>, <c>date</c>.</param>
    /// <exception cref="MillraceException"><c>type-name</c>.</exception>
    public Expr Cast(string type) => new(new CastNode(Node, CheckType(type), false), _depth + 1, Name);

    /// <summary>Changes the type; a value that can't be changed becomes null.</summary>
    /// <exception cref="MillraceException"><c>type-name</c>.</exception>
    public Expr TryCast(string type) => new(new CastNode(Node, CheckType(type), true), _depth + 1, Name);

    /// <summary>Another value in the place of null.</summary>
    public Expr FillNull(Expr value) => Call("coalesce", this, value);

    /// <summary>Null in the place of a value.</summary>
    public Expr NullIf(Expr value) => Call("nullif", this, value);

    /// <summary>Null in the place of NaN; then the frame's handling of missing values is that of pandas.</summary>
    public Expr NullIfNaN() => Expressions.When(!Call("isnan", this)).Then(this).Otherwise(Expressions.Null);

    /// <summary>Whether it is NaN; null for null.</summary>
    public Expr IsNaN() => Call("isnan", this);

    /// <summary>Other values in the place of some. What is not named stays.</summary>
    public Expr Replace(params IReadOnlyList<(Expr From, Expr To)> values)
    {
        if (values.Count == 0)
            return this;
        var branches = new List<Expr>();
        foreach (var (from, to) in values)
            branches.AddRange([Is(from), to]);
        var (nodes, depth) = Nodes([.. branches, this]);
        return new Expr(new CaseNode(nodes), depth);
    }

    /// <summary>Held between two values; null stays null.</summary>
    public Expr Clip(Expr least, Expr most) => Expressions.When(this < least).Then(least)
        .When(this > most).Then(most).Otherwise(this);

    public Expr Abs() => Call("abs", this);

    /// <summary>Rounded to decimals, halves away from zero.</summary>
    public Expr Round(int decimals = 0) => Call("round", this, decimals);

    public Expr Floor() => Call("floor", this);

    public Expr Ceiling() => Call("ceil", this);

    /// <summary>The whole part of a quotient, rounded down as in Python.</summary>
    public Expr FloorDivide(Expr divisor) => Call("floor", this / divisor);

    public Expr Sqrt() => Call("sqrt", this);

    public Expr Pow(Expr exponent) => Call("pow", this, exponent);

    public Expr Exp() => Call("exp", this);

    /// <summary>The natural logarithm.</summary>
    public Expr Ln() => Call("ln", this);

    public Expr Log10() => Call("log10", this);

    public Expr Sign() => Call("sign", this);

    /// <summary>Texts joined; null when one of them is.</summary>
    public Expr Concat(Expr other) => Binary("||", this, other);

    /// <summary>The interval that a number lies in, as a text such as <c>(0, 10]</c>; null outside of all.</summary>
    /// <param name="edges">Ascending; at least two.</param>
    /// <param name="labels">One for each interval; null writes the intervals themselves.</param>
    /// <param name="isRightClosed">Whether an interval holds its right edge instead of its left.</param>
    public Expr Cut(IReadOnlyList<double> edges, IReadOnlyList<string>? labels = null, bool isRightClosed = true)
    {
        ArgumentNullException.ThrowIfNull(edges);
        if (edges.Count < 2 || edges.Zip(edges.Skip(1)).Any(pair => !(pair.First < pair.Second)))
            throw new ArgumentException("The edges must ascend, and be at least two.", nameof(edges));
        if (labels is not null && labels.Count != edges.Count - 1)
            throw new ArgumentException($"{edges.Count} edges need {edges.Count - 1} labels.", nameof(labels));
        var branches = new List<Expr>();
        for (var i = 0; i + 1 < edges.Count; i++)
        {
            branches.Add(isRightClosed
                ? (this > edges[i]) & (this <= edges[i + 1]) : (this >= edges[i]) & (this < edges[i + 1]));
            branches.Add(labels?[i]
                ?? (isRightClosed ? $"({edges[i]}, {edges[i + 1]}]" : $"[{edges[i]}, {edges[i + 1]})"));
        }

        var (nodes, depth) = Nodes([.. branches, Expressions.Null]);
        return new Expr(new CaseNode(nodes), depth);
    }

    /// <summary>Which of some equally filled intervals a value lies in, from 0; the edges are quantiles of all rows, or
    /// of the partition that <see cref="Over"/> names.</summary>
    public Expr QCut(int intervals)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(intervals, 1);
        var result = Expressions.When(IsNull()).Then(Expressions.Null);
        for (var i = 1; i < intervals; i++)
            result = result.When(this <= OpenWindow(Quantile((double)i / intervals), null, false)).Then(i - 1);
        return result.Otherwise(intervals - 1);
    }

    Expr In(IReadOnlyList<Expr> values, bool isNot)
    {
        if (values.Count == 0)
            return isNot;
        var (nodes, depth) = Nodes([this, .. values]);
        return new Expr(new InNode(nodes, isNot), depth);
    }
}
