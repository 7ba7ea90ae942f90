namespace Millrace.Versions.Remotes;

/// <summary>What is pushed.</summary>
public sealed record PushRequest
{
    /// <summary>Branches and tags; none is the current branch.</summary>
    public IReadOnlyList<string> Refs { get; init; } = [];

    /// <summary>Whether every branch is.</summary>
    public bool AllBranches { get; init; }

    /// <summary>Whether every tag is, too.</summary>
    public bool Tags { get; init; }

    /// <summary>Whether commits that only the remote has may be left without a ref.</summary>
    public bool IsForced { get; init; }

    /// <summary>Whether the remote is asked for everything that the refs need, also for what it had at the last
    /// push.</summary>
    public bool IsChecked { get; init; }
}
