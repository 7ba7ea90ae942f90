using System.Globalization;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>Functions of numbers and texts.</summary>
sealed partial class ClickHouseDialect
{
    // RE2's own meaning, which ClickHouse changes: a point is no line end.
    const string PointIsNoLineEnd = "(?-s)";

    string Call(CallNode node, string? alias)
    {
        var type = TypeOf(node);
        var arguments = node.Arguments;
        string Argument(int index) => Render(arguments[index], alias);
        var first = arguments.Count > 0 && arguments[0] is not LambdaNode ? TypeOf(arguments[0]) : "";
        if (first is "BLOB" or "JSON")
            throw EngineFault.Feature($"the function {node.Name} of a {first}");
        var sql = node.Name switch
        {
            "coalesce" => $"coalesce({Each(node, type, alias)})",
            "least" or "greatest" => Extreme(node, type, alias),
            "nullif" => $"if(ifNull({Compared("=", arguments[0], arguments[1], alias)}, 0), NULL, {Argument(0)})",
            "isnan" => $"isNaN({Argument(0)})",
            "struct_extract" => $"tupleElement({(arguments[0] is ColumnNode column ? base.Render(column, alias)
                : Argument(0))}, {Constant(arguments[1], alias)})",
            "md5_number_lower" => $"reinterpretAsUInt64(substring(MD5({Argument(0)}), 1, 8))",
            _ => null,
        };
        sql ??= NumberCall(node, type, alias) ?? TextCall(node, alias) ?? TimeCall(node, type, alias)
            ?? ListCall(node, type, alias) ?? throw EngineFault.Feature($"the function {node.Name}");
        // What counts is unsigned there.
        return !ClickHouseType.IsInteger(type) || IsOfOwnType(node.Name) ? sql
            : version < Modern ? To(sql, type) : $"accurateCast({sql}, {ClickHouseType.Quoted(type)})";
    }

    static bool IsOfOwnType(string function) =>
        function is "coalesce" or "least" or "greatest" or "nullif" or "list_extract" or "struct_extract"
            or "lag" or "lead" or "first_value" or "last_value";

    string Each(CallNode node, string type, string? alias) =>
        string.Join(", ", node.Arguments.Select(argument => As(argument, type, alias)));

    /// <summary>The least or greatest of values that are not null; NaN is the greatest.</summary>
    string Extreme(CallNode node, string type, string? alias)
    {
        Need(Modern, node.Name);
        if (ClickHouseType.IsNested(type))
            throw EngineFault.Feature($"{node.Name} of a {type}");
        var name = node.Name == "least" ? "arrayMin" : "arrayMax";
        var values = $"arrayFilter(v -> isNotNull(v), [{Each(node, type, alias)}])";
        var known = $"arrayMap(v -> assumeNotNull(v), {values})";
        var of = ClickHouseType.Quoted(type);
        if (!ClickHouseType.IsFloat(type))
            return $"if(empty({values}), CAST(NULL, {of}), CAST({name}({known}), {of}))";
        var sorted = $"arraySort({known})";
        return $"if(empty({values}), CAST(NULL, {of}), "
            + $"CAST({sorted}[{(node.Name == "least" ? "1" : "-1")}], {of}))";
    }

    string? NumberCall(CallNode node, string type, string? alias)
    {
        var arguments = node.Arguments;
        if (node.Name is not ("abs" or "round" or "floor" or "ceil" or "sqrt" or "pow" or "exp" or "ln" or "log10"
            or "sign"))
            return null;
        var value = Render(arguments[0], alias);
        var from = TypeOf(arguments[0]);
        if (!IsNumber(from))
            throw EngineFault.Feature($"{node.Name} of a {from}");
        var number = To(value, "DOUBLE");
        return node.Name switch
        {
            "abs" or "sign" => $"{node.Name}({value})",
            "floor" or "ceil" when ClickHouseType.IsInteger(from) => value,
            "floor" or "ceil" => To($"{node.Name}({value})", type),
            "round" => Round(arguments, value, from, type),
            "sqrt" => $"(sqrt({number}) + throwIf(ifNull({number} < 0, 0), 'the square root of a number below 0'))",
            "ln" or "log10" => $"({(node.Name == "ln" ? "log" : "log10")}({number}) "
                + $"+ throwIf(ifNull({number} <= 0, 0), 'the logarithm of a number that is not above 0'))",
            "pow" => $"pow({number}, {To(Render(arguments[1], alias), "DOUBLE")})",
            _ => $"{node.Name}({number})",
        };
    }

    /// <summary>Halves go away from zero, as in DuckDB; ClickHouse's go to the even number.</summary>
    static string Round(IReadOnlyList<ExprNode> arguments, string value, string from, string type)
    {
        var digits = arguments.Count == 1 ? 0
            : arguments[1] is LiteralNode { Value: int or long } literal
                ? System.Convert.ToInt64(literal.Value, CultureInfo.InvariantCulture)
                : throw EngineFault.Feature("round to digits that are not a number said once");
        if (ClickHouseType.IsInteger(from))
            return digits >= 0 ? value : throw EngineFault.Feature("round of whole numbers to tens");
        if (ClickHouseType.IsDecimal(from))
            return digits >= 0 ? To($"round({value}, {digits})", type) : throw EngineFault.Feature("round to tens");
        var x = To(value, "DOUBLE");
        var rounded = digits == 0 ? Whole(x) : digits > 0
            ? $"if(isFinite({Whole($"({x} * pow(10, {digits}))")}), "
                + $"{Whole($"({x} * pow(10, {digits}))")} / pow(10, {digits}), {x})"
            : throw EngineFault.Feature("round to tens");
        return To(rounded, type);

        static string Whole(string x) => $"(trunc({x}) + if(abs({x} - trunc({x})) >= 0.5, sign({x}), 0))";
    }

    string? TextCall(CallNode node, string? alias)
    {
        var arguments = node.Arguments;
        string Argument(int index) => Render(arguments[index], alias);
        string Pattern() => ClickHouseText.Text(PointIsNoLineEnd + Said<string>(arguments[1], node.Name));
        if (arguments.Count == 0 || TypeOf(arguments[0]) != "VARCHAR")
            return null;
        return node.Name switch
        {
            "lower" => $"lowerUTF8({Argument(0)})",
            "upper" => $"upperUTF8({Argument(0)})",
            "length" => $"lengthUTF8({Argument(0)})",
            "contains" => $"(position({Argument(0)}, {Argument(1)}) > 0)",
            "starts_with" => $"startsWith({Argument(0)}, {Argument(1)})",
            "ends_with" => $"endsWith({Argument(0)}, {Argument(1)})",
            "regexp_matches" => $"match({Argument(0)}, {Pattern()})",
            "regexp_extract" => Extract(node, Pattern(), Argument(0)),
            "regexp_extract_all" => ExtractAll(node, alias),
            "regexp_replace" when Said<string>(arguments[3], "regexp_replace") == "g" =>
                $"replaceRegexpAll({Argument(0)}, {Pattern()}, {Constant(arguments[2], alias)})",
            "replace" => $"replaceAll({Argument(0)}, {Argument(1)}, {Argument(2)})",
            "string_split" => Split(node, Parted(node, alias)),
            "substring" => Substring(node, Argument(0)),
            "strpos" => $"positionUTF8({Argument(0)}, {Argument(1)})",
            "trim" when arguments.Count == 1 => TrimEnd(TrimStart(Argument(0))),
            "ltrim" when arguments.Count == 1 => TrimStart(Argument(0)),
            "rtrim" when arguments.Count == 1 => TrimEnd(Argument(0)),
            "lpad" => $"leftPadUTF8({Argument(0)}, {Said<int>(arguments[1], "lpad")}, {Argument(2)})",
            "rpad" => $"rightPadUTF8({Argument(0)}, {Said<int>(arguments[1], "rpad")}, {Argument(2)})",
            "repeat" => $"repeat({Argument(0)}, greatest({Argument(1)}, 0))",
            _ => null,
        };

        // As DuckDB: every blank of Unicode.
        static string TrimStart(string value) => $@"replaceRegexpOne({value}, '^\\p{{Zs}}+', '')";

        static string TrimEnd(string value) => $@"replaceRegexpOne({value}, '\\p{{Zs}}+$', '')";
    }

    string Extract(CallNode node, string pattern, string text)
    {
        Need(Modern, "regexp_extract");
        var group = node.Arguments.Count > 2 ? Said<int>(node.Arguments[2], node.Name) : 0;
        return $"regexpExtract({text}, {pattern}, {group})";
    }

    string ExtractAll(CallNode node, string? alias)
    {
        Need(Modern, "regexp_extract_all");
        var group = node.Arguments.Count > 2 ? Said<int>(node.Arguments[2], node.Name) : 0;
        var pattern = $"{PointIsNoLineEnd}({Said<string>(node.Arguments[1], node.Name)})";
        var text = Parted(node, alias);
        return $"arrayMap(g -> CAST(g[{group + 1}], 'Nullable(String)'), "
            + $"extractAllGroupsVertical({text}, {ClickHouseText.Text(pattern)}))";
    }

    static string Split(CallNode node, string text)
    {
        var separator = Said<string>(node.Arguments[1], node.Name);
        return separator.Length > 0
            ? $"CAST(splitByString({ClickHouseText.Text(separator)}, {text}), 'Array(Nullable(String))')"
            : throw EngineFault.Feature("string_split by an empty text");
    }

    static string Substring(CallNode node, string text)
    {
        var start = System.Convert.ToInt64(SaidNumber(node.Arguments[1], node.Name), CultureInfo.InvariantCulture);
        var length = node.Arguments.Count > 2 ? SaidNumber(node.Arguments[2], node.Name) : (long?)null;
        if (length < 0)
            throw EngineFault.Feature("substring of a length below 0");
        // Where a start counted from the end lies before the text, the part is shorter there and here.
        var from = start >= 0 ? start.ToString(CultureInfo.InvariantCulture)
            : $"greatest(toInt64(lengthUTF8({text})) + ({start + 1}), 1)";
        var count = start >= 0 || length is null ? length?.ToString(CultureInfo.InvariantCulture)
            : $"greatest({length} + least(toInt64(lengthUTF8({text})) + ({start}), 0), 0)";
        return count is null ? $"substringUTF8({text}, {from})" : $"substringUTF8({text}, {from}, {count})";
    }

    /// <summary>A text that becomes a list of parts, which can't be null there: a null is an error, unless what is
    /// around it has looked.</summary>
    string Parted(CallNode node, string? alias)
    {
        var isLookedAt = _isPartedTextPresent;
        _isPartedTextPresent = false;
        var text = Render(node.Arguments[0], alias);
        return isLookedAt ? $"assumeNotNull({text})" : $"ifNull({text}, toString(throwIf(isNull({text}), "
            + $"{ClickHouseText.Text($"{node.Name} of a text that is null")})))";
    }

    string Constant(ExprNode node, string? alias) => node is LiteralNode { Value: string } ? Render(node, alias)
        : throw EngineFault.Feature("a name or replacement that is computed");

    static T Said<T>(ExprNode node, string function) => node is LiteralNode { Value: T value } ? value
        : node is LiteralNode { Value: long number } && typeof(T) == typeof(int) ? (T)(object)checked((int)number)
        : throw EngineFault.Feature($"{function} with an argument that is computed");

    static long SaidNumber(ExprNode node, string function) => node is LiteralNode { Value: int or long } literal
        ? System.Convert.ToInt64(literal.Value, CultureInfo.InvariantCulture)
        : throw EngineFault.Feature($"{function} with an argument that is computed");
}
