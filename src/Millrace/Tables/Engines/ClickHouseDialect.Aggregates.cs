using System.Globalization;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>Aggregates, over groups and over windows.</summary>
sealed partial class ClickHouseDialect
{
    /// <summary>An aggregate.</summary>
    /// <param name="node">What is asked.</param>
    /// <param name="alias">Before columns without a side.</param>
    /// <param name="over">The window; null for a group.</param>
    string Aggregate(AggregateNode node, string? alias, string? over)
    {
        var call = new AggregateCall(this, node, alias, over);
        var type = TypeOf(node);
        var of = node.Arguments.Count > 0 ? TypeOf(node.Arguments[0]) : "";
        if (of.Length > 0 && ClickHouseType.IsNested(of) && node.Name != "list")
            throw EngineFault.Feature($"{node.Name} of a {of}");
        if (node.IsDistinct && node.Name is not ("count" or "min" or "max"))
            throw EngineFault.Feature($"{node.Name} of distinct values");
        return node.Name switch
        {
            "count" => Count(node, call, alias),
            "sum" => Sum(call, of, type),
            "avg" => ClickHouseType.IsFloat(of) ? To(call.Of("avg", To(call.Value, "DOUBLE")), type)
                : $"({To(Sum(call, of, ClickHouseType.IsDecimal(of) ? of : "HUGEINT"), "DOUBLE")} "
                    + $"/ nullIf({call.Of("count", call.Value)}, 0))",
            "min" or "max" => Extreme(node.Name, call, of, type),
            "bool_or" => call.Of("max", $"toNullable({call.Value})"),
            "bool_and" => call.Of("min", $"toNullable({call.Value})"),
            "median" => Quantile(call, of, type, 0.5),
            "quantile_cont" => Quantile(call, of, type, Said<double>(node.Arguments[1], node.Name)),
            "stddev_samp" => Spread("stddevSampStable", call, of),
            "var_samp" => Spread("varSampStable", call, of),
            "product" => Product(call, of),
            "first" or "last" or "list" or "string_agg" => Ordered(node, call, of, type, alias),
            "arg_min" or "arg_max" => AtExtreme(node, call, alias),
            "corr" => Pair("corrStable", node, call, alias, leastRows: 1),
            "covar_samp" => Pair("covarSampStable", node, call, alias, leastRows: 2),
            "any_value" => call.Of("any", $"toNullable({call.Value})"),
            _ => throw EngineFault.Feature(
                $"the aggregate {node.Name}",
                node.Name == "approx_count_distinct" ? "CountDistinct counts exactly." : null),
        };
    }

    string Count(AggregateNode node, AggregateCall call, string? alias)
    {
        var value = node.Arguments.Count == 0 ? call.Of("count", "")
            : node.IsDistinct ? call.Of("uniqExact", Same(node.Arguments[0], alias)) : call.Of("count", call.Value);
        return $"toInt64({value})";
    }

    string Sum(AggregateCall call, string of, string type)
    {
        if (ClickHouseType.IsFloat(of))
            return call.Of("sum", $"toNullable({To(call.Value, "DOUBLE")})");
        if (ClickHouseType.IsDecimal(of))
        {
            Need(Modern, "sum of decimals that notices an overflow");
            return To(call.Of("sum", $"CAST({call.Value}, 'Nullable(Decimal(76, {ClickHouseType.Scale(of)}))')"), type);
        }

        if (!ClickHouseType.IsInteger(of) && of != "BOOLEAN")
            throw EngineFault.Feature($"sum of a {of}");
        // An older server has no numbers of 128 bits but decimals, whose sum is as exact.
        var sum = version < Modern
            ? call.Of("sum", $"toDecimal128(toNullable({call.Value}), 0)")
            : call.Of("sum", $"CAST({call.Value}, 'Nullable(Int128)')");
        return type == "HUGEINT" ? sum : To(sum, type);
    }

    static string Extreme(string name, AggregateCall call, string of, string type)
    {
        if (!ClickHouseType.IsFloat(of))
            return call.Of(name, $"toNullable({call.Value})");
        // NaN is the greatest.
        var number = call.Of(name, $"if(isNaN({call.Value}), NULL, toNullable({call.Value}))");
        var nan = $"CAST(if(ifNull({call.Of("max", $"toNullable(isNaN({call.Value}))")}, 0), nan, NULL), "
            + $"{ClickHouseType.Quoted(type)})";
        return name == "max" ? $"coalesce({nan}, {number})" : $"coalesce({number}, {nan})";
    }

    /// <summary>The values of the group that are not null, in ascending order, with NaN behind.</summary>
    static string Sorted(AggregateCall call) => $"arraySort({call.Of("groupArray", To(call.Value, "DOUBLE"))})";

    string Quantile(AggregateCall call, string of, string type, double share)
    {
        Need(Modern, "exact quantile");
        if (!ClickHouseType.IsInteger(of) && !ClickHouseType.IsFloat(of))
            throw EngineFault.Feature($"a quantile of a {of}", "Cast the column to double.");
        var place = string.Create(CultureInfo.InvariantCulture, $"((length(s) - 1) * {ClickHouseText.Value(share)})");
        return To(
            $"arrayMap(s -> if(empty(s), NULL, toNullable(s[toInt64(floor({place})) + 1] "
            + $"+ if(floor({place}) = ceil({place}), 0, (s[toInt64(ceil({place})) + 1] "
            + $"- s[toInt64(floor({place})) + 1]) * ({place} - floor({place}))))), "
            + $"[arrayMap(v -> assumeNotNull(v), {Sorted(call)})])[1]",
            type);
    }

    string Spread(string function, AggregateCall call, string of)
    {
        Need(Modern, function);
        if (!IsNumber(of))
            throw EngineFault.Feature($"{function} of a {of}");
        return $"if({call.Of("count", call.Value)} < 2, NULL, {call.Of(function, To(call.Value, "DOUBLE"))})";
    }

    string Product(AggregateCall call, string of)
    {
        Need(Modern, "product");
        if (!IsNumber(of))
            throw EngineFault.Feature($"product of a {of}");
        return $"if({call.Of("count", call.Value)} = 0, NULL, "
            + $"arrayProduct(arrayMap(v -> assumeNotNull(v), {call.Of("groupArray", To(call.Value, "DOUBLE"))})))";
    }

    string AtExtreme(AggregateNode node, AggregateCall call, string? alias)
    {
        Need(Modern, node.Name);
        var by = Render(node.Arguments[1], alias);
        var byType = TypeOf(node.Arguments[1]);
        if (ClickHouseType.IsNested(byType))
            throw EngineFault.Feature($"{node.Name} by a {byType}");
        if (!ClickHouseType.IsFloat(byType))
            return call.Of(node.Name == "arg_min" ? "argMin" : "argMax", $"toNullable({call.Value}), {by}");
        // A tuple can't be null, so rows without a key are left out before.
        var filtered = new AggregateCall(
            this,
            node with
            {
                Filter = node.Filter is null ? Present(node) : new OperatorNode("and", node.Filter, Present(node)),
            },
            alias, call.Over);
        return filtered.Of(
            node.Name == "arg_min" ? "argMin" : "argMax",
            $"toNullable({call.Value}), tuple(ifNull(isNaN({by}), 0), assumeNotNull({by}))");

        static ExprNode Present(AggregateNode node) => new OperatorNode(
            "and", new UnaryNode("is not null", node.Arguments[0]), new UnaryNode("is not null", node.Arguments[1]));
    }

    string Pair(string function, AggregateNode node, AggregateCall call, string? alias, int leastRows)
    {
        Need(Modern, function);
        var other = Render(node.Arguments[1], alias);
        var both = $"if(isNull({call.Value}) or isNull({other}), NULL, 1)";
        return $"if({call.Of("count", both)} < {leastRows}, NULL, "
            + $"{call.Of(function, $"{To(call.Value, "DOUBLE")}, {To(other, "DOUBLE")}")})";
    }

    /// <summary>Aggregates that depend on an order: the group's rows as a sorted list.</summary>
    string Ordered(AggregateNode node, AggregateCall call, string of, string type, string? alias)
    {
        Need(Modern, $"{node.Name} in an order");
        if (node.Order.Count == 0 && call.Over is null)
        {
            throw EngineFault.Feature(
                $"{node.Name} of rows that have no order", "Say one: Col(\"x\").First(\"time\").");
        }

        var keys = node.Order.SelectMany(key => SortKeys(key, alias)).ToList();
        var rows = keys.Count == 0
            ? $"arrayMap(r -> r.1, {call.Of("groupArray", $"tuple({call.Value})")})"
            : $"arrayMap(r -> r.2, arraySort(r -> r.1, {call.Of(
                "groupArray", $"tuple(tuple({string.Join(", ", keys)}), {call.Value})")}))";
        switch (node.Name)
        {
            case "first":
                return $"arrayElementOrNull({rows}, 1)";
            case "last":
                return $"arrayElementOrNull({rows}, -1)";
            case "list":
                var list = $"CAST({rows}, {ClickHouseType.Quoted(type)})";
                return node.Filter is null && call.Over is null && _block!.Groups is { Count: > 0 } ? list
                    // A list of no rows is null in DuckDB.
                    : $"if(throwIf(empty({rows}), 'a list of no rows, which is null'), {list}, {list})";
            default:
                return of == "VARCHAR" ? Joined(rows, Constant(node.Arguments[1], alias))
                    : throw EngineFault.Feature($"string_agg of a {of}");
        }
    }

    /// <summary>Values that are never null and ascend as the key's order does.</summary>
    IEnumerable<string> SortKeys(OrderNode key, string? alias)
    {
        var value = Render(key.Value, alias);
        var type = TypeOf(key.Value);
        yield return key.IsNullsFirst ? $"isNotNull({value})" : $"isNull({value})";
        if (ClickHouseType.IsFloat(type))
        {
            yield return $"ifNull(isNaN({value}){(key.IsDescending ? " = 0" : "")}, 0)";
            yield return $"if(ifNull(isNaN({value}), 1), 0, assumeNotNull({(key.IsDescending ? $"-{value}" : value)}))";
        }
        else if (!key.IsDescending)
        {
            yield return $"assumeNotNull({value})";
        }
        else
        {
            yield return type switch
            {
                _ when ClickHouseType.IsInteger(type) => $"bitNot(assumeNotNull({value}))",
                "BOOLEAN" => $"not(assumeNotNull({value}))",
                _ when IsMoment(type) => $"bitNot(assumeNotNull({Micros(value, type)}))",
                _ => throw EngineFault.Feature($"a descending order of a {type} within an aggregate"),
            };
        }
    }

    string Window(WindowNode node, string? alias)
    {
        Need(WindowsSince, "window functions");
        var over = Over(node, alias);
        if (node.Call is AggregateNode aggregate)
            return Aggregate(aggregate, alias, over);
        var call = (CallNode)node.Call;
        if (call.Name is "row_number" or "rank" or "dense_rank")
        {
            return node.Order.Count > 0 ? $"toInt64({call.Name}() over ({over}))" : throw EngineFault.Feature(
                $"{call.Name} of rows that have no order", "Sort and take Head instead of Tail, or say an order.");
        }

        if (call.Name is not ("lag" or "lead" or "first_value" or "last_value"))
            throw EngineFault.Feature($"the window function {call.Name}");
        var type = TypeOf(call.Arguments[0]);
        if (ClickHouseType.IsNested(type))
            throw EngineFault.Feature($"{call.Name} of a {type}");
        var rest = call.Arguments.Skip(1).Select(argument => ", " + Render(argument, alias));
        var text = $"{call.Name}(toNullable({Render(call.Arguments[0], alias)}){string.Concat(rest)})";
        if (call.Name is "first_value" or "last_value")
            text += node.IgnoresNulls ? " ignore nulls" : " respect nulls";
        else if (node.IgnoresNulls)
            throw EngineFault.Feature($"{call.Name} that ignores nulls");
        return $"{text} over ({over})";
    }

    string Over(WindowNode node, string? alias)
    {
        var partition = node.Partition.Select(key => Same(key, alias)).ToList();
        var parts = new List<string>();
        if (node.Frame is { Span: { } span })
        {
            if (node.Order is not [{ IsDescending: false } time] || !IsMoment(TypeOf(time.Value)))
                throw EngineFault.Feature("a window of time over an order that is not one ascending time");
            // ClickHouse's windows reach over 32 bits of numbers.
            if (span.Ticks / TimeSpan.TicksPerMicrosecond > uint.MaxValue)
                throw EngineFault.Feature("a window of time longer than 71 minutes");
            var value = Render(time.Value, alias);
            // There such a window sees no nulls; all that are null see one another.
            partition.Add($"isNull({value})");
            parts.Add($"partition by {string.Join(", ", partition)}");
            parts.Add($"order by assumeNotNull({Micros(value, TypeOf(time.Value))})");
            parts.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"range between {span.Ticks / TimeSpan.TicksPerMicrosecond} preceding and current row"));
            return string.Join(' ', parts);
        }

        if (partition.Count > 0)
            parts.Add($"partition by {string.Join(", ", partition)}");
        if (node.Order.Count > 0)
            parts.Add($"order by {Order(node.Order, alias)}");
        if (node.Frame is { } frame)
        {
            if (node.Order.Count == 0 && frame is not { From: null, To: null })
                throw EngineFault.Feature("a window of rows that have no order");
            parts.Add(Rows(frame));
        }

        return string.Join(' ', parts);
    }

    /// <summary>How an aggregate is written: with what is left out of it, and over its window.</summary>
    sealed class AggregateCall
    {
        readonly string _filter;

        public AggregateCall(ClickHouseDialect dialect, AggregateNode node, string? alias, string? over)
        {
            Over = over;
            Value = node.Arguments.Count > 0 ? dialect.Render(node.Arguments[0], alias) : "";
            _filter = node.Filter is null ? "" : $"ifNull({dialect.Render(node.Filter, alias)}, 0)";
        }

        public string? Over { get; }

        /// <summary>The first argument.</summary>
        public string Value { get; }

        public string Of(string function, string arguments)
        {
            if (_filter.Length > 0)
                return $"{function}If({arguments}{(arguments.Length > 0 ? ", " : "")}{_filter}){End}";
            return $"{function}({arguments}){End}";
        }

        string End => Over is null ? "" : $" over ({Over})";
    }
}
