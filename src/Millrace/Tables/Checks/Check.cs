using System.Globalization;

namespace Millrace.Tables.Checks;

/// <summary>Makes checks: <c>Check.NotNull("title", share: 0.95) with { Severity = CheckSeverity.Warn }</c>.</summary>
/// <remarks>Bounds are numbers, dates or times. A value that is missing breaks no check but <see cref="NotNull"/>.
/// </remarks>
public static class Check
{
    /// <summary>The table has these columns, and perhaps others.</summary>
    public static CheckRule Columns(params IReadOnlyList<string> columns) =>
        Made(new CheckRule { Kind = CheckKind.Columns, Columns = columns });

    /// <summary>The table has exactly these columns, in this order, of these types.</summary>
    public static CheckRule Schema(params IReadOnlyList<(string Name, string Type)> columns) => Made(new CheckRule
    {
        Kind = CheckKind.Schema,
        Columns = [.. columns.Select(column => column.Name)],
        Types = [.. columns.Select(column => column.Type)],
    });

    /// <summary>A column has a type, in Delta's words (<c>long</c>) or SQL's (<c>bigint</c>).</summary>
    public static CheckRule Type(string column, string type) =>
        Made(new CheckRule { Kind = CheckKind.Type, Columns = [column], Types = [type] });

    /// <summary>At least a share of the rows has a value.</summary>
    public static CheckRule NotNull(string column, double share = 1) =>
        Made(new CheckRule { Kind = CheckKind.NotNull, Columns = [column], Share = share });

    /// <summary>No two rows of the table have the same values in these columns.</summary>
    public static CheckRule Unique(params IReadOnlyList<string> columns) =>
        Made(new CheckRule { Kind = CheckKind.Unique, Columns = columns });

    /// <summary>Values are between two bounds, which are allowed themselves. NaN is in no range.</summary>
    public static CheckRule Range(
        string column, IFormattable? min = null, IFormattable? max = null, double share = 1) =>
        Made(Bounded(CheckKind.Range, [column], min, max) with { Share = share });

    /// <summary>Values are among these.</summary>
    public static CheckRule Set(string column, IReadOnlyList<string> values, double share = 1) =>
        Made(new CheckRule { Kind = CheckKind.Set, Columns = [column], Values = values, Share = share });

    /// <summary>A regular expression of RE2 is found in the value.</summary>
    public static CheckRule Regex(string column, string pattern, double share = 1) =>
        Made(new CheckRule { Kind = CheckKind.Regex, Columns = [column], Pattern = pattern, Share = share });

    /// <summary>Texts have so many letters, lists so many elements, bytes so many bytes.</summary>
    public static CheckRule Length(string column, long? min = null, long? max = null, double share = 1) =>
        Made(Bounded(CheckKind.Length, [column], min, max) with { Share = share });

    /// <summary>A condition of SQL holds for each row; one that is unknown holds.</summary>
    public static CheckRule Condition(string sql, double share = 1) =>
        Made(new CheckRule { Kind = CheckKind.Condition, Sql = sql, Share = share });

    /// <summary>The values are those of a row in another table.</summary>
    /// <param name="columns">The columns here.</param>
    /// <param name="table">The other table.</param>
    /// <param name="tableColumns">Its columns; null for those of the same names.</param>
    /// <param name="share">How many rows must find theirs.</param>
    public static CheckRule References(
        IReadOnlyList<string> columns, string table, IReadOnlyList<string>? tableColumns = null, double share = 1) =>
        Made(new CheckRule
        {
            Kind = CheckKind.References,
            Columns = columns,
            Table = table,
            TableColumns = tableColumns,
            Share = share,
        });

    /// <summary>How many rows the table has.</summary>
    public static CheckRule RowCount(long? min = null, long? max = null) =>
        Made(Bounded(CheckKind.RowCount, [], min, max));

    /// <summary>By what share the rows may become more or fewer: -0.1 to 0.5 is a tenth less to half more.</summary>
    public static CheckRule RowChange(double? min = null, double? max = null) =>
        Made(Bounded(CheckKind.RowChange, [], min, max));

    /// <summary>The newest time of a column is not older than a span.</summary>
    public static CheckRule Freshness(string column, TimeSpan within) =>
        Made(new CheckRule { Kind = CheckKind.Freshness, Columns = [column], Within = within });

    public static CheckRule Mean(string column, double? min = null, double? max = null) =>
        Made(Bounded(CheckKind.Mean, [column], min, max));

    /// <summary>The standard deviation of a sample.</summary>
    public static CheckRule Deviation(string column, double? min = null, double? max = null) =>
        Made(Bounded(CheckKind.Deviation, [column], min, max));

    /// <summary>A quantile, between the values that it lies between.</summary>
    /// <param name="column">A column of numbers.</param>
    /// <param name="at">0.5 is the median.</param>
    /// <param name="min">The least that is allowed.</param>
    /// <param name="max">The most that is allowed.</param>
    public static CheckRule Quantile(string column, double at, double? min = null, double? max = null) =>
        Made(Bounded(CheckKind.Quantile, [column], min, max) with { At = at });

    public static CheckRule Sum(string column, double? min = null, double? max = null) =>
        Made(Bounded(CheckKind.Sum, [column], min, max));

    /// <summary>How many different values a column has.</summary>
    public static CheckRule Distinct(string column, long? min = null, long? max = null) =>
        Made(Bounded(CheckKind.Distinct, [column], min, max));

    /// <summary>By how much the share of missing values may differ from that of the version before.</summary>
    public static CheckRule NullChange(string column, double max) =>
        Made(Bounded(CheckKind.NullChange, [column], null, max));

    /// <summary>How far the distribution of a column may be from that of a version.</summary>
    /// <param name="column">Numbers and times are compared in 20 bins of equal weight, others by value.</param>
    /// <param name="jensenShannon">The greatest divergence in bits, from 0 to 1.</param>
    /// <param name="lInfinity">The greatest difference of the share of any value or bin.</param>
    /// <param name="version">Null for the version before.</param>
    public static CheckRule Drift(
        string column, double? jensenShannon = null, double? lInfinity = null, long? version = null) =>
        Made(new CheckRule
        {
            Kind = CheckKind.Drift,
            Columns = [column],
            JensenShannon = jensenShannon,
            LInfinity = lInfinity,
            Version = version,
        });

    /// <summary>A query that gives no rows. The table is there under its name with all its rows, with the new ones as
    /// <c>NAME$new</c>, and as it was before as <c>NAME$previous</c>.</summary>
    public static CheckRule Sql(string query) => Made(new CheckRule { Kind = CheckKind.Sql, Sql = query });

    static CheckRule Bounded(
        CheckKind kind, IReadOnlyList<string> columns, IFormattable? min, IFormattable? max) =>
        new() { Kind = kind, Columns = columns, Min = Text(min), Max = Text(max) };

    static string? Text(IFormattable? bound) => bound switch
    {
        null => null,
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTimeOffset time =>
            time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF'+00'", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => bound.ToString(null, CultureInfo.InvariantCulture),
    };

    static CheckRule Made(CheckRule rule) =>
        CheckSpec.Fault(rule) is { } fault ? throw new ArgumentException(fault) : rule;
}
