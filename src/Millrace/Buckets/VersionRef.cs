using Millrace.Objects;
using Millrace.Versions;

namespace Millrace.Buckets;

/// <summary>A name under which files are shown.</summary>
/// <param name="Name">A branch or a tag; it may have slashes.</param>
/// <param name="Time">When it came to be.</param>
/// <param name="RootsAsync">Gives the files and folders that are shown, none within another, in the order of their keys
/// (a folder's end with a slash); asked only when they are looked at. One with an empty path is all there is.</param>
public sealed record VersionRef(
    string Name, DateTimeOffset Time, Func<CancellationToken, ValueTask<IReadOnlyList<TreePath>>> RootsAsync)
{
    /// <summary>Whether folders may not be here, as in a clone that never fetched them; they are then not
    /// listed.</summary>
    public bool MayLack { get; init; }

    /// <summary>The name of one tree.</summary>
    public static VersionRef Of(string name, ContentHash tree, DateTimeOffset time)
    {
        IReadOnlyList<TreePath> roots = [new TreePath("", new TreeEntry("", TreeEntryKind.Folder, tree, 0, 0))];
        return new VersionRef(name, time, _ => ValueTask.FromResult(roots));
    }
}
