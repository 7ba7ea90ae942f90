using Millrace.Versions;
using Millrace.Versions.BesideGit;

namespace Millrace.App.Versions;

/// <summary>What is pushed and fetched in a work tree of git: not commits, which are git's, but what the pointers
/// name.</summary>
static class GitPointers
{
    /// <summary>What the pointers of the work tree name, or those of every branch and tag.</summary>
    /// <exception cref="MillraceException">A pointer is damaged, or git fails.</exception>
    public static async Task<IReadOnlyList<TreeEntry>> RootsAsync(
        GitWorkTree git, bool all, CancellationToken cancellationToken)
    {
        var pointers = git.Pointers(cancellationToken);
        if (all)
            pointers = [.. pointers, .. await git.AllPointersAsync(cancellationToken).ConfigureAwait(false)];
        return [.. pointers.Select(found => found.Pointer?.Entry ?? throw found.Damage!)
            .DistinctBy(entry => (entry.Hash, entry.Kind))];
    }
}
