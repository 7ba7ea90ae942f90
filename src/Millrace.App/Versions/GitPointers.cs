using Millrace.Versions;

namespace Millrace.App.Versions;

/// <summary>What is pushed and fetched in a work tree of git: not commits, which are git's, but what the pointers
/// name.</summary>
static class GitPointers
{
    /// <summary>Finds what the pointers of the work tree name, or with true those of every branch; null when pointers
    /// are not known.</summary>
    public static Func<Workspace, bool, CancellationToken, Task<IReadOnlyList<TreeEntry>>>? Roots { get; set; }

    /// <summary>Makes the files what the pointers say; null when pointers are not known.</summary>
    public static Func<Workspace, CancellationToken, Task>? Checkout { get; set; }

    /// <summary>Whether the workspace is in a work tree of git.</summary>
    public static bool IsInGit(Workspace workspace)
    {
        for (var folder = new DirectoryInfo(workspace.Folder); folder is not null; folder = folder.Parent)
        {
            if (Path.Exists(Path.Combine(folder.FullName, ".git")))
                return true;
        }

        return false;
    }

    /// <exception cref="MillraceException"><c>git-owns-this</c>.</exception>
    public static async Task<IReadOnlyList<TreeEntry>> RootsAsync(
        Workspace workspace, bool all, string gitCommand, CancellationToken cancellationToken)
    {
        if (Roots is null)
            GitTree.Refuse(workspace.Folder, gitCommand);
        return await Roots!(workspace, all, cancellationToken).ConfigureAwait(false);
    }
}
