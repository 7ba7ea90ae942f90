using System.Text.RegularExpressions;

namespace Millrace.Tables;

/// <summary>Delta's primitive types beside DuckDB's. Delta protocol, "Primitive Types".</summary>
static partial class ColumnTypes
{
    static readonly Dictionary<string, string> DeltaToSql = new(StringComparer.Ordinal)
    {
        ["string"] = "VARCHAR",
        ["long"] = "BIGINT",
        ["integer"] = "INTEGER",
        ["short"] = "SMALLINT",
        ["byte"] = "TINYINT",
        ["float"] = "FLOAT",
        ["double"] = "DOUBLE",
        ["boolean"] = "BOOLEAN",
        ["binary"] = "BLOB",
        ["date"] = "DATE",
        ["timestamp"] = "TIMESTAMP WITH TIME ZONE",
    };

    static readonly Dictionary<string, string> SqlToDelta =
        DeltaToSql.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>What a type that Delta does not have is cast to before it is written. Times without a zone are UTC.
    ///</summary>
    static readonly Dictionary<string, string> Casts = new(StringComparer.Ordinal)
    {
        ["TIMESTAMP"] = "TIMESTAMP WITH TIME ZONE",
        ["TIMESTAMP_S"] = "TIMESTAMP WITH TIME ZONE",
        ["TIMESTAMP_MS"] = "TIMESTAMP WITH TIME ZONE",
        ["TIMESTAMP_NS"] = "TIMESTAMP WITH TIME ZONE",
        ["HUGEINT"] = "BIGINT",
        ["UHUGEINT"] = "BIGINT",
        ["UBIGINT"] = "BIGINT",
        ["UINTEGER"] = "BIGINT",
        ["USMALLINT"] = "INTEGER",
        ["UTINYINT"] = "SMALLINT",
        ["UUID"] = "VARCHAR",
        ["JSON"] = "VARCHAR",
        ["TIME"] = "VARCHAR",
        ["INTERVAL"] = "VARCHAR",
    };

    public static string ToSql(string delta)
    {
        if (delta.StartsWith("array<", StringComparison.Ordinal) && delta.EndsWith('>'))
        {
            return ToSql(delta[6..^1]) + "[]";
        }

        // The text goes into SQL as it is, so a decimal of a foreign log must be nothing else.
        return Decimal().IsMatch(delta)
            ? delta.ToUpperInvariant()
            : DeltaToSql.GetValueOrDefault(delta) ?? throw Unsupported(delta, "a table");
    }

    /// <summary>The type that values of a DuckDB type are written as.</summary>
    /// <exception cref="MillraceException"><c>type-unsupported</c>, naming the column.</exception>
    public static string FromSql(string sql, string column)
    {
        if (sql.EndsWith(']'))
        {
            // A list 'T[]' or an array of fixed length 'T[96]'; Delta has only the first.
            return $"array<{FromSql(sql[..sql.LastIndexOf('[')], column)}>";
        }

        if (sql.StartsWith("DECIMAL(", StringComparison.Ordinal))
        {
            return sql.ToLowerInvariant();
        }

        if (sql.StartsWith("ENUM(", StringComparison.Ordinal))
        {
            return "string";
        }

        return SqlToDelta.GetValueOrDefault(Casts.GetValueOrDefault(sql, sql))
            ?? throw Unsupported(sql, $"column '{column}'");
    }

    static MillraceException Unsupported(string type, string where) => new(
        ErrorKind.Invalid, "type-unsupported", $"The type '{type}' of {where} can't be kept in a table yet.",
        "Cast it in the SQL, for instance with to_json(…) or to single columns.");

    [GeneratedRegex(@"^decimal\([0-9]{1,2}, ?[0-9]{1,2}\)\z")]
    private static partial Regex Decimal();
}
