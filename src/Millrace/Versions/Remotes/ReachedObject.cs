using Millrace.Objects;

namespace Millrace.Versions.Remotes;

/// <summary>An object that a walk from a commit came to.</summary>
/// <param name="Hash">The object.</param>
/// <param name="Path">The file, or the folder of a tree's node; empty for commits and roots.</param>
/// <param name="IsContent">Whether it is a file's content, and not a commit or a node of a tree.</param>
readonly record struct ReachedObject(ContentHash Hash, string Path, bool IsContent)
{
    /// <summary>The commit whose tree has it; null for commits, and where the walk began at no commit.</summary>
    public ContentHash? Commit { get; init; }
}
