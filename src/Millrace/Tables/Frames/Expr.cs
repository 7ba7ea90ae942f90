using System.Text.RegularExpressions;

namespace Millrace.Tables.Frames;

/// <summary>A typed expression over the columns of a frame: <c>(Col("price") * 2 &gt; 10) &amp; Col("kind").IsIn("a",
/// "b")</c>. Immutable; it computes nothing itself.</summary>
/// <remarks>Logic is SQL's, with three values: what is compared with null is null, <c>null &amp; false</c> is false,
/// <c>null | true</c> is true, and a filter keeps the rows for which its condition is true. <c>==</c> builds an
/// expression; to ask for null use <see cref="IsNull"/>, to compare with nulls as values <see cref="Is"/>. NaN is equal
/// to NaN and greater than every number. <c>/</c> divides as numbers of double precision; <c>%</c> has the sign of the
/// left side. Values become quoted literals: a text is never read as SQL.</remarks>
public sealed partial class Expr
{
    const int MaxDepth = 500;

    readonly int _depth;

    internal Expr(ExprNode node, int depth = 1, string? name = null)
    {
        Node = node;
        Name = name;
        _depth = depth <= MaxDepth ? depth : throw new MillraceException(
            ErrorKind.Invalid, "expression-too-deep", $"An expression is nested more than {MaxDepth} deep.",
            "Use All, Any, IsIn or Replace for long lists of conditions, or compute it in steps with With.");
    }

    /// <summary>What the column will be called; null when nothing says it.</summary>
    public string? Name { get; }

    internal ExprNode Node { get; }

    public static implicit operator Expr(bool value) => Literal(value);

    public static implicit operator Expr(int value) => Literal(value);

    public static implicit operator Expr(long value) => Literal(value);

    public static implicit operator Expr(double value) => Literal(value);

    public static implicit operator Expr(float value) => Literal(value);

    public static implicit operator Expr(decimal value) => Literal(value);

    public static implicit operator Expr(string value) => Literal(value);

    public static implicit operator Expr(DateTime value) => Literal(value);

    public static implicit operator Expr(DateTimeOffset value) => Literal(value);

    public static implicit operator Expr(DateOnly value) => Literal(value);

    public static implicit operator Expr(TimeSpan value) => Literal(value);

    public static implicit operator Expr(Guid value) => Literal(value);

    public static implicit operator Expr(byte[] value) => Literal(value);

    public static Expr operator +(Expr left, Expr right) => Binary("+", left, right);

    public static Expr operator -(Expr left, Expr right) => Binary("-", left, right);

    public static Expr operator *(Expr left, Expr right) => Binary("*", left, right);

    public static Expr operator /(Expr left, Expr right) => Binary("/", left, right);

    public static Expr operator %(Expr left, Expr right) => Binary("%", left, right);

    public static Expr operator -(Expr operand) => Unary("-", operand);

    public static Expr operator ==(Expr left, Expr right) => Binary("=", left, right);

    public static Expr operator !=(Expr left, Expr right) => Binary("<>", left, right);

    public static Expr operator <(Expr left, Expr right) => Binary("<", left, right);

    public static Expr operator <=(Expr left, Expr right) => Binary("<=", left, right);

    public static Expr operator >(Expr left, Expr right) => Binary(">", left, right);

    public static Expr operator >=(Expr left, Expr right) => Binary(">=", left, right);

    public static Expr operator &(Expr left, Expr right) => Binary("and", left, right);

    public static Expr operator |(Expr left, Expr right) => Binary("or", left, right);

    public static Expr operator !(Expr operand) => Unary("not", operand);

    /// <summary>The expression under a name.</summary>
    public Expr As(string name) => new(Node, _depth, ColumnName.Check(name));

    /// <summary>As a key of an order, the greatest first.</summary>
    public SortKey Descending() => new(this, IsDescending: true);

    /// <summary>As a key of an order, the least first.</summary>
    public SortKey Ascending() => new(this);

    /// <summary>Whether two expressions are the same object; <c>==</c> builds an expression instead.</summary>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>As DuckDB would write it.</summary>
    public override string ToString() => DuckDbDialect.Instance.Text(Node);

    internal static Expr Literal(object? value)
    {
        if (value is string text && !ColumnName.IsText(text.Replace("\0", "", StringComparison.Ordinal)))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "text-value", "A text holds half a character (a lone surrogate).",
                "Take it out where the text is made.");
        }

        return new Expr(new LiteralNode(value));
    }

    internal static Expr Call(string name, params IReadOnlyList<Expr> arguments)
    {
        var (nodes, depth) = Nodes(arguments);
        return new Expr(new CallNode(name, nodes), depth);
    }

    internal static Expr Aggregate(string name, params IReadOnlyList<Expr> arguments)
    {
        var (nodes, depth) = Nodes(arguments);
        return new Expr(new AggregateNode(name, nodes, false, null, []), depth);
    }

    internal static Expr Binary(string symbol, Expr left, Expr right)
    {
        if (left is null || right is null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "compared-with-null", $"An operand of '{symbol}' is C#'s null.",
                "Ask with IsNull(), compare with Is(), or write the value null as Expressions.Null.");
        }

        var (nodes, depth) = Nodes([left, right]);
        return new Expr(new OperatorNode(symbol, nodes[0], nodes[1]), depth);
    }

    internal static Expr Unary(string symbol, Expr operand)
    {
        var (nodes, depth) = Nodes([operand]);
        return new Expr(new UnaryNode(symbol, nodes[0]), depth);
    }

    internal static (IReadOnlyList<ExprNode> Nodes, int Depth) Nodes(IReadOnlyList<Expr> expressions)
    {
        var nodes = new ExprNode[expressions.Count];
        var depth = 0;
        for (var i = 0; i < nodes.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(expressions[i], nameof(expressions));
            nodes[i] = expressions[i].Node;
            depth = Math.Max(depth, expressions[i]._depth);
        }

        return (nodes, depth + 1);
    }

    /// <summary>A type's name as it goes into SQL.</summary>
    internal static string CheckType(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return TypeName().IsMatch(type) ? type : throw new MillraceException(
            ErrorKind.Invalid, "type-name", $"'{type.Replace('\0', '?')}' is not the name of a type.",
            "Use a name such as bigint, double, varchar, decimal(18,2), timestamp with time zone or integer[].");
    }

    internal static string CheckFunction(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return FunctionName().IsMatch(name) ? name : throw new MillraceException(
            ErrorKind.Invalid, "function-name", $"'{name.Replace('\0', '?')}' is not the name of a function.",
            "Use letters, digits and underscores, such as list_sum; for anything else there is Expressions.Sql.");
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]*( [A-Za-z]+){0,4}(\([0-9]{1,3}(, ?[0-9]{1,3})?\))?(\[[0-9]{0,5}\]){0,4}\z")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,100}\z")]
    private static partial Regex FunctionName();
}
