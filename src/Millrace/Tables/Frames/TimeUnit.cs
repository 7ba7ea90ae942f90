namespace Millrace.Tables.Frames;

/// <summary>A unit that times are cut to and counted in.</summary>
public enum TimeUnit
{
    Year = 0,
    Quarter = 1,
    Month = 2,

    /// <summary>From Monday on.</summary>
    Week = 3,
    Day = 4,
    Hour = 5,
    Minute = 6,
    Second = 7,
    Millisecond = 8,
    Microsecond = 9,
}
