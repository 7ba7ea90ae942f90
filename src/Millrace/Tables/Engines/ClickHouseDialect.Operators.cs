using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>Operators, choices and casts.</summary>
sealed partial class ClickHouseDialect
{
    const int MaxCompared = 8;

    static readonly string[] Comparisons =
        ["=", "<>", "<", "<=", ">", ">=", "is not distinct from", "is distinct from"];

    string Operator(OperatorNode node, string? alias)
    {
        var (left, right) = (node.Left, node.Right);
        if (node.Symbol is "and" or "or")
            return $"({Render(left, alias)} {node.Symbol} {Render(right, alias)})";
        if (Comparisons.Contains(node.Symbol, StringComparer.Ordinal))
            return Compared(node.Symbol, left, right, alias);
        var type = TypeOf(node);
        if (node.Symbol == "||")
        {
            return ClickHouseType.IsList(type)
                ? $"arrayConcat({As(left, type, alias)}, {As(right, type, alias)})"
                : $"concat({AsText(left, alias)}, {AsText(right, alias)})";
        }

        var (l, r) = (Render(left, alias), Render(right, alias));
        var (leftType, rightType) = (TypeOf(left), TypeOf(right));
        if (ClickHouseType.IsFloat(type) && node.Symbol is "+" or "-" or "*" or "/")
        {
            // In double precision first: to round it afterwards is as to compute in single precision.
            var value = $"({To(l, "DOUBLE")} {node.Symbol} {To(r, "DOUBLE")})";
            return type == "FLOAT" ? To(value, type) : value;
        }

        if (ClickHouseType.IsInteger(type) && ClickHouseType.IsInteger(leftType) && ClickHouseType.IsInteger(rightType))
            return Whole(node.Symbol, l, r, type);
        if (ClickHouseType.IsDecimal(type) && node.Symbol is "+" or "-" or "*")
        {
            string Wide(string value, string of) =>
                $"CAST({value}, 'Nullable(Decimal(38, {ClickHouseType.Scale(of)}))')";
            return To($"({Wide(l, leftType)} {node.Symbol} {Wide(r, rightType)})", type);
        }

        return Time(node.Symbol, (l, leftType), (r, rightType), type)
            ?? throw EngineFault.Feature($"{leftType} {node.Symbol} {rightType}");
    }

    /// <summary>Numbers that grow too large are an error, not others.</summary>
    string Whole(string symbol, string left, string right, string type)
    {
        Need(Modern, "arithmetic of whole numbers that notices an overflow");
        var wide = ClickHouseType.IntegerWidth(type) switch
        {
            8 => "Int32",
            16 or 32 => "Int64",
            64 => "Int128",
            _ => "Int256",
        };
        var (l, r) = ($"CAST({left}, 'Nullable({wide})')", $"CAST({right}, 'Nullable({wide})')");
        return symbol switch
        {
            "+" or "-" or "*" => $"accurateCast({l} {symbol} {r}, {ClickHouseType.Quoted(type)})",
            "%" => $"accurateCast(moduloOrNull({l}, {r}), {ClickHouseType.Quoted(type)})",
            _ => throw EngineFault.Feature($"whole number {symbol} whole number"),
        };
    }

    string Negative(UnaryNode node, string? alias)
    {
        var type = TypeOf(node);
        var value = Render(node.Operand, alias);
        return ClickHouseType.IsInteger(type) ? Whole("-", "0", value, type)
            : ClickHouseType.IsFloat(type) || ClickHouseType.IsDecimal(type) || type == "INTERVAL" ? $"negate({value})"
            : throw EngineFault.Feature($"-{type}");
    }

    string Compared(string symbol, ExprNode left, ExprNode right, string? alias)
    {
        var (leftType, rightType) = (TypeOf(left), TypeOf(right));
        if (ClickHouseType.IsNested(leftType) || ClickHouseType.IsNested(rightType))
            throw EngineFault.Feature($"{leftType} {symbol} {rightType}");
        var common = leftType == rightType || ClickHouseType.IsNull(rightType) ? leftType
            : ClickHouseType.IsNull(leftType) ? rightType : Common(symbol, left, right, leftType, rightType);
        var (l, r) = (As(left, common, alias), As(right, common, alias));
        var mayBeNaN = ClickHouseType.IsFloat(common);
        return Compared(
            symbol, l, r, mayBeNaN && MayBeNaN(left, leftType), mayBeNaN && MayBeNaN(right, rightType));
    }

    /// <summary>The type that DuckDB compares two types in.</summary>
    static string Common(string symbol, ExprNode left, ExprNode right, string leftType, string rightType)
    {
        if (right is LiteralNode && rightType == "VARCHAR")
            return leftType;
        if (left is LiteralNode && leftType == "VARCHAR")
            return rightType;
        if (ClickHouseType.IsInteger(leftType) && ClickHouseType.IsInteger(rightType))
        {
            return ClickHouseType.IntegerWidth(leftType) >= ClickHouseType.IntegerWidth(rightType)
                ? leftType : rightType;
        }

        if (IsNumber(leftType) && IsNumber(rightType))
        {
            return ClickHouseType.IsFloat(leftType) || ClickHouseType.IsFloat(rightType) ? "DOUBLE"
                : $"DECIMAL(38,{Math.Max(ClickHouseType.Scale(leftType), ClickHouseType.Scale(rightType))})";
        }

        if (IsMoment(leftType) && IsMoment(rightType))
            return "TIMESTAMP";
        throw EngineFault.Feature($"{leftType} {symbol} {rightType}", "Cast one of the sides.");
    }

    static bool IsNumber(string type) =>
        ClickHouseType.IsInteger(type) || ClickHouseType.IsFloat(type) || ClickHouseType.IsDecimal(type);

    static bool IsMoment(string type) => ClickHouseType.IsTime(type) || type == "DATE";

    static bool MayBeNaN(ExprNode node, string type) => ClickHouseType.IsFloat(type)
        && node is not LiteralNode { Value: double and not double.NaN or float and not float.NaN or null };

    /// <summary>A comparison in which NaN is equal to itself and greater than all else.</summary>
    static string Compared(string symbol, string left, string right, bool leftMayBeNaN, bool rightMayBeNaN)
    {
        if (symbol == "is not distinct from")
        {
            return $"((isNull({left}) and isNull({right})) or "
                + $"ifNull({Compared("=", left, right, leftMayBeNaN, rightMayBeNaN)}, 0))";
        }

        if (symbol == "is distinct from")
            return $"not({Compared("is not distinct from", left, right, leftMayBeNaN, rightMayBeNaN)})";
        var plain = $"({left} {symbol} {right})";
        var (l, r) = ($"isNaN({left})", $"isNaN({right})");
        return (symbol, leftMayBeNaN, rightMayBeNaN) switch
        {
            ("=", true, true) => $"({plain} or ({l} and {r}))",
            ("<>", true, true) => $"({plain} and not({l} and {r}))",
            (">", true, true) => $"({plain} or ({l} and not {r}))",
            (">=", true, true) => $"({plain} or {l})",
            ("<", true, true) => $"({plain} or (not {l} and {r}))",
            ("<=", true, true) => $"({plain} or {r})",
            // A null on the other side must stay null.
            (">" or ">=", true, false) => $"({plain} or ({l} and isNotNull({right})))",
            ("<" or "<=", false, true) => $"({plain} or ({r} and isNotNull({left})))",
            _ => plain,
        };
    }

    string In(InNode node, string? alias)
    {
        var sought = node.Operands[0];
        var values = node.Operands.Skip(1).ToList();
        var type = TypeOf(sought);
        var isPlain = values.Count > MaxCompared && (ClickHouseType.IsInteger(type) || type == "VARCHAR")
            && values.All(value => value is LiteralNode { Value: not null } && TypeOf(value) is var of
                && (of == type || (ClickHouseType.IsInteger(of) && ClickHouseType.IsInteger(type))));
        var found = isPlain
            ? $"if(isNull({Render(sought, alias)}), NULL, {Render(sought, alias)} in ({List(values, alias)}))"
            : values.Count == 1 ? Compared("=", sought, values[0], alias)
            : $"or({string.Join(", ", values.Select(value => Compared("=", sought, value, alias)))})";
        return node.IsNot ? $"not({found})" : found;
    }

    string Case(CaseNode node, string? alias)
    {
        var type = TypeOf(node);
        var text = "multiIf(";
        for (var i = 0; i + 1 < node.Branches.Count; i += 2)
        {
            text += $"ifNull({Render(node.Branches[i], alias)}, 0), "
                + $"{As(node.Branches[i + 1], type, alias)}, ";
        }

        return $"{text}{As(node.Branches[^1], type, alias)})";
    }

    /// <summary>An expression in a type that DuckDB would make of it by itself.</summary>
    string As(ExprNode node, string type, string? alias)
    {
        if (node is LiteralNode { Value: null })
        {
            return ClickHouseType.IsNested(type)
                ? throw EngineFault.Feature("a list, map or struct that is null")
                : $"CAST(NULL, {ClickHouseType.Quoted(type)})";
        }

        var from = TypeOf(node);
        if (from == type)
            return Render(node, alias);
        // What a text says is found out as DuckDB would.
        return node is LiteralNode { Value: string text } && !ClickHouseType.IsNested(type)
            ? To(Literal(types.Cast(text, type)), type) : Convert(Render(node, alias), from, type);
    }

    string AsText(ExprNode node, string? alias)
    {
        var type = TypeOf(node);
        return type is "VARCHAR" or "BLOB" ? Render(node, alias) : Text(Render(node, alias), type);
    }

    static string To(string value, string type) => $"CAST({value}, {ClickHouseType.Quoted(type)})";

    /// <summary>A value in a wider type.</summary>
    static string Convert(string value, string from, string type)
    {
        if (from == type)
            return value;
        if (ClickHouseType.IsNull(from) || (IsMoment(from) && IsMoment(type) && type != "DATE"))
            return To(value, type);
        if (ClickHouseType.IsInteger(from) && ClickHouseType.IsInteger(type))
        {
            var isWider = from[0] != 'U' && type[0] != 'U'
                && ClickHouseType.IntegerWidth(from) <= ClickHouseType.IntegerWidth(type);
            return isWider ? To(value, type) : $"accurateCast({value}, {ClickHouseType.Quoted(type)})";
        }

        if (IsNumber(from) && IsNumber(type) && !ClickHouseType.IsInteger(type)
            && !(ClickHouseType.IsFloat(from) && ClickHouseType.IsDecimal(type)))
            return To(value, type);
        if (ClickHouseType.IsList(from) && ClickHouseType.IsList(type))
        {
            _ = Convert("", ClickHouseType.Element(from), ClickHouseType.Element(type));
            return To(value, type);
        }

        return type == "VARCHAR" ? Text(value, from) : throw EngineFault.Feature($"a {type} of a {from}");
    }

    string Cast(CastNode node, string? alias)
    {
        var type = TypeOf(node);
        var from = TypeOf(node.Operand);
        if (node.Operand is LiteralNode { Value: null } or LiteralNode { Value: string })
            return As(node.Operand, type, alias);
        var value = Render(node.Operand, alias);
        var accurate = node.IsTry ? "accurateCastOrNull" : "accurateCast";
        if (from == type)
            return value;
        if (ClickHouseType.IsInteger(type))
        {
            var whole = from switch
            {
                "BOOLEAN" => value,
                "DOUBLE" or "FLOAT" => $"roundBankers({value})",
                "VARCHAR" => Number(value, type, node.IsTry),
                _ when ClickHouseType.IsInteger(from) => value,
                _ when ClickHouseType.IsDecimal(from) => $"round({value})",
                _ => throw EngineFault.Feature($"a {type} of a {from}"),
            };
            return from == "VARCHAR" ? whole
                : $"{accurate}({whole}, {ClickHouseText.Text(Nullable(type, node.IsTry))})";
        }

        return (from, type) switch
        {
            ("VARCHAR", "DOUBLE") => Number(value, type, node.IsTry),
            (_, "BOOLEAN") when IsNumber(from) => $"notEquals({value}, 0)",
            ("BOOLEAN", "DOUBLE" or "FLOAT") => To(value, type),
            (_, "DATE") when ClickHouseType.IsTime(from) => $"toDate32({value})",
            ("VARCHAR", "BLOB") => throw EngineFault.Feature("a BLOB of a VARCHAR"),
            _ => Convert(value, from, type),
        };

        static string Nullable(string type, bool isTry) =>
            isTry ? ClickHouseType.Plain(type) : ClickHouseType.Of(type);
    }

    /// <summary>The number that a text says. Only plain numbers are read; of a text that DuckDB may read otherwise the
    /// server makes an error.</summary>
    static string Number(string value, string type, bool isTry)
    {
        var trimmed = $"trimBoth({value})";
        var pattern = type == "DOUBLE"
            ? @"^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?$" : "^[+-]?[0-9]+$";
        var parsed = $"accurateCastOrNull({trimmed}, '{ClickHouseType.Plain(type)}')";
        if (!isTry)
            parsed = $"accurateCast({trimmed}, {ClickHouseType.Quoted(type)})";
        var strange = isTry ? @"[0-9]|(?i)nan|(?i)inf" : "";
        return $"multiIf(isNull({value}), NULL, match({trimmed}, {ClickHouseText.Text(pattern)}), {parsed}, "
            + $"match({trimmed}, {ClickHouseText.Text(strange)}), "
            + $"{Throw(type, "a text is not a plain number")}, NULL)";
    }

    /// <summary>A value that is none: where it would be needed, the query fails.</summary>
    static string Throw(string type, string message) =>
        $"CAST(if(throwIf(1, {ClickHouseText.Text(message)}), NULL, NULL), {ClickHouseType.Quoted(type)})";

    /// <summary>A value as DuckDB writes it.</summary>
    static string Text(string value, string type) => type switch
    {
        "VARCHAR" => value,
        "BOOLEAN" => $"if(isNull({value}), NULL, if(ifNull({value}, 0), 'true', 'false'))",
        "DATE" or "UUID" => $"toString({value})",
        "TIMESTAMP" => Trimmed(value),
        "TIMESTAMP WITH TIME ZONE" => $"concat({Trimmed(value)}, '+00')",
        _ when ClickHouseType.IsInteger(type) => $"toString({value})",
        // Without digits before the point DuckDB leaves the zero out.
        _ when ClickHouseType.IsDecimal(type) && !type.StartsWith(
            $"DECIMAL({ClickHouseType.Scale(type)},", StringComparison.Ordinal) =>
            $"toDecimalString({value}, {ClickHouseType.Scale(type)})",
        _ => throw EngineFault.Feature($"a VARCHAR of a {type}"),
    };

    static string Trimmed(string time) => $@"replaceRegexpOne(toString({time}), '\\.?0+$', '')";
}
