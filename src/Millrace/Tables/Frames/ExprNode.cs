namespace Millrace.Tables.Frames;

/// <summary>A piece of an expression, free of any dialect. The family is closed; <see cref="SqlDialect"/> renders it.
/// </summary>
abstract record ExprNode
{
    /// <summary>The nodes below it, in a fixed order.</summary>
    public virtual IReadOnlyList<ExprNode> Children => [];

    /// <summary>The same node over others; <paramref name="children"/> come in the order of <see cref="Children"/>.
    /// </summary>
    public virtual ExprNode With(IReadOnlyList<ExprNode> children) => this;
}

/// <param name="Name">As the frame has it.</param>
/// <param name="Side">The alias of a relation in a join; null elsewhere.</param>
sealed record ColumnNode(string Name, string? Side = null) : ExprNode;

/// <param name="Value">What <see cref="SqlDialect.Literal"/> can write.</param>
sealed record LiteralNode(object? Value) : ExprNode;

/// <summary>SQL of the user's own; it is not looked into.</summary>
sealed record RawNode(string Sql) : ExprNode;

/// <summary>A scalar function.</summary>
sealed record CallNode(string Name, IReadOnlyList<ExprNode> Arguments) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => Arguments;

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Arguments = children };
}

/// <remarks><c>Symbol</c>: The operator as SQL writes it.</remarks>
sealed record OperatorNode(string Symbol, ExprNode Left, ExprNode Right) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => [Left, Right];

    public override ExprNode With(IReadOnlyList<ExprNode> children) =>
        this with { Left = children[0], Right = children[1] };
}

/// <remarks><c>Symbol</c>: <c>not</c> or <c>-</c> before the operand; <c>is null</c> or <c>is not null</c> after it.
/// </remarks>
sealed record UnaryNode(string Symbol, ExprNode Operand) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => [Operand];

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Operand = children[0] };
}

/// <remarks><c>Type</c>: A type whose text was checked.</remarks>
sealed record CastNode(ExprNode Operand, string Type, bool IsTry) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => [Operand];

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Operand = children[0] };
}

/// <param name="Branches">Condition, value, condition, value, …, and at last the value of no match.</param>
sealed record CaseNode(IReadOnlyList<ExprNode> Branches) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => Branches;

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Branches = children };
}

/// <remarks><c>Operands</c>: What is looked for, then the values.</remarks>
sealed record InNode(IReadOnlyList<ExprNode> Operands, bool IsNot) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => Operands;

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Operands = children };
}

/// <summary>An aggregate, over a group, or over a window when a <see cref="WindowNode"/> holds it.</summary>
/// <remarks><c>Order</c>: Of the values that go in; for aggregates whose result depends on it.</remarks>
sealed record AggregateNode(
    string Name, IReadOnlyList<ExprNode> Arguments, bool IsDistinct, ExprNode? Filter, IReadOnlyList<OrderNode> Order)
    : ExprNode
{
    public override IReadOnlyList<ExprNode> Children =>
        [.. Arguments, .. Order.Select(key => key.Value), .. Filter is null ? [] : (ExprNode[])[Filter]];

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with
    {
        Arguments = [.. children.Take(Arguments.Count)],
        Order = [.. Order.Select((key, i) => key with { Value = children[Arguments.Count + i] })],
        Filter = Filter is null ? null : children[^1],
    };
}

/// <summary>A call over the rows around each row.</summary>
/// <remarks><c>Call</c>: An <see cref="AggregateNode"/> or a <see cref="CallNode"/>.
/// <c>IsOpen</c>: Whether <c>Over</c> may still say its partition and order.
/// <c>NeedsOrder</c>: Whether it says nothing without an order.</remarks>
sealed record WindowNode(
    ExprNode Call, IReadOnlyList<ExprNode> Partition, IReadOnlyList<OrderNode> Order, RowFrame? Frame, bool IsOpen,
    bool NeedsOrder, bool IgnoresNulls = false) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => [Call, .. Partition, .. Order.Select(key => key.Value)];

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with
    {
        Call = children[0],
        Partition = [.. children.Skip(1).Take(Partition.Count)],
        Order = [.. Order.Select((key, i) => key with { Value = children[1 + Partition.Count + i] })],
    };
}

/// <summary>A list of values of one row.</summary>
sealed record ListNode(IReadOnlyList<ExprNode> Items) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => Items;

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Items = children };
}

/// <summary>Named values of one row.</summary>
sealed record StructNode(IReadOnlyList<string> Names, IReadOnlyList<ExprNode> Items) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => Items;

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Items = children };
}

/// <summary>A function of list elements; its parameters are columns of the side <see cref="Side"/>.</summary>
sealed record LambdaNode(IReadOnlyList<string> Parameters, ExprNode Body) : ExprNode
{
    public const string Side = "\0lambda";

    public override IReadOnlyList<ExprNode> Children => [Body];

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Body = children[0] };
}

/// <summary>One row for each element of a list.</summary>
sealed record UnnestNode(ExprNode Operand) : ExprNode
{
    public override IReadOnlyList<ExprNode> Children => [Operand];

    public override ExprNode With(IReadOnlyList<ExprNode> children) => this with { Operand = children[0] };
}

/// <summary>A key of an order.</summary>
sealed record OrderNode(ExprNode Value, bool IsDescending, bool IsNullsFirst);
