using System.Globalization;

namespace Millrace.App.Demo.Site;

/// <summary>Times of the simulation: whole milliseconds since 1970 in UTC.</summary>
static class SiteTime
{
    public const long MsPerHour = 3_600_000;
    public const long MsPerDay = 24 * MsPerHour;

    /// <summary>The first millisecond of a day.</summary>
    public static long StartOf(DateOnly day) =>
        new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>The hour of the day, 0 to below 24, with its fraction.</summary>
    public static double HourOf(long unixMs) => unixMs % MsPerDay / (double)MsPerHour;

    public static DateTime ToUtc(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime;

    /// <summary>ISO-8601 with milliseconds, such as <c>2026-03-01T12:34:56.000Z</c>.</summary>
    public static string ToText(long unixMs) =>
        ToUtc(unixMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
