using System.Text.Json.Serialization;

namespace Millrace.Tables.Checks;

/// <summary>What a check asks. Its word in <c>millrace.yaml</c> is that of <see cref="CheckSpec"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckKind>))]
public enum CheckKind
{
    /// <summary>The table has these columns, and perhaps others.</summary>
    Columns = 0,

    /// <summary>The table has exactly these columns, in this order, of these types.</summary>
    Schema = 1,

    /// <summary>A column has a type.</summary>
    Type = 2,

    /// <summary>A value is there.</summary>
    NotNull = 3,

    /// <summary>No two rows have the same values in these columns. Rows without a value in one of them do not count.
    /// </summary>
    Unique = 4,

    /// <summary>Values are between two bounds.</summary>
    Range = 5,

    /// <summary>Values are among some.</summary>
    Set = 6,

    /// <summary>A regular expression is found in the value.</summary>
    Regex = 7,

    /// <summary>Texts and lists have a length between two bounds.</summary>
    Length = 8,

    /// <summary>A condition of SQL holds for each row; one that is unknown holds.</summary>
    Condition = 9,

    /// <summary>The values are those of a row in another table.</summary>
    References = 10,

    /// <summary>How many rows there are.</summary>
    RowCount = 11,

    /// <summary>By what share the rows became more, or fewer, since the version before.</summary>
    RowChange = 12,

    /// <summary>The newest time is not older than a span.</summary>
    Freshness = 13,

    /// <summary>The mean of a column.</summary>
    Mean = 14,

    /// <summary>The standard deviation of a column.</summary>
    Deviation = 15,

    /// <summary>A quantile of a column.</summary>
    Quantile = 16,

    /// <summary>The sum of a column.</summary>
    Sum = 17,

    /// <summary>How many different values a column has.</summary>
    Distinct = 18,

    /// <summary>By how much the share of missing values differs from that of the version before.</summary>
    NullChange = 19,

    /// <summary>How far the distribution of a column is from that of another version.</summary>
    Drift = 20,

    /// <summary>A query gives no rows: each one that it gives is a fault.</summary>
    Sql = 21,
}
