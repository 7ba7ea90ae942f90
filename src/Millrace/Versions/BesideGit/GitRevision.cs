namespace Millrace.Versions.BesideGit;

/// <summary>A commit of git, by some name.</summary>
/// <param name="Name">A branch, a tag, or what was asked for.</param>
/// <param name="Id">The hash of the commit, or of a tag that leads to it.</param>
/// <param name="Time">When the commit or tag was made.</param>
public sealed record GitRevision(string Name, string Id, DateTimeOffset Time);
