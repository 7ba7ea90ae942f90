namespace Millrace.Catalog;

/// <summary>Times as the catalog keeps them: microseconds since 1970-01-01 UTC.</summary>
public static class CatalogTime
{
    const long TicksPerMicrosecond = 10;

    public static long ToMicroseconds(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TicksPerMicrosecond);
}
