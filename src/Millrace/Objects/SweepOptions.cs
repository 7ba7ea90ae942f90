namespace Millrace.Objects;

/// <summary>How a store is swept.</summary>
public sealed record SweepOptions
{
    /// <summary>How long nobody must need an object, counted from the sweep that first found it so, before it is
    /// dropped.</summary>
    public static readonly TimeSpan GraceDefault = TimeSpan.FromHours(24);

    /// <summary>Longer than any wait between storing an object and writing the reference to it. Zero drops at once,
    /// which is safe only when nobody stores an object now and refers to it later outside of its batch.</summary>
    public TimeSpan Grace { get; init; } = GraceDefault;

    /// <summary>Only tells what would be dropped.</summary>
    public bool IsDryRun { get; init; }
}
