using Millrace.Versions.Files;

namespace Millrace.Versions;

/// <summary>How a checkout is made.</summary>
public sealed record CheckoutOptions
{
    /// <summary>A branch to make at the commit and go to.</summary>
    public string? NewBranch { get; init; }

    /// <summary>Whether files that the user changed, and what is staged, are given up.</summary>
    public bool IsForced { get; init; }

    /// <summary>Told of how far it is, from any thread.</summary>
    public IProgress<ScanProgress>? Progress { get; init; }

    /// <summary>Called when files and index are there and the journal still stands; null for nothing.</summary>
    internal Action? BeforeEnd { get; init; }
}
