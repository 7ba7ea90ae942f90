namespace Millrace.Tests.AppServing;

/// <summary>A clock that stands where it was set.</summary>
sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
