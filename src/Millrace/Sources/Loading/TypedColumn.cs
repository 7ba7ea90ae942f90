using Millrace.Tables;
using Millrace.Tables.Delta;

namespace Millrace.Sources.Loading;

/// <summary>A column of a file that carries its types.</summary>
/// <param name="Name">As the file has it.</param>
/// <param name="Delta">The table's type that holds all of its values.</param>
/// <param name="Expression">The SQL that makes them.</param>
sealed record TypedColumn(string Name, string Delta, string Expression)
{
    static readonly string[] Integers = ["byte", "short", "integer", "long"];

    /// <summary>Finds the nearest type of a table that loses nothing.</summary>
    public static TypedColumn Of(string name, string sql, string from, SqlSession session)
    {
        var quoted = SqlName.Quote(name);
        switch (sql)
        {
            case "UBIGINT":
                return new TypedColumn(name, "decimal(20,0)", quoted);
            case "HUGEINT" or "UHUGEINT":
                return new TypedColumn(name, "decimal(38,0)", quoted);
            case "UINTEGER" or "USMALLINT" or "UTINYINT":
                return new TypedColumn(name, "long", quoted);
            case "TIMESTAMP_NS" when session.Value<bool>(
                $"select coalesce(bool_or(epoch_ns({quoted}) % 1000 <> 0), false) from {from}"):
                // A table's times have microseconds.
                return new TypedColumn(name, "string", $"cast({quoted} as varchar)");
            case "\"NULL\"" or "TIME" or "TIME WITH TIME ZONE" or "INTERVAL" or "UUID" or "BIT" or "TIME_NS":
                return new TypedColumn(name, "string", $"cast({quoted} as varchar)");
        }

        if (sql.StartsWith("ENUM(", StringComparison.Ordinal))
        {
            return new TypedColumn(name, "string", $"cast({quoted} as varchar)");
        }

        try
        {
            var type = ColumnTypes.FromSql(sql, name);
            if (type is not ArrayType { Element.IsNested: true } and not MapType and not StructType)
                return new TypedColumn(name, type.ToString(), quoted);
        }
        catch (MillraceException exception) when (exception.Code == "type-unsupported")
        {
            // It is kept as JSON too.
        }

        return new TypedColumn(name, "string", $"cast(to_json({quoted}) as varchar)");
    }

    /// <summary>The type that both lose nothing in; null when there is none but text.</summary>
    public static string? Common(string left, string right)
    {
        if (left == right)
        {
            return left;
        }

        var (a, b) = (Array.IndexOf(Integers, left), Array.IndexOf(Integers, right));
        return a >= 0 && b >= 0 ? Integers[Math.Max(a, b)]
            : (left, right) is ("float", "double") or ("double", "float") ? "double"
            : left.StartsWith("decimal(", StringComparison.Ordinal)
                && right.StartsWith("decimal(", StringComparison.Ordinal) ? Decimals(left, right)
            : null;
    }

    static string? Decimals(string left, string right)
    {
        const int MaxDigits = 38;
        var (a, b) = (Reading.ReadType.OfDelta(left)!.Value, Reading.ReadType.OfDelta(right)!.Value);
        var scale = Math.Max(a.Scale, b.Scale);
        var precision = Math.Max(a.Precision - a.Scale, b.Precision - b.Scale) + scale;
        return precision <= MaxDigits ? $"decimal({precision},{scale})" : null;
    }
}
