using Millrace.Tables.Delta;

namespace Millrace.Tables;

/// <summary>The Delta types that values of DuckDB's types are written as.</summary>
static class ColumnTypes
{
    static readonly Dictionary<string, string> SqlToDelta = new(StringComparer.Ordinal)
    {
        ["VARCHAR"] = "string",
        ["BIGINT"] = "long",
        ["INTEGER"] = "integer",
        ["SMALLINT"] = "short",
        ["TINYINT"] = "byte",
        ["FLOAT"] = "float",
        ["DOUBLE"] = "double",
        ["BOOLEAN"] = "boolean",
        ["BLOB"] = "binary",
        ["DATE"] = "date",
        ["TIMESTAMP WITH TIME ZONE"] = "timestamp",
    };

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

    /// <summary>The type that values of a DuckDB type are written as.</summary>
    /// <exception cref="MillraceException"><c>type-unsupported</c>, naming the column.</exception>
    public static DeltaType FromSql(string sql, string column)
    {
        if (sql.EndsWith(']'))
        {
            // A list 'T[]' or an array of fixed length 'T[96]'; Delta has only the first.
            return new ArrayType(FromSql(sql[..sql.LastIndexOf('[')], column));
        }

        if (sql.StartsWith("STRUCT(", StringComparison.Ordinal))
        {
            return new StructType([.. Parts(sql[7..^1]).Select(part => Field(part, column))]);
        }

        if (sql.StartsWith("MAP(", StringComparison.Ordinal) && Parts(sql[4..^1]) is [var key, var value])
        {
            return new MapType(FromSql(key, column), FromSql(value, column));
        }

        if (sql.StartsWith("DECIMAL(", StringComparison.Ordinal))
        {
            return DeltaType.Parse(sql.ToLowerInvariant());
        }

        if (sql.StartsWith("ENUM(", StringComparison.Ordinal))
        {
            return new PrimitiveType("string");
        }

        return SqlToDelta.GetValueOrDefault(Casts.GetValueOrDefault(sql, sql)) is { } name
            ? new PrimitiveType(name) : throw DeltaType.Unsupported(sql, $"column '{column}'");
    }

    static TableColumn Field(string part, string column)
    {
        var (name, type) = NamedPart(part);
        return new TableColumn(name, FromSql(type, column));
    }

    /// <summary>The name and the type of a struct's field.</summary>
    public static (string Name, string Type) NamedPart(string part)
    {
        if (part[0] != '"')
        {
            var space = part.IndexOf(' ', StringComparison.Ordinal);
            return (part[..space], part[(space + 1)..]);
        }

        var end = 1;
        while (part[end] != '"' || (end + 1 < part.Length && part[end + 1] == '"'))
        {
            end += part[end] == '"' ? 2 : 1;
        }

        return (part[1..end].Replace("\"\"", "\"", StringComparison.Ordinal), part[(end + 2)..]);
    }

    /// <summary>Cuts at the commas that stand in no brackets and no quotes.</summary>
    public static List<string> Parts(string text)
    {
        var parts = new List<string>();
        var start = 0;
        var depth = 0;
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c is '(' or ')')
            {
                depth += c == '(' ? 1 : -1;
            }
            else if (c == ',' && depth == 0)
            {
                parts.Add(text[start..i]);
                start = i + 2;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }
}
