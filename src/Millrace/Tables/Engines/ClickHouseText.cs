using System.Globalization;
using System.Numerics;
using System.Text;

namespace Millrace.Tables.Engines;

/// <summary>Names and values as ClickHouse writes them: there a backslash escapes, in names too.</summary>
static class ClickHouseText
{
    const int FirstYear = 1900;
    const int LastYear = 2299;

    /// <summary>A name in double quotes.</summary>
    public static string Name(string name) => Quote(name, '"');

    /// <summary>A text in single quotes.</summary>
    public static string Text(string text) => Quote(text, '\'');

    /// <summary>A value of .NET.</summary>
    /// <exception cref="ArgumentException">A value of no known kind.</exception>
    /// <exception cref="MillraceException"><c>engine-feature</c>: a time that ClickHouse can't say.</exception>
    public static string Value(object? value) => value switch
    {
        null => "NULL",
        bool flag => flag ? "true" : "false",
        string text => Text(text),
        sbyte or byte or short or ushort or int or uint or long or ulong =>
            Signed(Convert.ToString(value, CultureInfo.InvariantCulture)!),
        BigInteger number => $"toInt128({Text(number.ToString(CultureInfo.InvariantCulture))})",
        double number => Double(number),
        float number => $"toFloat32({Double(number)})",
        decimal number => $"toDecimal128({Text(number.ToString(CultureInfo.InvariantCulture))}, {number.Scale})",
        DateOnly date when date.Year is >= FirstYear and <= LastYear => $"toDate32('{date:yyyy-MM-dd}')",
        DateTime { Year: >= FirstYear and <= LastYear } time =>
            Time(time.Kind == DateTimeKind.Unspecified ? time : time.ToUniversalTime()),
        DateTimeOffset { Year: >= FirstYear and <= LastYear } time => Time(time.UtcDateTime),
        DateOnly or DateTime or DateTimeOffset => throw EngineFault.Feature(
            string.Create(CultureInfo.InvariantCulture, $"the time {value} (before {FirstYear} or after {LastYear})")),
        TimeSpan span => Signed((span.Ticks / TimeSpan.TicksPerMicrosecond).ToString(CultureInfo.InvariantCulture)),
        Guid guid => $"toUUID('{guid:D}')",
        byte[] bytes => $"unhex('{Convert.ToHexString(bytes)}')",
        _ => throw new ArgumentException($"A value of the type {value.GetType().Name} can't be written in SQL."),
    };

    static string Time(DateTime time) => $"toDateTime64('{time:yyyy-MM-dd HH:mm:ss.ffffff}', 6, 'UTC')";

    static string Signed(string number) => number[0] == '-' ? $"({number})" : number;

    static string Double(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "(-inf)";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return Signed(text.AsSpan().IndexOfAny('E', '.') >= 0 ? text : text + ".0");
    }

    static string Quote(string text, char quote)
    {
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var c in text)
        {
            if (c is '\0')
                quoted.Append("\\0");
            else if (c == '\\' || c == quote)
                quoted.Append('\\').Append(c);
            else
                quoted.Append(c);
        }

        return quoted.Append(quote).ToString();
    }
}
