using System.Security.Cryptography;
using System.Text;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>The folder of a partition as Hive and Delta name it: <c>country=DE/day=2026-01-01</c>. The values that
/// count are those in the log; the folder is for people and for engines that list.</summary>
static class PartitionFolder
{
    const string NullValue = "__HIVE_DEFAULT_PARTITION__";
    const string Escaped = "\"#%'*/:=?\\{[]^\u007f";
    // A file system takes names of up to 255 bytes.
    const int MaxValueBytes = 160;

    public static string Of(IReadOnlyList<string> columns, IReadOnlyList<string?> values) => string.Join(
        '/', columns.Zip(
            values, (column, value) => $"{Name(Escape(column))}={Name(value is null ? NullValue : Escape(value))}"));

    /// <summary>The value of a partition column as the log writes it. Delta protocol, "Partition Value Serialization".
    /// </summary>
    public static string Text(TableColumn column)
    {
        var name = SqlName.Quote(column.Name);
        return column.DataType switch
        {
            PrimitiveType { Name: "string" } => $"nullif({name}, '')",
            PrimitiveType { Name: "timestamp" } => $"strftime(timezone('UTC', {name}), '%Y-%m-%dT%H:%M:%S.%fZ')",
            PrimitiveType { Name: "timestamp_ntz" } => $"strftime({name}, '%Y-%m-%d %H:%M:%S.%f')",
            PrimitiveType { Name: "binary" } => $"nullif(decode({name}), '')",
            PrimitiveType { Name: "float" or "double" } =>
                $"case when isnan({name}) then 'NaN' when isinf({name}) then if({name} > 0, 'Infinity', '-Infinity') "
                + $"else cast({name} as varchar) end",
            _ => $"cast({name} as varchar)",
        };
    }

    static string Escape(string value) => string.Concat(value.Select(
        c => c < ' ' || Escaped.Contains(c, StringComparison.Ordinal) ? $"%{(int)c:X2}" : c.ToString()));

    static string Name(string escaped) => Encoding.UTF8.GetByteCount(escaped) <= MaxValueBytes ? escaped
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(escaped)));
}
