using System.Globalization;
using Millrace.Tables.Profiles;

namespace Millrace.App.Tables;

/// <summary>Figures of a profile as people read them.</summary>
static class ProfileWords
{
    const double Billion = 1e9;

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number with as many digits as matter.</summary>
    public static string Number(double value) => value switch
    {
        _ when !double.IsFinite(value) => value.ToString(CultureInfo.InvariantCulture),
        _ when value == Math.Floor(value) && Math.Abs(value) < Billion =>
            value.ToString("N0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) is >= 1_000 and < Billion => value.ToString("N0", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) is >= 100 and < 1_000 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ when Math.Abs(value) is >= 0.01 and < 100 => value.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("G4", CultureInfo.InvariantCulture),
    };

    public static string Share(double share) => share switch
    {
        0 => "",
        < 0.001 => "< 0.1 %",
        _ => (share * 100).ToString(share < 0.1 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %",
    };

    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} bytes",
        < 1_000_000 => (bytes / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
        < 1_000_000_000 => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " MB",
        _ => (bytes / 1e9).ToString("0.00", CultureInfo.InvariantCulture) + " GB",
    };

    /// <summary>A place on a column's axis: a number, or a time from its microseconds since 1970.</summary>
    public static string Place(ColumnProfile column, double value)
    {
        if (column.Kind != ColumnKind.Time)
            return Number(value);
        var ticks = value * TimeSpan.TicksPerMicrosecond;
        return ticks > DateTime.MinValue.Ticks - DateTime.UnixEpoch.Ticks
            && ticks < DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks
            ? DateTime.UnixEpoch.AddTicks((long)ticks).ToString(
                column.Type == "date" ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
            : Number(value);
    }

    public static string Missing(ColumnProfile column, long? rows) => column.NullCount is { } nulls && rows is > 0
        ? Share(nulls / (double)rows) : column.NullCount is null ? "?" : "";

    public static string Distinct(ColumnProfile column) => column.DistinctCount is not { } distinct ? ""
        : (column.IsDistinctExact ? "" : "~") + Count(distinct) + (column.IsUnique == true ? " unique" : "");

    /// <summary>Counts for a sparkline: of the parts of a histogram, or of the commonest values.</summary>
    public static IReadOnlyList<double> Spread(ColumnProfile column) => column.Histogram is { } histogram
        ? [.. histogram.Counts.Select(count => (double)count)] : [.. column.Top.Select(top => top.Share)];

    /// <summary>What the values are, in a line.</summary>
    public static string Values(ColumnProfile column)
    {
        string?[] parts = column.Kind switch
        {
            ColumnKind.Number =>
            [
                Range(column),
                Mean(column) is { } mean ? $"mean {mean}" : null,
                column.Quantiles.Count > 3 ? $"median {Number(column.Quantiles[3])}" : null,
            ],
            ColumnKind.Boolean => [column.Mean is { } share ? $"true {Share(share)}" : null],
            ColumnKind.Text when column.Top.Count > 0 && column.Top[0].Share >= 0.001 =>
                [string.Join(", ", column.Top.Take(3).Select(top => $"{top.Value} ({Share(top.Share)})"))],
            ColumnKind.Text or ColumnKind.Time => [Range(column), Lengths(column, "characters")],
            ColumnKind.Nested => [Lengths(column, "elements")],
            _ => [Lengths(column, "bytes")],
        };
        return string.Join(", ", parts.Where(part => !string.IsNullOrEmpty(part)));
    }

    /// <summary>With the standard deviation; null when nobody took it.</summary>
    public static string? Mean(ColumnProfile column) => column.Mean is not { } mean ? null
        : Number(mean) + (column.Std is { } std ? $" ± {Number(std)}" : "");

    public static string Severity(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Serious => "serious",
        FindingSeverity.Warning => "warning",
        _ => "note",
    };

    public static string Kind(CorrelationKind kind) => kind switch
    {
        CorrelationKind.Pearson => "Pearson",
        CorrelationKind.CramerV => "Cramér's V",
        _ => "correlation ratio",
    };

    /// <summary>What was looked at, in a sentence.</summary>
    public static string Facts(TableProfile profile)
    {
        var files = profile.FileCount == 1 ? "1 file" : $"{Count(profile.FileCount)} files";
        var rows = profile.RowCount is { } count ? $"{Count(count)} rows x {profile.Columns.Count} columns, " : "";
        var sample = profile.IsFirst || profile.IsWhole || profile.RowCount is null ? ""
            : $"; shapes, common values and correlations from {Count(profile.SampleRowCount)} rows";
        return $"{rows}{files}, {Bytes(profile.SizeBytes)}{sample}";
    }

    static string? Range(ColumnProfile column) => column.Min is null ? null
        : column.Min == column.Max ? column.Min : $"{column.Min} to {column.Max}";

    static string? Lengths(ColumnProfile column, string of) => column.Lengths is not { } lengths ? null
        : lengths.Min == lengths.Max ? $"{Count(lengths.Min)} {of}"
        : $"{Count(lengths.Min)} to {Count(lengths.Max)} {of}, mean {Number(lengths.Mean)}";
}
