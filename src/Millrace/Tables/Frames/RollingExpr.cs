namespace Millrace.Tables.Frames;

/// <summary>Aggregates over the last rows, or the last time, before each row. Their order is what
/// <see cref="Expr.Over"/> says.</summary>
public sealed class RollingExpr
{
    readonly Expr _value;
    readonly RowFrame _frame;
    readonly int _minCount;

    internal RollingExpr(Expr value, RowFrame frame, int minCount)
    {
        _value = value;
        _frame = frame;
        _minCount = minCount;
    }

    public Expr Sum() => Enough(_value.Sum());

    public Expr Mean() => Enough(_value.Mean());

    public Expr Min() => Enough(_value.Min());

    public Expr Max() => Enough(_value.Max());

    public Expr Median() => Enough(_value.Median());

    /// <summary>The standard deviation of a sample.</summary>
    public Expr Std() => Enough(_value.Std());

    /// <summary>The variance of a sample.</summary>
    public Expr Var() => Enough(_value.Var());

    /// <summary>How many values are not null; never null itself.</summary>
    public Expr Count() => Expr.OpenWindow(_value.Count(), _frame);

    Expr Enough(Expr aggregate)
    {
        var windowed = Expr.OpenWindow(aggregate, _frame);
        return Expressions.When(Count() >= _minCount).Then(windowed).Otherwise(Expressions.Null);
    }
}
