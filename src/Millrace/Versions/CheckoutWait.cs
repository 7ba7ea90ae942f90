namespace Millrace.Versions;

/// <summary>How a command that changes a checkout waits for another one.</summary>
public sealed record CheckoutWait
{
    /// <summary>After so long <see cref="IsWaiting"/> is told.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    /// <summary>How long at most; then it is <c>checkout-busy</c>. Even without a wait a moment is given to one that is
    /// just ending.</summary>
    public TimeSpan Max { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told once of the other's process, or null when it is not known; null is nobody.</summary>
    public Action<int?>? IsWaiting { get; init; }
}
