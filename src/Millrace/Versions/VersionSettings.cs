using Millrace.Versions.Files;

namespace Millrace.Versions;

/// <summary>What <c>millrace.yaml</c> says under <c>versions:</c> and <c>hooks:</c>.</summary>
public sealed record VersionSettings
{
    // One list for all, so that equal settings are equal.
    static readonly string[] None = [];

    /// <summary>Who commits: <c>Name &lt;address&gt;</c>; null to ask the environment and git.</summary>
    public string? Author { get; init; }

    /// <summary>How a checkout writes files.</summary>
    public CheckoutMode Checkout { get; init; }

    /// <summary>Commands of the shell that may refuse a commit.</summary>
    public IReadOnlyList<string> PreCommit { get; init; } = None;
}
