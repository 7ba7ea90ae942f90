using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>Lists and structs. A list can't be null there, so nothing here makes one that is.</summary>
sealed partial class ClickHouseDialect
{
    string List(ListNode node, string? alias)
    {
        var type = TypeOf(node);
        var element = ClickHouseType.Element(type);
        var items = string.Join(", ", node.Items.Select(item => As(item, element, alias)));
        return $"CAST([{items}], {ClickHouseType.Quoted(type)})";
    }

    string Struct(StructNode node, string? alias)
    {
        var type = TypeOf(node);
        var items = node.Items.Zip(ClickHouseType.Fields(type))
            .Select(pair => As(pair.First, pair.Second.Type, alias));
        return $"CAST(tuple({string.Join(", ", items)}), {ClickHouseType.Quoted(type)})";
    }

    /// <summary>A row for each element. Lists of one select are taken side by side, which several calls of arrayJoin
    /// would not do.</summary>
    string Unnest(UnnestNode node, string? alias)
    {
        Need(Modern, "unnest");
        if (_unnested.Count < 2)
            return $"arrayJoin({Render(node.Operand, alias)})";
        var lists = string.Join(", ", _unnested.Select(list => Render(((UnnestNode)list).Operand, alias)));
        var index = 1 + _unnested.TakeWhile(list => !ReferenceEquals(list, node)).Count();
        return $"tupleElement(arrayJoin(arrayZipUnaligned({lists})), {index})";
    }

    string? ListCall(CallNode node, string type, string? alias)
    {
        var arguments = node.Arguments;
        if (arguments.Count == 0 || arguments[0] is LambdaNode)
            return null;
        var of = TypeOf(arguments[0]);
        if (!ClickHouseType.IsList(of))
            return null;
        // Null for null, which a list of parts can't be.
        if (!_isPartedTextPresent && !ClickHouseType.IsNested(type)
            && arguments[0] is CallNode { Name: "string_split" or "regexp_extract_all" } parts)
        {
            var text = Render(parts.Arguments[0], alias);
            _isPartedTextPresent = true;
            var value = ListCall(node, type, alias);
            _isPartedTextPresent = false;
            return value is null ? null : $"if(isNull({text}), NULL, {value})";
        }

        var element = ClickHouseType.Element(of);
        var list = Render(arguments[0], alias);
        return node.Name switch
        {
            "len" => $"length({list})",
            "list_extract" => Element(list, element, Said<int>(arguments[1], node.Name)),
            "list_contains" => Contains(list, element, arguments[1], alias),
            "list_sum" or "list_avg" or "list_min" or "list_max" => Reduced(node.Name, list, element, type),
            "list_sort" when arguments.Count == 3 && Said<string>(arguments[1], node.Name) == "asc"
                && !ClickHouseType.IsNested(element) => $"arraySort({list})",
            "list_distinct" when !ClickHouseType.IsNested(element) && !ClickHouseType.IsFloat(element) =>
                $"arrayDistinct(arrayFilter(v -> isNotNull(v), {list}))",
            "list_reverse" => $"arrayReverse({list})",
            "list_slice" => $"arraySlice({list}, {SaidNumber(arguments[1], node.Name)}, "
                + $"{Math.Max(0, SaidNumber(arguments[2], node.Name) - SaidNumber(arguments[1], node.Name) + 1)})",
            "list_concat" => $"arrayConcat({As(arguments[0], type, alias)}, {As(arguments[1], type, alias)})",
            "array_to_string" when element == "VARCHAR" => Joined(list, Constant(arguments[1], alias)),
            "list_transform" => $"CAST({Mapped("arrayMap", list, element, (LambdaNode)arguments[1], alias)}, "
                + $"{ClickHouseType.Quoted(type)})",
            "list_filter" => Mapped("arrayFilter", list, element, (LambdaNode)arguments[1], alias),
            _ => null,
        };
    }

    string Element(string list, string element, int index)
    {
        Need(Modern, "list_extract");
        return ClickHouseType.IsNested(element) ? throw EngineFault.Feature("an element that is a list, map or struct")
            : $"arrayElementOrNull({list}, {index})";
    }

    string Contains(string list, string element, ExprNode sought, string? alias)
    {
        if (ClickHouseType.IsNested(element) || MayBeNaN(sought, TypeOf(sought)))
            throw EngineFault.Feature($"list_contains in a {element}[] of what may be NaN or has parts");
        var value = As(sought, element, alias);
        return $"if(isNull({value}), NULL, has({list}, {value}))";
    }

    static string Joined(string list, string separator)
    {
        var known = $"arrayFilter(v -> isNotNull(v), {list})";
        return $"if(empty({known}), NULL, arrayStringConcat(arrayMap(v -> assumeNotNull(v), {known}), {separator}))";
    }

    string Reduced(string function, string list, string element, string type)
    {
        Need(Modern, function);
        if (!IsNumber(element))
            throw EngineFault.Feature($"{function} of a {element}[]");
        var wide = ClickHouseType.IsInteger(element) ? "Int128"
            : ClickHouseType.IsDecimal(element) ? $"Decimal(76, {ClickHouseType.Scale(element)})" : "Float64";
        var values = $"arrayMap(v -> CAST(assumeNotNull(v), '{wide}'), arrayFilter(v -> isNotNull(v), {list}))";
        var value = function switch
        {
            "list_sum" => $"arraySum({values})",
            "list_avg" => $"arrayAvg({values})",
            // Sorted, NaN is the last.
            "list_min" => $"arraySort({values})[1]",
            _ => $"arraySort({values})[-1]",
        };
        return $"if(empty({values}), CAST(NULL, {ClickHouseType.Quoted(type)}), "
            + $"{(type == "HUGEINT" || !ClickHouseType.IsInteger(type) ? "CAST" : "accurateCast")}({value}, "
            + $"{ClickHouseType.Quoted(type)}))";
    }

    string Mapped(string function, string list, string element, LambdaNode lambda, string? alias)
    {
        _parameters[lambda.Parameters[0]] = element;
        if (lambda.Parameters.Count > 1)
            _parameters[lambda.Parameters[1]] = "BIGINT";
        var body = Render(lambda.Body, alias);
        foreach (var parameter in lambda.Parameters)
            _parameters.Remove(parameter);
        if (function == "arrayFilter")
            body = $"ifNull({body}, 0)";
        var names = lambda.Parameters.Select(Name).ToList();
        return names.Count == 1 ? $"{function}({names[0]} -> {body}, {list})"
            : $"{function}(({string.Join(", ", names)}) -> {body}, {list}, "
                + $"arrayMap(i -> toInt64(i), arrayEnumerate({list})))";
    }
}
