using System.Globalization;
using System.Numerics;

namespace Millrace.Tables.Frames;

/// <summary>Writes expressions and selects as the SQL of one engine. What most engines share is here; an engine's own
/// ways are overridden.</summary>
/// <remarks>Names are always quoted and values always written as literals by <see cref="Literal"/>, so that no text of
/// a user becomes SQL.</remarks>
abstract partial class SqlDialect
{
    const int OrLevel = 1;
    const int AndLevel = 2;
    const int NotLevel = 3;
    const int CompareLevel = 4;
    const int OtherLevel = 5;
    const int AddLevel = 6;
    const int MultiplyLevel = 7;
    const int MinusLevel = 8;
    const int AtomLevel = 9;

    /// <summary>An expression by itself, for people.</summary>
    public string Text(ExprNode node) => Render(node, null);

    /// <summary>A value as SQL writes it.</summary>
    /// <exception cref="ArgumentException">A value of no known kind.</exception>
    public virtual string Literal(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => QuoteText(text),
        long.MinValue => "cast('-9223372036854775808' as bigint)",
        sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger =>
            Signed(Convert.ToString(value, CultureInfo.InvariantCulture)!),
        double number => Double(number),
        float number => $"cast({Double(number, number.ToString("R", CultureInfo.InvariantCulture))} as float)",
        decimal number => Signed(number.ToString(CultureInfo.InvariantCulture)),
        DateOnly date => $"date '{date:yyyy-MM-dd}'",
        DateTime { Kind: DateTimeKind.Unspecified } time => $"timestamp '{time:yyyy-MM-dd HH:mm:ss.ffffff}'",
        DateTime time => $"timestamptz '{time.ToUniversalTime():yyyy-MM-dd HH:mm:ss.ffffff}+00'",
        DateTimeOffset time => $"timestamptz '{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}+00'",
        TimeSpan span => $"interval '{Seconds(span)} seconds'",
        Guid guid => $"cast('{guid:D}' as uuid)",
        byte[] bytes => Blob(bytes),
        _ => throw new ArgumentException($"A value of the type {value.GetType().Name} can't be written in SQL."),
    };

    /// <summary>The name of a function of ours, all of which are named as DuckDB names them.</summary>
    protected virtual string FunctionName(string name) => name;

    /// <summary>A column's or a parameter's name in quotes.</summary>
    protected virtual string Name(string name) => SqlName.Quote(name);

    protected abstract string Blob(byte[] bytes);

    protected virtual string Lambda(IReadOnlyList<string> parameters, string body) =>
        $"lambda {string.Join(", ", parameters.Select(Name))}: {body}";

    protected virtual string Unnest(string list) => $"unnest({list})";

    protected virtual string StructOf(IReadOnlyList<string> names, IReadOnlyList<string> values) =>
        "{" + string.Join(", ", names.Zip(values).Select(pair => $"{QuoteText(pair.First)}: {pair.Second}")) + "}";

    // A NUL would end the statement in native code.
    protected static string QuoteText(string text) => text.Contains('\0', StringComparison.Ordinal)
        ? $"({string.Join(" || chr(0) || ", text.Split('\0').Select(SqlName.Text))})" : SqlName.Text(text);

    /// <param name="node">What is written.</param>
    /// <param name="alias">Before columns without a side; null for none.</param>
    protected virtual string Render(ExprNode node, string? alias) => node switch
    {
        ColumnNode column => Column(column, alias),
        LiteralNode literal => Literal(literal.Value),
        RawNode raw => $"({raw.Sql}\n)",
        CallNode call => $"{FunctionName(call.Name)}({List(call.Arguments, alias)})",
        OperatorNode binary => Operator(binary, alias),
        UnaryNode { Symbol: "not" or "-" } unary =>
            $"{unary.Symbol}{(unary.Symbol == "-" ? "" : " ")}{Child(unary.Operand, Level(unary) + 1, alias)}",
        UnaryNode unary => $"{Child(unary.Operand, CompareLevel + 1, alias)} {unary.Symbol}",
        CastNode cast => $"{(cast.IsTry ? "try_cast" : "cast")}({Render(cast.Operand, alias)} as {cast.Type})",
        CaseNode branches => Case(branches, alias),
        InNode choice => $"{Child(choice.Operands[0], CompareLevel + 1, alias)} {(choice.IsNot ? "not " : "")}in "
            + $"({List([.. choice.Operands.Skip(1)], alias)})",
        AggregateNode aggregate => Aggregate(aggregate, alias),
        WindowNode window => Window(window, alias),
        ListNode list => $"[{List(list.Items, alias)}]",
        StructNode fields => StructOf(fields.Names, [.. fields.Items.Select(item => Render(item, alias))]),
        LambdaNode lambda => Lambda(lambda.Parameters, Render(lambda.Body, alias)),
        UnnestNode unnest => Unnest(Render(unnest.Operand, alias)),
        _ => throw new System.Diagnostics.UnreachableException($"{node.GetType().Name} has no SQL."),
    };

    protected string Order(IReadOnlyList<OrderNode> keys, string? alias) => string.Join(", ", keys.Select(
        key => OrderKey(key, Render(key.Value, alias))));

    /// <param name="key">The key.</param>
    /// <param name="value">Its value as SQL.</param>
    protected virtual string OrderKey(OrderNode key, string value) =>
        value + (key.IsDescending ? " desc" : "") + (key.IsNullsFirst ? " nulls first" : "");

    /// <summary>The rows of a window that an expression sees; empty for those that SQL takes by itself.</summary>
    protected static string Rows(RowFrame frame) =>
        $"rows between {Edge(frame.From, "preceding")} and {Edge(frame.To, "following")}";

    string Column(ColumnNode column, string? alias) =>
        column.Side == LambdaNode.Side || (column.Side ?? alias) is not { } side
            ? Name(column.Name) : $"{side}.{Name(column.Name)}";

    protected string List(IReadOnlyList<ExprNode> nodes, string? alias) =>
        string.Join(", ", nodes.Select(node => Render(node, alias)));

    string Operator(OperatorNode node, string? alias)
    {
        var level = Level(node);
        var chains = level is OrLevel or AndLevel or AddLevel or MultiplyLevel;
        // What is associative may stand on the right without parentheses as well.
        var isAssociative = level is OrLevel or AndLevel;
        return $"{Child(node.Left, chains ? level : level + 1, alias)} {node.Symbol} "
            + Child(node.Right, isAssociative ? level : level + 1, alias);
    }

    string Child(ExprNode node, int leastLevel, string? alias) =>
        Level(node) < leastLevel ? $"({Render(node, alias)})" : Render(node, alias);

    string Case(CaseNode node, string? alias)
    {
        var text = "case";
        for (var i = 0; i + 1 < node.Branches.Count; i += 2)
            text += $" when {Render(node.Branches[i], alias)} then {Render(node.Branches[i + 1], alias)}";
        var otherwise = node.Branches[^1];
        return otherwise is LiteralNode { Value: null } ? $"{text} end" : $"{text} else {Render(otherwise, alias)} end";
    }

    string Aggregate(AggregateNode node, string? alias)
    {
        var arguments = node.Arguments.Count == 0 ? "*" : List(node.Arguments, alias);
        var order = node.Order.Count == 0 ? "" : $" order by {Order(node.Order, alias)}";
        var filter = node.Filter is null ? "" : $" filter (where {Render(node.Filter, alias)})";
        return $"{FunctionName(node.Name)}({(node.IsDistinct ? "distinct " : "")}{arguments}{order}){filter}";
    }

    string Window(WindowNode node, string? alias)
    {
        var parts = new List<string>();
        if (node.Partition.Count > 0)
            parts.Add($"partition by {List(node.Partition, alias)}");
        if (node.Order.Count > 0)
            parts.Add($"order by {Order(node.Order, alias)}");
        if (node.Frame is { Span: { } span })
            parts.Add($"range between {Literal(span)} preceding and current row");
        else if (node.Frame is { } frame)
            parts.Add(Rows(frame));
        var call = Render(node.Call, alias);
        if (node.IgnoresNulls)
            call = $"{call[..^1]} ignore nulls)";
        return $"{call} over ({string.Join(' ', parts)})";
    }

    static string Edge(long? rows, string open) => rows switch
    {
        null => $"unbounded {open}",
        0 => "current row",
        < 0 => $"{-rows} preceding",
        _ => $"{rows} following",
    };

    static int Level(ExprNode node) => node switch
    {
        OperatorNode { Symbol: "or" } => OrLevel,
        OperatorNode { Symbol: "and" } => AndLevel,
        OperatorNode { Symbol: "+" or "-" } => AddLevel,
        OperatorNode { Symbol: "*" or "/" or "%" } => MultiplyLevel,
        OperatorNode { Symbol: "||" } => OtherLevel,
        OperatorNode or InNode => CompareLevel,
        UnaryNode { Symbol: "not" } => NotLevel,
        UnaryNode { Symbol: "-" } => MinusLevel,
        UnaryNode => CompareLevel,
        _ => AtomLevel,
    };

    static string Signed(string number) => number[0] == '-' ? $"({number})" : number;

    static string Double(double value, string? digits = null)
    {
        if (double.IsNaN(value) || double.IsInfinity(value))
            return $"cast('{(double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf")}' as double)";
        var text = digits ?? value.ToString("R", CultureInfo.InvariantCulture);
        // Without an exponent it would be a decimal.
        return Signed(text.Contains('E', StringComparison.Ordinal) ? text : text + "e0");
    }

    static string Seconds(TimeSpan span) =>
        ((decimal)span.Ticks / TimeSpan.TicksPerSecond).ToString("0.######", CultureInfo.InvariantCulture);
}
