namespace Millrace.Tables.Delta;

/// <summary>The values of a partition column as SQL. Delta protocol, "Partition Value Serialization".</summary>
static class PartitionText
{
    /// <summary>The value for each row of a scan.</summary>
    /// <param name="column">The column.</param>
    /// <param name="values">As the log writes them, for each file of the scan.</param>
    public static string Sql(TableColumn column, IReadOnlyList<string?> values)
    {
        var type = column.DataType;
        if (values.Distinct(StringComparer.Ordinal).Count() == 1)
        {
            return Literal(type, values[0]);
        }

        var list = string.Join(", ", values.Select(value => Plain(type, value)));
        return $"(cast([{list}] as {ListSql(type)}[]))[cast(file_index as bigint) + 1]";
    }

    static string Literal(DeltaType type, string? value) => IsNull(value) ? $"cast(null as {type.Sql})"
        : IsBinary(type) ? Plain(type, value) : $"cast({Plain(type, value)} as {type.Sql})";

    static string ListSql(DeltaType type) => IsBinary(type) ? "BLOB" : type.Sql;

    static string Plain(DeltaType type, string? value) => IsNull(value) ? "null"
        // The text's characters are the bytes.
        : IsBinary(type) ? $"encode({SqlName.Text(value!)})" : SqlName.Text(value!);

    // 'An empty string for any type translates to a null partition value.'
    static bool IsNull(string? value) => string.IsNullOrEmpty(value);

    static bool IsBinary(DeltaType type) => type is PrimitiveType { Name: "binary" };
}
