namespace Millrace.Tests.ObjectsRoom;

/// <summary>A clock that stands still until it is moved.</summary>
sealed class SetClock : TimeProvider
{
    DateTimeOffset _now = new(2026, 3, 15, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan time) => _now += time;
}
