using Millrace.Tables.Frames;

namespace Millrace.Tables.Profiles;

/// <summary>A column that is looked at.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Name">As the table or file has it.</param>
/// <param name="Type">For people.</param>
/// <param name="SqlType">DuckDB's.</param>
sealed record ProfiledColumn(int Index, string Name, string Type, string SqlType)
{
    static readonly string[] Texts =
        ["VARCHAR", "UUID", "JSON", "TIME", "TIME WITH TIME ZONE", "INTERVAL", "BIT"];

    /// <summary>The column in the queries of a profile, where no name of the data can get in the way.</summary>
    public string Sql => $"c{Index}";

    public ColumnKind Kind { get; } = KindOf(Name, SqlType);

    /// <summary>Whether its numbers have no fractions.</summary>
    public bool IsWhole => Kind == ColumnKind.Number && SqlType is not ("FLOAT" or "DOUBLE")
        && (!SqlType.StartsWith("DECIMAL", StringComparison.Ordinal)
            || SqlType.EndsWith(",0)", StringComparison.Ordinal));

    /// <summary>Whether NaN and the infinities can be among its values.</summary>
    public bool IsFloat => SqlType is "FLOAT" or "DOUBLE";

    public bool IsList => SqlType.EndsWith(']');

    /// <summary>The value as a number of double precision, of times in microseconds since 1970, and of lists and bytes
    /// their length; null when there is none.</summary>
    public string? NumberSql => Kind switch
    {
        ColumnKind.Number or ColumnKind.Boolean => $"cast({Sql} as double)",
        ColumnKind.Time => $"cast({MicrosecondsSql(Sql)} as double)",
        ColumnKind.Bytes => $"cast(octet_length({Sql}) as double)",
        ColumnKind.Nested when IsList => $"cast(len({Sql}) as double)",
        _ => null,
    };

    /// <summary>The value as text.</summary>
    public string TextSql => SqlType == "VARCHAR" ? Sql : $"cast({Sql} as varchar)";

    /// <summary>Microseconds since 1970 of a value of the column's type; null for the infinite ones and those that no
    /// time can say.</summary>
    public string MicrosecondsSql(string value)
    {
        var time = SqlType is "TIMESTAMP" or "TIMESTAMP WITH TIME ZONE" ? value : $"try_cast({value} as timestamp)";
        return $"case when isfinite({time}) then epoch_us({time}) end";
    }

    static ColumnKind KindOf(string name, string sqlType) => sqlType switch
    {
        _ when new FrameColumn(name, sqlType).IsNumber => ColumnKind.Number,
        "BOOLEAN" => ColumnKind.Boolean,
        "BLOB" => ColumnKind.Bytes,
        _ when Texts.Contains(sqlType) || sqlType.StartsWith("ENUM(", StringComparison.Ordinal) => ColumnKind.Text,
        "DATE" => ColumnKind.Time,
        _ when sqlType.StartsWith("TIMESTAMP", StringComparison.Ordinal) && !sqlType.EndsWith(']') => ColumnKind.Time,
        _ => ColumnKind.Nested,
    };
}
