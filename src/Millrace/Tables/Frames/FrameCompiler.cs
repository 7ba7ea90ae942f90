namespace Millrace.Tables.Frames;

/// <summary>Makes selects of steps. A step goes into the select that is there as long as SQL's order of clauses allows
/// it and no computed column would be computed twice; otherwise it begins a new one around it.</summary>
/// <remarks>The clauses of a select work in the order from, where, group by, windows, qualify, distinct, order by,
/// limit; what is asked later than its clause must not see the later ones.</remarks>
/// <param name="describe">Names and types of a block's columns; called for steps that depend on them.</param>
sealed partial class FrameCompiler(Func<SelectBlock, IReadOnlyList<FrameColumn>> describe)
{
    const string RowNumberName = "__row_number";
    const string RowCountName = "__row_count";

    readonly Dictionary<PlanNode, SelectBlock> _done = new(ReferenceEqualityComparer.Instance);

    public SelectBlock Compile(PlanNode node)
    {
        if (_done.TryGetValue(node, out var done))
            return done;
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        return _done[node] = node switch
        {
            SourceNode source => Scan(source.Source),
            ProjectNode project => Project(Compile(project.Input), project),
            FilterNode filter => Filter(Compile(filter.Input), filter.Condition),
            GroupNode group => Group(Compile(group.Input), group),
            SortNode sort => Sort(Compile(sort.Input), sort.Keys),
            LimitNode limit => Limit(Compile(limit.Input), limit),
            TailNode tail => Tail(Compile(tail.Input), tail.Count),
            DistinctNode distinct => Distinct(Compile(distinct.Input), distinct),
            SampleNode sample => Sample(Compile(sample.Input), sample),
            JoinNode join => Join(Compile(join.Left), Compile(join.Right), join),
            SetNode set => Set(set),
            DeferredNode deferred => Compile(deferred.Expand(deferred.Input, ColumnsOf(deferred))),
            _ => throw new System.Diagnostics.UnreachableException($"{node.GetType().Name} has no select."),
        };
    }

    static SelectBlock Scan(FrameSource source)
    {
        var names = source.Columns.Select(column => column.Name).ToList();
        return new SelectBlock(
            new SourceRelation(source, names), [.. names.Select(name => new Output(name, new ColumnNode(name)))]);
    }

    static SelectBlock Nest(SelectBlock block) => new(
        ToRelation(block), [.. block.Outputs.Select(output => new Output(output.Name, new ColumnNode(output.Name)))]);

    static Relation ToRelation(SelectBlock block) => block.IsScan ? block.From : new BlockRelation(block);

    IReadOnlyList<FrameColumn> ColumnsOf(DeferredNode node)
    {
        var input = node.Input;
        if (input.KnownColumns is { } known)
            return known;
        var block = Compile(input);
        return node.NeedsTypes
            ? input.KnownColumns = describe(block)
            : [.. block.Outputs.Select(output => new FrameColumn(output.Name, ""))];
    }

    static SelectBlock Project(SelectBlock block, ProjectNode node)
    {
        var outputs = new List<Output>();
        if (node.KeepsInput)
        {
            // What has the name of a column comes in its place.
            var replaced = new HashSet<string>(node.Outputs.Select(output => output.Name), ColumnName.Comparer);
            foreach (var output in block.Outputs)
            {
                outputs.Add(replaced.Remove(output.Name)
                    ? node.Outputs.First(next => ColumnName.Comparer.Equals(next.Name, output.Name))
                    : new Output(output.Name, new ColumnNode(output.Name)));
            }

            outputs.AddRange(node.Outputs.Where(output => replaced.Contains(output.Name)));
        }
        else
        {
            outputs.AddRange(node.Outputs);
        }

        CheckNames(node.Verb, outputs);
        foreach (var output in node.Outputs)
            CheckScalar(node.Verb, output.Value);
        foreach (var output in outputs)
            CheckColumns(node.Verb, block, output.Value);
        if (!CanProject(block, outputs))
            block = Nest(block);
        return block with
        {
            Outputs = [.. outputs.Select(output => output with { Value = Resolve(node.Verb, block, output.Value) })],
        };
    }

    static bool CanProject(SelectBlock block, List<Output> outputs)
    {
        var computed = outputs.Where(output => output.Value is not ColumnNode).Select(output => output.Value).ToList();
        if (block.IsAnyDistinct || block.HasUnnest || !AreMovedOnce(block, outputs))
            return false;
        if (computed.Count == 0)
            return true;
        var hasWindow = computed.Any(ExprShape.Has<WindowNode>);
        var hasUnnest = computed.Any(ExprShape.Has<UnnestNode>);
        if (block.IsGrouped || (hasWindow && (block.IsCut || block.Qualify.Count > 0)))
            return false;
        return (!hasUnnest || !(block.IsCut || block.HasWindows || block.Order.Count > 0))
            && computed.All(value => ArePlain(block, value));
    }

    static bool AreMovedOnce(SelectBlock block, List<Output> outputs)
    {
        var seen = new HashSet<string>(ColumnName.Comparer);
        return outputs.All(output => output.Value is not ColumnNode column || IsPlain(block, column.Name)
            || seen.Add(column.Name));
    }

    static SelectBlock Filter(SelectBlock block, ExprNode condition)
    {
        const string Verb = "Filter";
        CheckScalar(Verb, condition);
        CheckColumns(Verb, block, condition);
        if (ExprShape.Has<UnnestNode>(condition))
            throw Misplaced(Verb, condition, "gives several rows", "Explode the column first.");
        if (ExprShape.Has<WindowNode>(condition))
        {
            if (block.IsGrouped || block.IsAnyDistinct || block.IsCut || block.HasUnnest || block.Qualify.Count > 0
                || !ArePlain(block, condition))
                block = Nest(block);
            return block with { Qualify = [.. block.Qualify, Resolve(Verb, block, condition)] };
        }

        if (block.IsGrouped || block.IsAnyDistinct || block.IsCut || block.HasUnnest || block.HasWindows
            || !ArePlain(block, condition))
            block = Nest(block);
        return block with { Where = [.. block.Where, .. Conjuncts(Resolve(Verb, block, condition))] };
    }

    static IEnumerable<ExprNode> Conjuncts(ExprNode condition) => condition is OperatorNode { Symbol: "and" } both
        ? [.. Conjuncts(both.Left), .. Conjuncts(both.Right)] : [condition];

    static SelectBlock Group(SelectBlock block, GroupNode node)
    {
        const string Verb = "GroupBy";
        CheckNames(Verb, [.. node.Keys, .. node.Aggregates]);
        foreach (var key in node.Keys)
        {
            CheckScalar(Verb, key.Value);
            CheckColumns(Verb, block, key.Value);
        }

        foreach (var output in node.Aggregates)
        {
            CheckColumns("Agg", block, output.Value);
            CheckAggregate(output);
        }

        // A key that is a number or SQL of the user's could be taken for the number of a column, so it is computed
        // beneath.
        var isSimple = node.Keys.All(key => key.Value is not (LiteralNode or RawNode or WindowNode)
            && !ExprShape.Has<WindowNode>(key.Value) && !ExprShape.Has<UnnestNode>(key.Value));
        if (block.Order.Count > 0 && node.Aggregates.Any(output => IsOrderSensitive(output.Value)))
        {
            block = Numbered(block);
            node = node with
            {
                Aggregates = [.. node.Aggregates.Select(output => output with { Value = InOrder(output.Value) })],
            };
        }

        if (block.IsGrouped || block.IsAnyDistinct || block.IsCut || block.HasUnnest || block.HasWindows
            || node.Keys.Concat(node.Aggregates).Any(output => !ArePlain(block, output.Value)))
            block = Nest(block);
        if (!isSimple)
        {
            var inner = Project(block, new ProjectNode(new EmptyNode(), Verb, HiddenKeys(node), true));
            return Group(inner, node with
            {
                Keys = [.. node.Keys.Select((key, i) => key with { Value = new ColumnNode(HiddenKey(i)) })],
            });
        }

        var isConstant = node.Keys.Count == 0
            && node.Aggregates.All(
                output => !ExprShape.HasAggregate(output.Value) && !ExprShape.Has<RawNode>(output.Value));
        return block with
        {
            Outputs = [.. node.Keys.Concat(node.Aggregates).Select(output => output with
            {
                // Without an aggregate and without keys it would be no group at all.
                Value = isConstant
                    ? new AggregateNode("any_value", [output.Value], false, null, [])
                    : Resolve(Verb, block, output.Value),
            })],
            Groups = [.. node.Keys.Select(key => Resolve(Verb, block, key.Value))],
            Order = [],
        };
    }

    static string HiddenKey(int index) => $"__key_{index}";

    static IReadOnlyList<Output> HiddenKeys(GroupNode node) =>
        [.. node.Keys.Select((key, i) => new Output(HiddenKey(i), key.Value))];

    static bool IsOrderSensitive(ExprNode node) =>
        node is AggregateNode { Name: "first" or "last" or "list" or "string_agg", Order.Count: 0 }
        || node.Children.Any(IsOrderSensitive);

    /// <summary>The block with the place of each row in its order as a column more. An aggregate may get the rows in
    /// any order, whatever stands beneath it.</summary>
    static SelectBlock Numbered(SelectBlock block)
    {
        var number = new WindowNode(new CallNode("row_number", []), [], block.Order, null, false, true);
        return Nest(block with { Outputs = [.. block.Outputs, new Output(RowNumberName, number)] });
    }

    static ExprNode InOrder(ExprNode node) => node is AggregateNode aggregate && IsOrderSensitive(node)
        ? aggregate with { Order = [new OrderNode(new ColumnNode(RowNumberName), false, false)] }
        : node.Children.Count == 0 ? node : node.With([.. node.Children.Select(InOrder)]);

    static SelectBlock Sort(SelectBlock block, IReadOnlyList<OrderNode> keys)
    {
        const string Verb = "Sort";
        foreach (var key in keys)
        {
            CheckScalar(Verb, key.Value);
            CheckColumns(Verb, block, key.Value);
        }

        if (block.IsCut || block.IsAnyDistinct || block.HasUnnest || keys.Any(key => key.Value is not ColumnNode
            && (block.IsGrouped || !ArePlain(block, key.Value))))
            block = Nest(block);
        return block with
        {
            Order = [.. keys.Select(key => key with { Value = Resolve(Verb, block, key.Value) })
                // A number would be taken for the number of a column, and orders nothing anyway.
                .Where(key => key.Value is not LiteralNode)],
        };
    }

    static SelectBlock Limit(SelectBlock block, LimitNode node)
    {
        if (block.Limit is { } limit)
        {
            limit = Math.Max(0, limit - node.Offset);
            return block with
            {
                Limit = Math.Min(limit, node.Count ?? limit),
                Offset = checked(block.Offset + node.Offset),
            };
        }

        return block with { Limit = node.Count, Offset = checked(block.Offset + node.Offset) };
    }

    static SelectBlock Tail(SelectBlock block, long count)
    {
        var names = block.Outputs.Select(output => output.Name).ToList();
        var nested = Nest(block);
        var numbered = nested with
        {
            Outputs = [
                .. nested.Outputs,
                new Output(RowNumberName, Whole(new CallNode("row_number", []))),
                new Output(RowCountName, Whole(new AggregateNode("count", [], false, null, []))),
            ],
        };
        var outer = Nest(numbered);
        return outer with
        {
            Outputs = [.. names.Select(name => new Output(name, new ColumnNode(name)))],
            Where = [new OperatorNode(
                ">", new ColumnNode(RowNumberName),
                new OperatorNode("-", new ColumnNode(RowCountName), new LiteralNode(count)))],
            Order = [new OrderNode(new ColumnNode(RowNumberName), false, false)],
        };

        static WindowNode Whole(ExprNode call) => new(call, [], [], null, false, false);
    }

    static SelectBlock Distinct(SelectBlock block, DistinctNode node)
    {
        const string Verb = "DropDuplicates";
        if (node.Keys is null)
        {
            if (block.IsCut || block.IsAnyDistinct || block.HasUnnest || block.Order.Count > 0)
                block = Nest(block with { Order = block.IsCut ? block.Order : [] });
            return block with { IsDistinct = true };
        }

        var keys = node.Keys.Select(key => (ExprNode)new ColumnNode(key)).ToList();
        foreach (var value in keys.Concat(node.Order.Select(key => key.Value)))
        {
            CheckScalar(Verb, value);
            CheckColumns(Verb, block, value);
        }

        if (block.IsCut || block.IsAnyDistinct || block.HasUnnest || block.IsGrouped || block.HasWindows
            || keys.Concat(node.Order.Select(key => key.Value)).Any(value => !ArePlain(block, value)))
            block = Nest(block);
        return block with
        {
            DistinctOn = [.. keys.Select(key => Resolve(Verb, block, key))],
            Order = node.Order.Count == 0
                ? block.Order
                : [.. node.Order.Select(key => key with { Value = Resolve(Verb, block, key.Value) })],
        };
    }

    static SelectBlock Sample(SelectBlock block, SampleNode node)
    {
        var nested = Nest(block);
        return nested with { From = new SampledRelation(nested.From, node.Count, node.Share, node.Seed) };
    }

    sealed record EmptyNode : PlanNode;
}
