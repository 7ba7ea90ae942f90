namespace Millrace.Tables.Frames;

/// <summary>Where expressions begin: <c>using static Millrace.Tables.Frames.Expressions;</c>.</summary>
public static class Expressions
{
    /// <summary>The value null.</summary>
    public static Expr Null { get; } = Expr.Literal(null);

    /// <summary>A column by its name; the case of A to Z does not matter.</summary>
    /// <exception cref="MillraceException"><c>column-name</c>.</exception>
    public static Expr Col(string name) => new(new ColumnNode(ColumnName.Check(name)), 1, name);

    /// <summary>A value; where an expression is expected, most values need not be wrapped.</summary>
    public static Expr Lit(Expr value) => value;

    /// <summary>SQL of your own, such as <c>x::date</c>. It goes into the query as it is, so it must never hold a
    /// text from outside.</summary>
    public static Expr Sql(string sql)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        return new Expr(new RawNode(sql));
    }

    /// <summary>A scalar function of DuckDB that has no method here.</summary>
    /// <exception cref="MillraceException"><c>function-name</c>.</exception>
    public static Expr Function(string name, params IReadOnlyList<Expr> arguments) =>
        Expr.Call(Expr.CheckFunction(name), arguments);

    /// <summary>An aggregate of DuckDB that has no method here.</summary>
    /// <exception cref="MillraceException"><c>function-name</c>.</exception>
    public static Expr Aggregate(string name, params IReadOnlyList<Expr> arguments) =>
        Expr.Aggregate(Expr.CheckFunction(name), arguments);

    /// <summary>How many rows.</summary>
    public static Expr Count() => Expr.Aggregate("count");

    /// <summary>The number of the row from 1, in the order that <see cref="Expr.Over"/> says.</summary>
    public static Expr RowNumber() => Expr.OpenWindow(Expr.Call("row_number"));

    /// <summary>A condition; <c>Then</c> and <c>Otherwise</c> say the values.</summary>
    public static WhenExpr When(Expr condition) => new([], condition);

    /// <summary>The first of some values that is not null.</summary>
    public static Expr Coalesce(params IReadOnlyList<Expr> values) => Expr.Call("coalesce", values);

    /// <summary>The least of some values, nulls left out.</summary>
    public static Expr Least(params IReadOnlyList<Expr> values) => Expr.Call("least", values);

    /// <summary>The greatest of some values, nulls left out.</summary>
    public static Expr Greatest(params IReadOnlyList<Expr> values) => Expr.Call("greatest", values);

    /// <summary>Whether all conditions are true; true when there are none.</summary>
    public static Expr All(params IReadOnlyList<Expr> conditions) => Fold("and", conditions, true);

    /// <summary>Whether one of the conditions is true; false when there are none.</summary>
    public static Expr Any(params IReadOnlyList<Expr> conditions) => Fold("or", conditions, false);

    /// <summary>Several values as a list.</summary>
    public static Expr ListOf(params IReadOnlyList<Expr> values)
    {
        var (nodes, depth) = Expr.Nodes(values);
        return new Expr(new ListNode(nodes), depth);
    }

    /// <summary>Several values as a struct.</summary>
    public static Expr StructOf(params IReadOnlyList<ColumnChoice> fields)
    {
        var outputs = fields.Select(field => field.ToOutput("StructOf")).ToList();
        var (nodes, depth) = Expr.Nodes([.. fields.Select(field => field.Value)]);
        return new Expr(new StructNode([.. outputs.Select(output => output.Name)], nodes), depth);
    }

    // In halves, so that a thousand conditions are ten deep.
    static Expr Fold(string symbol, IReadOnlyList<Expr> conditions, bool none) => conditions.Count switch
    {
        0 => none,
        1 => conditions[0],
        var count => Expr.Binary(
            symbol, Fold(symbol, [.. conditions.Take(count / 2)], none),
            Fold(symbol, [.. conditions.Skip(count / 2)], none)),
    };
}
