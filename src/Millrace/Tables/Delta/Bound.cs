using System.Globalization;
using System.Text;

namespace Millrace.Tables.Delta;

/// <summary>Values of columns in one order, whether they come from a predicate, a partition or statistics.</summary>
static class Bound
{
    // Of SQL in the session's time zone, of the log, and of times as DuckDB prints them.
    const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>A value as it is compared: a <see cref="decimal"/>, <see cref="double"/>, text, boolean, or
    /// microseconds since 1970 as a <see cref="Moment"/>; null when it can't be.</summary>
    public static object? Of(DeltaType type, object value) => (type, value) switch
    {
        (PrimitiveType { Name: "string" }, string text) => text,
        (PrimitiveType { Name: "boolean" }, bool flag) => flag,
        (PrimitiveType { Name: "boolean" }, string text) => bool.TryParse(text, out var flag) ? flag : null,
        (PrimitiveType { Name: "date" or "timestamp" or "timestamp_ntz" }, _) => OfTime(value),
        (PrimitiveType { Name: "float" or "double" }, _) => OfFloat(value),
        (PrimitiveType { Name: "long" or "integer" or "short" or "byte" } or DecimalType, _) => OfNumber(value),
        _ => null,
    };

    /// <summary>The order of two values; null when they have none.</summary>
    public static int? Compare(object left, object right) => (left, right) switch
    {
        (decimal a, decimal b) => a.CompareTo(b),
        // SQL makes both a double, and that keeps their order.
        (decimal a, double b) => ((double)a).CompareTo(b),
        (double a, decimal b) => a.CompareTo((double)b),
        (double a, double b) => a.CompareTo(b),
        (Moment a, Moment b) => a.Microseconds.CompareTo(b.Microseconds),
        (bool a, bool b) => a.CompareTo(b),
        (string a, string b) => CompareTexts(a, b),
        _ => null,
    };

    // By their bytes, as Delta's writers and DuckDB do.
    static int CompareTexts(string left, string right) =>
        Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    static object? OfTime(object value) => value switch
    {
        DateOnly date => FromTime(date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc)),
        DateTime time => FromTime(time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time),
        DateTimeOffset time => FromTime(time.UtcDateTime),
        string text => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time)
            ? FromTime(time.UtcDateTime) : null,
        _ => null,
    };

    static Moment FromTime(DateTime time) =>
        new((time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);

    static object? OfFloat(object value) => value switch
    {
        double number => double.IsNaN(number) ? null : number,
        float number => float.IsNaN(number) ? null : (double)number,
        string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && !double.IsNaN(number) ? number : null,
        _ => OfNumber(value),
    };

    static object? OfNumber(object value) => value switch
    {
        sbyte or short or int or long or byte or ushort or uint or ulong or decimal =>
            Convert.ToDecimal(value, CultureInfo.InvariantCulture),
        double number => double.IsNaN(number) ? null : number,
        float number => float.IsNaN(number) ? null : (double)number,
        // More digits than a decimal has would be rounded.
        string text => text.Length <= 28
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : null,
        _ => null,
    };

    /// <summary>A moment, or the beginning of a day.</summary>
    /// <param name="Microseconds">Since 1970.</param>
    public sealed record Moment(long Microseconds);
}
