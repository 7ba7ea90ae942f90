namespace Millrace.Tables.Frames;

/// <summary>Names: which column an expression means, and what may stand where.</summary>
sealed partial class FrameCompiler
{
    /// <summary>Whether all columns that an expression names are columns of the block's relation as they are, so that
    /// the expression can be said over the relation.</summary>
    static bool ArePlain(SelectBlock block, ExprNode node) =>
        (!ExprShape.Has<RawNode>(node) || block.HasSameColumns)
        && ExprShape.Columns(node).All(column => IsPlain(block, column.Name));

    static bool IsPlain(SelectBlock block, string name) => block.Find(name)?.Value is ColumnNode;

    /// <summary>An expression over the block's outputs, as one over its relation.</summary>
    static ExprNode Resolve(string verb, SelectBlock block, ExprNode node) => ExprShape.Map(
        node,
        column => column.Side == LambdaNode.Side
            ? column
            : block.Find(column.Name)?.Value ?? throw Unknown(verb, block, column.Name));

    static void CheckColumns(string verb, SelectBlock block, ExprNode node)
    {
        if (node is ColumnNode column && column.Side != LambdaNode.Side)
        {
            if (column.Side is not null)
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "column-side", $"{verb}: '{column.Name}' is a column of one side of a join.",
                    "Sides stand only in the condition of Join; elsewhere say Col(\"name\").");
            }

            if (block.Find(column.Name) is null)
                throw Unknown(verb, block, column.Name);
        }

        foreach (var child in node.Children)
            CheckColumns(verb, block, child);
    }

    static MillraceException Unknown(string verb, SelectBlock block, string name) =>
        ColumnName.Unknown(verb, name, [.. block.Outputs.Select(output => output.Name)]);

    /// <exception cref="MillraceException"><c>column-twice</c>, <c>columns-missing</c>.</exception>
    static void CheckNames(string verb, IReadOnlyList<Output> outputs)
    {
        if (outputs.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "columns-missing", $"{verb} leaves no column.", "Name at least one.");
        }

        var seen = new HashSet<string>(ColumnName.Comparer);
        if (outputs.FirstOrDefault(output => !seen.Add(output.Name)) is { } twice)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "column-twice", $"{verb} gives two columns the name '{twice.Name}'.",
                "Give one of them another name with 'As'; the case of letters does not tell names apart.");
        }
    }

    /// <summary>Refuses what is no value of one row.</summary>
    static void CheckScalar(string verb, ExprNode node)
    {
        ExprShape.CheckWindows(verb, node);
        if (ExprShape.HasAggregate(node))
        {
            throw Misplaced(
                verb, node, "is one value of many rows",
                "Put it into GroupBy(…).Agg(…), or say over which rows with '.Over(Window.All)'.");
        }
    }

    static void CheckAggregate(Output output)
    {
        ExprShape.CheckWindows("Agg", output.Value);
        if (HasBareColumn(output.Value))
        {
            throw Misplaced(
                "Agg", output.Value, "is not one value of a group",
                "Aggregate its columns, for instance with Sum() or First(), or make them keys of GroupBy.");
        }
    }

    static bool HasBareColumn(ExprNode node) => node switch
    {
        AggregateNode => false,
        ColumnNode column => column.Side != LambdaNode.Side,
        WindowNode => true,
        _ => node.Children.Any(HasBareColumn),
    };

    static MillraceException Misplaced(string verb, ExprNode node, string what, string hint) => new(
        ErrorKind.Invalid, "expression-misplaced", $"{verb}: {DuckDbDialect.Instance.Text(node)} {what}.", hint);
}
