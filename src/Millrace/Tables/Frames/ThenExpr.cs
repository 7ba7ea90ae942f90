namespace Millrace.Tables.Frames;

/// <summary>Conditions with their values, the first that is true counts.</summary>
public sealed class ThenExpr
{
    readonly IReadOnlyList<Expr> _branches;

    internal ThenExpr(IReadOnlyList<Expr> branches) => _branches = branches;

    /// <summary>A further condition, for rows where none before is true.</summary>
    public WhenExpr When(Expr condition) => new(_branches, condition);

    /// <summary>The value where no condition is true.</summary>
    public Expr Otherwise(Expr value)
    {
        var (nodes, depth) = Expr.Nodes([.. _branches, value]);
        return new Expr(new CaseNode(nodes), depth);
    }
}
