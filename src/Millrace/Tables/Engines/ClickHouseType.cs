
namespace Millrace.Tables.Engines;

/// <summary>DuckDB's types in ClickHouse's words. Everything but lists, maps and structs may be null there.</summary>
static class ClickHouseType
{
    /// <summary>Times have microseconds and are in UTC, as Delta's.</summary>
    public const string Time = "DateTime64(6, 'UTC')";

    /// <summary>The type of a null by itself.</summary>
    public const string Null = "\"NULL\"";

    static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["BOOLEAN"] = "Bool",
        ["TINYINT"] = "Int8",
        ["SMALLINT"] = "Int16",
        ["INTEGER"] = "Int32",
        ["BIGINT"] = "Int64",
        ["HUGEINT"] = "Int128",
        ["UTINYINT"] = "UInt8",
        ["USMALLINT"] = "UInt16",
        ["UINTEGER"] = "UInt32",
        ["UBIGINT"] = "UInt64",
        ["UHUGEINT"] = "UInt128",
        ["FLOAT"] = "Float32",
        ["DOUBLE"] = "Float64",
        ["VARCHAR"] = "String",
        ["BLOB"] = "String",
        ["DATE"] = "Date32",
        ["TIMESTAMP"] = Time,
        ["TIMESTAMP WITH TIME ZONE"] = Time,
        ["UUID"] = "UUID",
        // Counted in microseconds; it is never read or given out.
        ["INTERVAL"] = "Int64",
        // DuckDB's type of a null.
        [Null] = "Nothing",
        ["NULL"] = "Nothing",
    };

    /// <summary>The type with all its nulls.</summary>
    /// <exception cref="MillraceException"><c>engine-feature</c>.</exception>
    public static string Of(string type)
    {
        if (IsList(type))
            return $"Array({Of(Element(type))})";
        if (IsStruct(type))
        {
            return $"Tuple({string.Join(", ", Fields(type).Select(
                field => $"{ClickHouseText.Name(field.Name)} {Of(field.Type)}"))})";
        }

        if (IsMap(type) && ColumnTypes.Parts(type[4..^1]) is [var key, var value])
            return $"Map({Plain(key)}, {Of(value)})";
        return $"Nullable({Plain(type)})";
    }

    /// <summary>The type with all its nulls, as a text in a query.</summary>
    /// <exception cref="MillraceException"><c>engine-feature</c>.</exception>
    public static string Quoted(string type) => ClickHouseText.Text(Of(type));

    /// <summary>The type without nulls.</summary>
    /// <exception cref="MillraceException"><c>engine-feature</c>.</exception>
    public static string Plain(string type) => Names.TryGetValue(type, out var name) ? name
        : IsDecimal(type) ? "Decimal" + type[7..]
        : IsNested(type) ? Of(type)
        : throw EngineFault.Feature($"the type {type}");

    public static bool IsNested(string type) => IsList(type) || IsStruct(type) || IsMap(type);

    public static bool IsList(string type) => type.EndsWith(']');

    public static bool IsStruct(string type) =>
        !IsList(type) && type.StartsWith("STRUCT(", StringComparison.Ordinal);

    public static bool IsMap(string type) => !IsList(type) && type.StartsWith("MAP(", StringComparison.Ordinal);

    public static bool IsDecimal(string type) =>
        !IsList(type) && type.StartsWith("DECIMAL(", StringComparison.Ordinal);

    public static bool IsFloat(string type) => type is "FLOAT" or "DOUBLE";

    public static bool IsInteger(string type) => IntegerWidth(type) > 0;

    public static bool IsTime(string type) => type is "TIMESTAMP" or "TIMESTAMP WITH TIME ZONE";

    public static bool IsNull(string type) => type is Null or "NULL";

    /// <summary>The bits of a whole number; 0 for another type.</summary>
    public static int IntegerWidth(string type) => type switch
    {
        "TINYINT" or "UTINYINT" => 8,
        "SMALLINT" or "USMALLINT" => 16,
        "INTEGER" or "UINTEGER" => 32,
        "BIGINT" or "UBIGINT" => 64,
        "HUGEINT" or "UHUGEINT" => 128,
        _ => 0,
    };

    /// <summary>The digits after the point.</summary>
    public static int Scale(string type) => IsDecimal(type)
        ? int.Parse(type[(type.IndexOf(',', StringComparison.Ordinal) + 1)..^1].Trim(),
            System.Globalization.CultureInfo.InvariantCulture)
        : 0;

    public static string Element(string type) => type[..type.LastIndexOf('[')];

    public static IReadOnlyList<(string Name, string Type)> Fields(string type) =>
        [.. ColumnTypes.Parts(type[7..^1]).Select(ColumnTypes.NamedPart)];
}
