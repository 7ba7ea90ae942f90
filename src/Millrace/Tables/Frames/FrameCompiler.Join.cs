namespace Millrace.Tables.Frames;

/// <summary>Steps with several inputs.</summary>
sealed partial class FrameCompiler
{
    static SelectBlock Join(SelectBlock left, SelectBlock right, JoinNode node)
    {
        const string Verb = "Join";
        var on = new List<ExprNode>();
        foreach (var (l, r) in node.Keys)
            on.Add(Pair("=", l, r));
        if (node.Condition is { } condition)
        {
            CheckScalar(Verb, condition);
            on.Add(ExprShape.Map(condition, column => column.Side switch
            {
                JoinSide.Left => Column(left, column.Name, JoinSide.Left),
                JoinSide.Right => Column(right, column.Name, JoinSide.Right),
                _ when column.Side == LambdaNode.Side => column,
                _ => throw new MillraceException(
                    ErrorKind.Invalid, "column-side",
                    $"{Verb}: the condition does not say on which side '{column.Name}' is.",
                    "Write it with both sides: (l, r) => l[\"a\"] < r[\"b\"]."),
            }));
        }

        if (node.AsOf is { } asOf)
            on.Add(Pair(asOf.Symbol, asOf.Left, asOf.Right));
        // A join keeps no order.
        var relation = new JoinRelation(
            ToRelation(left.IsCut ? left : left with { Order = [] }),
            ToRelation(right.IsCut ? right : right with { Order = [] }), node.Kind, node.AsOf is not null, on);
        var block = new SelectBlock(relation, JoinOutputs(left, right, node));
        return node is { Kind: JoinKind.Inner, AsOf: { Tolerance: not null } near }
            ? block with { Where = [IsNear(left, right, near)] } : block;

        OperatorNode Pair(string symbol, string l, string r) =>
            new(symbol, Column(left, l, JoinSide.Left), Column(right, r, JoinSide.Right));
    }

    static ColumnNode Column(SelectBlock block, string name, string side) =>
        new((block.Find(name) ?? throw Unknown("Join", block, name)).Name, side);

    static List<Output> JoinOutputs(SelectBlock left, SelectBlock right, JoinNode node)
    {
        var rightOf = node.Keys.ToDictionary(key => key.Left, key => key.Right, ColumnName.Comparer);
        var outputs = left.Outputs.Select(output => new Output(output.Name, KeyValue(output.Name))).ToList();
        if (node.Kind is JoinKind.Semi or JoinKind.Anti)
            return outputs;
        // A key of one name on both sides is one column.
        var merged = new HashSet<string>(
            node.Keys.Where(key => ColumnName.Comparer.Equals(key.Left, key.Right)).Select(key => key.Right),
            ColumnName.Comparer);
        var names = new HashSet<string>(outputs.Select(output => output.Name), ColumnName.Comparer);
        foreach (var output in right.Outputs.Where(output => !merged.Contains(output.Name)))
        {
            var name = names.Contains(output.Name) ? output.Name + node.Suffix : output.Name;
            if (!names.Add(name))
            {
                throw new MillraceException(
                    ErrorKind.Invalid, "column-twice", $"Join gives two columns the name '{name}'.",
                    "Rename one before the join, or give another suffix.");
            }

            outputs.Add(new Output(name, RightValue(output.Name)));
        }

        return outputs;

        ExprNode KeyValue(string name)
        {
            var value = new ColumnNode(name, JoinSide.Left);
            if (!rightOf.TryGetValue(name, out var other) || !ColumnName.Comparer.Equals(name, other))
                return value;
            var otherValue = Column(right, other, JoinSide.Right);
            return node.Kind switch
            {
                JoinKind.Right => otherValue,
                JoinKind.Full => new CallNode("coalesce", [value, otherValue]),
                _ => value,
            };
        }

        ExprNode RightValue(string name)
        {
            var value = new ColumnNode(name, JoinSide.Right);
            // The nearest row counts; when it is too far away, it is as if there were none.
            return node is { Kind: JoinKind.Left, AsOf: { Tolerance: not null } near }
                ? new CaseNode([IsNear(left, right, near), value, new LiteralNode(null)]) : value;
        }
    }

    static OperatorNode IsNear(SelectBlock left, SelectBlock right, AsOfKey key)
    {
        ExprNode l = Column(left, key.Left, JoinSide.Left);
        ExprNode r = Column(right, key.Right, JoinSide.Right);
        var distance = key.Symbol[0] == '>' ? new OperatorNode("-", l, r) : new OperatorNode("-", r, l);
        return new OperatorNode("<=", distance, key.Tolerance!);
    }

    SelectBlock Set(SetNode node)
    {
        var verb = node.Operation.StartsWith("union", StringComparison.Ordinal)
            ? "Concat" : char.ToUpperInvariant(node.Operation[0]) + node.Operation[1..].Split(' ')[0];
        var blocks = node.Frames.Select(Compile).ToList();
        var names = blocks[0].Outputs.Select(output => output.Name).ToList();
        foreach (var block in blocks.Skip(1))
        {
            foreach (var name in block.Outputs.Select(output => output.Name)
                .Where(name => !names.Contains(name, ColumnName.Comparer)))
            {
                if (!node.FillsMissing)
                    throw Unknown(verb, blocks[0], name);
                names.Add(name);
            }
        }

        var aligned = blocks.Select(block => Project(block, new ProjectNode(
            new EmptyNode(), verb,
            [.. names.Select(name => new Output(
                name,
                node.FillsMissing && block.Find(name) is null ? new LiteralNode(null) : new ColumnNode(name)))],
            false))).ToList();
        return new SelectBlock(
            new SetRelation(aligned, node.Operation),
            [.. names.Select(name => new Output(name, new ColumnNode(name)))]);
    }
}
