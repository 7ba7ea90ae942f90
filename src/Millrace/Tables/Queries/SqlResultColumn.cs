namespace Millrace.Tables.Queries;

/// <summary>A column of a result.</summary>
/// <param name="Name">As the query names it; two may have one name.</param>
/// <param name="SqlType">The type as DuckDB names it.</param>
public sealed record SqlResultColumn(string Name, string SqlType)
{
    static readonly HashSet<string> Plain = new(StringComparer.Ordinal)
    {
        "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
        "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE",
    };

    static readonly string[] Nested = ["STRUCT(", "MAP(", "UNION("];

    /// <summary>Whether its values are numbers.</summary>
    public bool IsNumber => (Plain.Contains(SqlType) && SqlType != "BOOLEAN") || IsDecimal;

    /// <summary>Whether its values are lists, structs or maps.</summary>
    public bool IsNested => SqlType.EndsWith(']') || Nested.Any(
        prefix => SqlType.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether a cell's text is JSON as it is.</summary>
    internal bool IsJson => Plain.Contains(SqlType) || IsDecimal || IsNested || SqlType is "JSON";

    bool IsDecimal => SqlType.StartsWith("DECIMAL(", StringComparison.Ordinal);
}
