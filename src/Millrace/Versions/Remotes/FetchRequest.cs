namespace Millrace.Versions.Remotes;

/// <summary>What is fetched.</summary>
public sealed record FetchRequest
{
    /// <summary>Branches and tags; none is all of them.</summary>
    public IReadOnlyList<string> Refs { get; init; } = [];

    /// <summary>Whether contents of files come, and not commits and folders only.</summary>
    public bool WithContents { get; init; } = true;

    /// <summary>Only contents at or below these paths come; none is all.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];
}
