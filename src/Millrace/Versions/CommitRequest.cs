using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>What a commit shall say.</summary>
/// <param name="Message">What for.</param>
public sealed record CommitRequest(string Message)
{
    /// <summary>Whether to store what changed in files that are staged already, as <c>add</c> would.</summary>
    public bool StagesAll { get; init; }

    /// <summary>Whether a commit that changes nothing is made.</summary>
    public bool AllowsEmpty { get; init; }

    /// <summary>Whether hooks and checks are left out.</summary>
    public bool SkipsChecks { get; init; }

    /// <summary>The run that made the files, or null. The variable <c>MILLRACE_RUN</c> stands for it.</summary>
    public string? Run { get; init; }
}

/// <summary>What a check of a commit may look at, before a branch moves to it.</summary>
/// <param name="Branch">The branch, or null.</param>
/// <param name="Parent">The commit before, or null.</param>
/// <param name="Tree">The tree that would be committed.</param>
/// <param name="Message">Its message.</param>
public sealed record CommitCheckContext(string? Branch, ContentHash? Parent, ContentHash Tree, string Message);
