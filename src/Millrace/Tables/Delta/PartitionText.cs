using System.Text.RegularExpressions;

namespace Millrace.Tables.Delta;

/// <summary>The values of a partition column as SQL. Delta protocol, "Partition Value Serialization".</summary>
/// <param name="type">The column's type.</param>
/// <param name="timeZone">Of times that say none.</param>
sealed partial class PartitionText(DeltaType type, string timeZone)
{
    readonly bool _isBinary = type is PrimitiveType { Name: "binary" };
    readonly bool _isTime = type is PrimitiveType { Name: "timestamp" };

    /// <summary>The value for each row of a scan.</summary>
    /// <param name="values">As the log writes them, for each file of the scan.</param>
    public string Sql(IReadOnlyList<string?> values)
    {
        if (values.Distinct(StringComparer.Ordinal).Count() == 1)
        {
            return $"cast({Literal(values[0])} as {type.Sql})";
        }

        var list = string.Join(", ", values.Select(Literal));
        return $"(cast([{list}] as {type.Sql}[]))[cast(file_index as bigint) + 1]";
    }

    string Literal(string? value)
    {
        // 'An empty string for any type translates to a null partition value.'
        if (string.IsNullOrEmpty(value))
        {
            return "null";
        }

        var text = SqlName.Text(value);
        // The characters of a binary value's text are its bytes.
        return _isBinary ? $"encode({text})"
            : _isTime && !Zone().IsMatch(value)
                ? $"timezone({SqlName.Text(timeZone)}, cast({text} as timestamp))"
            : _isTime ? $"cast({text} as timestamptz)" : text;
    }

    [GeneratedRegex(@":.*(Z|[+-][0-9]{2}(:?[0-9]{2})?)\z")]
    private static partial Regex Zone();
}
