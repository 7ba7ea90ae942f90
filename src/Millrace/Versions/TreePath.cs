namespace Millrace.Versions;

/// <summary>An entry with where it is.</summary>
/// <param name="Path">From the tree's root, parted by slashes.</param>
/// <param name="Entry">The entry.</param>
public readonly record struct TreePath(string Path, TreeEntry Entry);
