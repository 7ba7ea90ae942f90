namespace Millrace.Tables.Frames;

/// <summary>A condition that waits for its value: <c>When(Col("x") &gt; 0).Then("up").Otherwise("down")</c>.</summary>
public sealed class WhenExpr
{
    readonly IReadOnlyList<Expr> _before;
    readonly Expr _condition;

    internal WhenExpr(IReadOnlyList<Expr> before, Expr condition)
    {
        _before = before;
        _condition = condition;
    }

    /// <summary>The value where the condition is true.</summary>
    public ThenExpr Then(Expr value) => new([.. _before, _condition, value]);
}
