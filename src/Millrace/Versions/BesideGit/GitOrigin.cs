namespace Millrace.Versions.BesideGit;

/// <summary>The commit of git that last changed what a pointer says of a path.</summary>
/// <param name="Path">The path.</param>
/// <param name="Entry">What is there.</param>
/// <param name="Commit">The hash of the commit.</param>
/// <param name="Author">Who made it.</param>
/// <param name="Time">When.</param>
/// <param name="Subject">The first line of its message.</param>
public sealed record GitOrigin(
    string Path, TreeEntry Entry, string Commit, string Author, DateTimeOffset Time, string Subject);
