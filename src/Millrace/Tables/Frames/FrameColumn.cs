namespace Millrace.Tables.Frames;

/// <summary>A column of a frame.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="SqlType">DuckDB's type, such as <c>BIGINT</c> or <c>STRUCT(a INTEGER)</c>.</param>
public sealed record FrameColumn(string Name, string SqlType)
{
    static readonly string[] Numbers =
    [
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
        "UHUGEINT", "FLOAT", "DOUBLE",
    ];

    /// <summary>Whether sums and means of it can be taken.</summary>
    public bool IsNumber => Numbers.Contains(SqlType)
        || (SqlType.StartsWith("DECIMAL(", StringComparison.Ordinal) && SqlType.EndsWith(')'));
}
