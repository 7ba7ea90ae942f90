namespace Millrace.Tests.CatalogRoom;

/// <summary>A clock that moves by one microsecond whenever it is read, so that equal times mean one reading.</summary>
sealed class CountingClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 3, 15, 0, 0, 0, TimeSpan.Zero);

    long _readings;

    public override DateTimeOffset GetUtcNow() => Start.AddMicroseconds(Interlocked.Increment(ref _readings));
}
