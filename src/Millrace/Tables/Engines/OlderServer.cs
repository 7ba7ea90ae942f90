using System.Text.RegularExpressions;

namespace Millrace.Tables.Engines;

/// <summary>What a frame may become on a server that is too old to read tables: only functions and types that
/// ClickHouse 18.16 has. All else is refused by name, before anything is loaded.</summary>
static partial class OlderServer
{
    static readonly ServerVersion Needed = ServerVersion.ReadsTables;

    static readonly HashSet<string> Functions = new(StringComparer.Ordinal)
    {
        "CAST", "toNullable", "multiIf", "if", "ifNull", "isNull", "isNotNull", "assumeNotNull", "coalesce", "nullIf",
        "isNaN", "not", "or", "and", "in", "notEquals", "negate", "concat", "lowerUTF8", "upperUTF8", "lengthUTF8",
        "position", "positionUTF8", "startsWith", "endsWith", "match", "replaceAll", "replaceRegexpAll",
        "replaceRegexpOne", "splitByString", "substringUTF8", "toString", "hex", "unhex", "abs", "floor", "ceil",
        "round", "sqrt", "log", "log10", "exp", "pow", "trunc", "length", "has", "arraySort", "arrayConcat", "arrayMap",
        "arrayFilter", "empty", "throwIf", "toInt64", "toFloat32", "toDecimal128", "greatest", "count", "countIf",
        "sum", "sumIf", "min", "minIf", "max", "maxIf", "avg", "uniqExact", "uniqExactIf", "any", "anyIf",
    };

    static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "from", "join", "where", "on", "and", "or", "not", "in", "all", "by", "select", "as", "having", "with", "limit",
        "distinct",
    };

    /// <exception cref="MillraceException"><c>engine-feature</c>.</exception>
    public static void Check(string sql, ServerVersion version)
    {
        var tokens = ClickHouseTokens.Read(sql);
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.Kind == ClickHouseTokenKind.Word && i + 1 < tokens.Count && tokens[i + 1].IsSymbol('(')
                && !Functions.Contains(token.Text) && !Words.Contains(token.Text))
                throw EngineFault.Since($"equal of what became {token.Text}", Needed, version);
            if (token.Kind == ClickHouseTokenKind.Value && TypeName().Match(token.Text) is { Success: true } type
                && !KnownType().IsMatch(type.Groups[1].Value))
                throw EngineFault.Since($"type {type.Groups[1].Value}", Needed, version);
        }
    }

    [GeneratedRegex(@"^(?:Array\()?Nullable\((.+?)\)+\z")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^(U?Int(8|16|32|64)|Float(32|64)|String|Decimal\((?:[1-9]|[12][0-9]|3[0-8]), ?[0-9]+\)?)\z")]
    private static partial Regex KnownType();
}
