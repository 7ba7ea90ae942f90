using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>ClickHouse's SQL, held to what DuckDB would answer: its nulls, its order of NaN, its overflows. What has no
/// equal is refused by name, never approximated.</summary>
/// <remarks>Every expression gives a value of the type that DuckDB gives it, in ClickHouse's words
/// (<see cref="ClickHouseType"/>), with two exceptions: a condition may be a UInt8, and an interval is a number of
/// microseconds. One instance writes one query.</remarks>
/// <param name="types">Asked for types.</param>
/// <param name="version">Of the server.</param>
sealed partial class ClickHouseDialect(ExpressionTypes types, ServerVersion version) : SqlDialect
{
    static readonly ServerVersion WindowsSince = new(21, 10);
    static readonly ServerVersion Modern = new(24, 11);

    readonly Dictionary<Relation, IReadOnlyDictionary<string, string>> _columns =
        new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);
    SelectBlock? _block;
    IReadOnlyList<ExprNode> _unnested = [];
    int _depth;
    bool _isPartedTextPresent;

    protected override bool HasStar => false;

    public override string Literal(object? value) => ClickHouseText.Value(value);

    public override string Select(SelectBlock block, Func<FrameSource, string> source, string margin = "")
    {
        var (outer, outerUnnested) = (_block, _unnested);
        CheckOrder(block);
        if (block.Qualify.Count > 0)
            Need(Modern, "qualify (a filter by a window)");
        _block = block;
        _unnested = [.. block.Outputs.Select(output => output.Value).OfType<UnnestNode>()];
        _depth++;
        try
        {
            return version >= Modern ? base.Select(block, source, margin)
                : Renamed(block, renamed => base.Select(renamed, source, margin));
        }
        finally
        {
            _depth--;
            (_block, _unnested) = (outer, outerUnnested);
        }
    }

    /// <summary>An older server takes a column for an output of its name, so outputs get names of no column first.
    /// </summary>
    string Renamed(SelectBlock block, Func<SelectBlock, string> select)
    {
        var renamed = block with
        {
            Outputs = [.. block.Outputs.Select((output, i) => output with { Name = $"__{_depth}_{i}" })],
        };
        _block = renamed;
        var columns = block.Outputs.Zip(renamed.Outputs)
            .Select(pair => $"{Name(pair.Second.Name)} as {Name(pair.First.Name)}");
        return $"select {string.Join(", ", columns)} from ({select(renamed)})";
    }

    protected override string Name(string name) => ClickHouseText.Name(name);

    protected override string Blob(byte[] bytes) => ClickHouseText.Value(bytes);

    protected override string DistinctOn(string keys) => "";

    protected override string FirstOf(SelectBlock block, string? alias) => block.DistinctOn is { } keys
        ? $"limit 1 by {string.Join(", ", keys.Select(key => Same(key, alias)))}" : "";

    protected override string Sample(string relation, long? count, double share, int seed) =>
        throw EngineFault.Feature(
            "a random sample", "Take SampleStable, whose rows are the same on every engine, or sample without it.");

    protected override string JoinWord(JoinKind kind, bool isAsOf)
    {
        if (isAsOf)
            Need(Modern, "as-of join");
        if (kind is JoinKind.Semi or JoinKind.Anti)
            Need(Modern, kind == JoinKind.Semi ? "semi join" : "anti join");
        return kind switch
        {
            JoinKind.Left => isAsOf ? "asof left join" : "all left join",
            JoinKind.Right => "all right join",
            JoinKind.Full => "all full join",
            JoinKind.Semi => "left semi join",
            JoinKind.Anti => "left anti join",
            JoinKind.Cross => "cross join",
            _ => isAsOf ? "asof join" : "all inner join",
        };
    }

    protected override string Output(Output output, string? alias)
    {
        var value = Render(output.Value, alias);
        if (_block!.IsAnyDistinct && _block.DistinctOn is null)
            value = Same(output.Value, alias);
        if (_depth == 1)
            value = Given(output.Name, value, TypeOf(output.Value), version);
        // Always with its name: that of a column in a join would have its side before it.
        return $"{value} as {Name(output.Name)}";
    }

    protected override string From(Relation relation, Func<FrameSource, string> source, string margin)
    {
        if (relation is not JoinRelation { IsAsOf: true, On.Count: 1 } join)
            return base.From(relation, source, margin);
        // There such a join needs a key, so both sides get the same one.
        Need(Modern, "as-of join");
        const string Key = "__key";
        string Side(Relation side, string alias) =>
            $"(select *, 1 as {Key} from {From(side, source, margin)}) as {alias}";
        return $"{Side(join.Left, JoinSide.Left)} {JoinWord(join.Kind, true)} {Side(join.Right, JoinSide.Right)} "
            + $"on {JoinSide.Left}.{Key} = {JoinSide.Right}.{Key} and {Conjunction(join.On, null, " ")}";
    }

    protected override string Set(SetRelation set, IReadOnlyList<string> blocks, string line)
    {
        var names = set.Blocks[0].Outputs.Select(output => output.Name).ToList();
        var all = ColumnsOf(set);
        var isAll = set.Operation.EndsWith(" all", StringComparison.Ordinal);
        var isUnion = set.Operation.StartsWith("union", StringComparison.Ordinal);
        if (!isUnion)
            Need(Modern, set.Operation.Split(' ')[0]);
        var parts = set.Blocks.Zip(blocks).Select(pair =>
        {
            var of = ColumnsOf(new BlockRelation(pair.First));
            var columns = names.Select(name =>
            {
                var value = Convert(Name(name), of[name], all[name]);
                return $"{(isUnion && isAll ? value : Same(value, all[name]))} as {Name(name)}";
            });
            return $"(select {string.Join(", ", columns)} from {pair.Second})";
        }).ToList();
        if (isUnion)
            return Joined(isAll ? "union all" : "union distinct", parts);
        var operation = set.Operation.Split(' ')[0] + " distinct";
        var columns = string.Join(", ", names.Select(Name));
        if (!isAll)
            return Joined(operation, parts);
        // The n-th of equal rows is kept when the other side has (or lacks) an n-th.
        var numbered = parts.Select(part => $"(select *, row_number() over (partition by {columns}) as __row_number "
            + $"from {part})");
        return $"(select {columns} from {Joined(operation, numbered)})";

        string Joined(string word, IEnumerable<string> selects) =>
            $"({line}  {string.Join($"{line}  {word}{line}  ", selects)}{line})";
    }

    protected override string OrderKey(OrderNode key, string value)
    {
        var direction = key.IsDescending ? " desc" : "";
        var nulls = key.IsNullsFirst ? " nulls first" : " nulls last";
        // There NaN stands beside the nulls; DuckDB has it as the greatest number.
        return ClickHouseType.IsFloat(TypeOf(key.Value))
            ? $"isNull({value}){(key.IsNullsFirst ? " desc" : "")}, isNaN({value}){direction}, "
                + $"{value}{direction}{nulls}"
            : $"{value}{direction}{nulls}";
    }

    protected override string Render(ExprNode node, string? alias) => node switch
    {
        ColumnNode column when column.Side != LambdaNode.Side && IsNested(column) => Nested(column, alias),
        RawNode => throw OwnSql(),
        CallNode call => Call(call, alias),
        OperatorNode binary => Operator(binary, alias),
        UnaryNode { Symbol: "-" } minus => Negative(minus, alias),
        UnaryNode { Symbol: "is null" or "is not null" } asked when IsNested(asked.Operand) =>
            throw EngineFault.Feature($"'{asked.Symbol}' of a list, map or struct"),
        UnaryNode { Symbol: "is null" } asked => $"isNull({Render(asked.Operand, alias)})",
        UnaryNode { Symbol: "is not null" } asked => $"isNotNull({Render(asked.Operand, alias)})",
        UnaryNode { Symbol: "not" } not => $"not({Render(not.Operand, alias)})",
        CastNode cast => Cast(cast, alias),
        CaseNode branches => Case(branches, alias),
        InNode choice => In(choice, alias),
        AggregateNode aggregate => Aggregate(aggregate, alias, null),
        WindowNode window => Window(window, alias),
        ListNode list => List(list, alias),
        StructNode fields => Struct(fields, alias),
        UnnestNode unnest => Unnest(unnest, alias),
        _ => base.Render(node, alias),
    };

    string TypeOf(ExprNode node) =>
        node is LiteralNode { Value: null } ? ClickHouseType.Null
            : ExprShape.Has<RawNode>(node) ? throw OwnSql() : types.Of(node, ColumnType);

    static MillraceException OwnSql() => EngineFault.Feature("SQL of your own (Expressions.Sql)");

    bool IsNested(ExprNode node) => ClickHouseType.IsNested(TypeOf(node));

    /// <summary>A list, map or struct of a table: in ClickHouse's none is null.</summary>
    string Nested(ColumnNode column, string? alias)
    {
        var relation = _block!.From is JoinRelation join
            ? column.Side == JoinSide.Left ? join.Left : join.Right : _block.From;
        if (relation is SourceRelation { Source: TableFrameSource table }
            && (ClickHouseType.IsStruct(TypeOf(column)) || !PresentParts.AreSure(table.Snapshot, column.Name)))
        {
            throw EngineFault.Feature(
                $"a {TypeOf(column)} that may be null (column '{column.Name}' of table '{table.Snapshot.Name}')",
                ClickHouseType.IsStruct(TypeOf(column)) ? "Take its fields: Col(\"s\").Struct.Field(\"name\")."
                    : "Fill the nulls and write the table again, or leave the column out.");
        }

        return base.Render(column, alias);
    }

    string? ColumnType(ColumnNode column)
    {
        if (column.Side == LambdaNode.Side)
            return _parameters.GetValueOrDefault(column.Name);
        var relation = _block!.From;
        if (relation is JoinRelation join)
            relation = column.Side == JoinSide.Left ? join.Left : join.Right;
        return ColumnsOf(relation)[column.Name];
    }

    IReadOnlyDictionary<string, string> ColumnsOf(Relation relation)
    {
        if (_columns.TryGetValue(relation, out var known))
            return known;
        var found = new Dictionary<string, string>(ColumnName.Comparer);
        switch (relation)
        {
            case SourceRelation source:
                foreach (var column in source.Source.Columns)
                    found[column.Name] = column.SqlType;
                break;
            case SampledRelation sampled:
                return ColumnsOf(sampled.Input);
            case SetRelation set:
                var each = set.Blocks.Select(block => ColumnsOf(new BlockRelation(block))).ToList();
                foreach (var output in set.Blocks[0].Outputs)
                    found[output.Name] = types.OfSet([.. each.Select(columns => columns[output.Name])]);
                break;
            case BlockRelation nested:
                var outer = _block;
                _block = nested.Block;
                foreach (var output in nested.Block.Outputs)
                    found[output.Name] = TypeOf(output.Value) is var type && output.Value is UnnestNode unnest
                        ? ClickHouseType.Element(TypeOf(unnest.Operand)) : type;
                _block = outer;
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{relation.GetType().Name} has no columns.");
        }

        return _columns[relation] = found;
    }

    /// <summary>A value as the answer gives it: as a type that Parquet has.</summary>
    static string Given(string name, string value, string type, ServerVersion version) => type switch
    {
        "BOOLEAN" when version < Modern => value,
        "BOOLEAN" => $"CAST({value}, 'Nullable(Bool)')",
        "HUGEINT" or "UHUGEINT" or "UUID" => $"toString({value})",
        "BLOB" => $"hex({value})",
        "INTERVAL" => throw EngineFault.Feature(
            $"a column that is an interval ('{name}')", "Make a number of it, such as a difference of EpochSeconds."),
        _ when type.Contains("HUGEINT", StringComparison.Ordinal) || type.Contains("UUID", StringComparison.Ordinal)
            || type.Contains("BLOB", StringComparison.Ordinal) =>
            throw EngineFault.Feature($"a column of the type {type} ('{name}')"),
        _ => value,
    };

    /// <summary>A value by which rows are told to be the same: one zero, one NaN.</summary>
    string Same(ExprNode node, string? alias) => Same(Render(node, alias), TypeOf(node));

    static string Same(string value, string type) => ClickHouseType.IsFloat(type)
        ? $"if(isNaN({value}), {To("nan", type)}, {To($"{value} + 0", type)})" : value;

    /// <summary>Rows have no order on several machines, so what depends on one must say it.</summary>
    static void CheckOrder(SelectBlock block)
    {
        if (block.Order.Count > 0 || block is { IsGrouped: true, Groups.Count: 0 })
            return;
        if (block.IsCut && block.Limit != 0)
            throw EngineFault.Feature("the first rows of what has no order", "Sort before Head or Slice.");
        if (block.DistinctOn is not null)
        {
            throw EngineFault.Feature(
                "the first row of each key of what has no order", "Say an order in DropDuplicates, or Sort before it.");
        }
    }

    void Need(ServerVersion needed, string feature)
    {
        if (version < needed)
            throw EngineFault.Since(feature, needed, version);
    }
}
