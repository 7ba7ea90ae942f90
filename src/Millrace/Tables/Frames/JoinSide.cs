namespace Millrace.Tables.Frames;

/// <summary>One side of a join, by whose columns a condition is written: <c>(l, r) => l["from"] &lt; r["at"]</c>.
/// </summary>
public sealed class JoinSide
{
    internal const string Left = "l";
    internal const string Right = "r";

    readonly string _alias;

    internal JoinSide(string alias) => _alias = alias;

    /// <summary>A column of this side.</summary>
    public Expr this[string column] => new(new ColumnNode(ColumnName.Check(column), _alias), 1, column);
}
