namespace Millrace.Tables.Frames;

/// <summary>How <see cref="Frame.JoinAsOf"/> finds the nearest row.</summary>
public sealed record AsOfOptions
{
    /// <summary>Whether the nearest row after is taken instead of the nearest before.</summary>
    public bool IsForward { get; init; }

    /// <summary>Whether a row of the very same time is near.</summary>
    public bool AllowsExact { get; init; } = true;

    /// <summary>Whether rows without a near one come too, with nulls.</summary>
    public bool KeepsAll { get; init; } = true;

    /// <summary>How far away the nearest may be, such as a <see cref="TimeSpan"/>; null for any distance.</summary>
    public Expr? Tolerance { get; init; }

    /// <summary>Behind the names of the right that the left has too.</summary>
    public string Suffix { get; init; } = "_right";
}
