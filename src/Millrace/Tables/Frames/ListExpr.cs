namespace Millrace.Tables.Frames;

/// <summary>Functions of a list of each row. Null in, null out. Places count from 0.</summary>
public sealed class ListExpr
{
    internal ListExpr(Expr list) => Expr = list;

    internal Expr Expr { get; }

    /// <summary>How many elements, nulls among them.</summary>
    public Expr Length() => Expr.Call("len", Expr);

    /// <summary>An element.</summary>
    /// <param name="index">From 0; negative counts from the end. Null where there is none.</param>
    public Expr Get(int index) => Expr.Call("list_extract", Expr, index >= 0 ? index + 1L : index);

    public Expr Contains(Expr value) => Expr.Call("list_contains", Expr, value);

    public Expr Sum() => Expr.Call("list_sum", Expr);

    public Expr Mean() => Expr.Call("list_avg", Expr);

    public Expr Min() => Expr.Call("list_min", Expr);

    public Expr Max() => Expr.Call("list_max", Expr);

    /// <summary>In ascending order, nulls last.</summary>
    public Expr Sort() => Expr.Call("list_sort", Expr, "asc", "nulls last");

    /// <summary>Its different elements, nulls left out, in no order that can be told beforehand.</summary>
    public Expr Distinct() => Expr.Call("list_distinct", Expr);

    public Expr Reverse() => Expr.Call("list_reverse", Expr);

    /// <summary>Some of its elements.</summary>
    /// <param name="start">From 0.</param>
    /// <param name="count">How many at most.</param>
    public Expr Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Expr.Call("list_slice", Expr, start + 1L, (long)start + count);
    }

    /// <summary>Its elements as one text.</summary>
    public Expr Join(string separator) => Expr.Call("array_to_string", Expr, separator);

    public Expr Concat(Expr other) => Expr.Call("list_concat", Expr, other);

    /// <summary>A function of each element.</summary>
    public Expr Transform(Func<Expr, Expr> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Apply("list_transform", 1, parameters => function(parameters[0]));
    }

    /// <summary>The elements for which a condition is true.</summary>
    public Expr Filter(Func<Expr, Expr> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Apply("list_filter", 1, parameters => condition(parameters[0]));
    }

    /// <summary>A function of each element and of its place, which counts from 1.</summary>
    internal Expr TransformAt(Func<Expr, Expr, Expr> function) =>
        Apply("list_transform", 2, parameters => function(parameters[0], parameters[1]));

    // A parameter must be named like no column and no parameter of a function inside, so the body is made twice.
    Expr Apply(string function, int count, Func<IReadOnlyList<Expr>, Expr> body)
    {
        var names = new List<string>();
        var taken = new HashSet<string>(ColumnName.Comparer);
        Collect(body([.. Enumerable.Repeat(new Expr(new ColumnNode("", LambdaNode.Side)), count)]).Node, taken);
        for (var i = 0; names.Count < count; i++)
        {
            if (taken.Add($"x{i}"))
                names.Add($"x{i}");
        }

        var made = body([.. names.Select(name => new Expr(new ColumnNode(name, LambdaNode.Side)))]);
        var (nodes, depth) = Expr.Nodes([Expr, made]);
        return new Expr(new CallNode(function, [nodes[0], new LambdaNode(names, nodes[1])]), depth + 1);
    }

    static void Collect(ExprNode node, HashSet<string> taken)
    {
        if (node is ColumnNode column)
            taken.Add(column.Name);
        if (node is LambdaNode lambda)
            taken.UnionWith(lambda.Parameters);
        foreach (var child in node.Children)
            Collect(child, taken);
    }
}
