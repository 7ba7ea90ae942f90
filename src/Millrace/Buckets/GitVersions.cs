using Millrace.Versions.BesideGit;

namespace Millrace.Buckets;

/// <summary>What git's branches, tags and commits show: the files that their pointers stand for.</summary>
static class GitVersions
{
    /// <summary>Every branch and tag.</summary>
    public static async Task<IReadOnlyList<VersionRef>> ListAsync(
        GitWorkTree git, CancellationToken cancellationToken) =>
        // A branch and a tag of one name: the branch is meant, as everywhere; git lists it first.
        [.. (await git.RefsAsync(cancellationToken).ConfigureAwait(false)).DistinctBy(found => found.Name)
            .Select(found => Of(git, found))];

    /// <summary>What else names a commit; null when nothing does.</summary>
    public static async Task<VersionRef?> FindAsync(
        GitWorkTree git, string revision, CancellationToken cancellationToken) =>
        await git.TryResolveAsync(revision, cancellationToken).ConfigureAwait(false) is { } found
            ? Of(git, found) : null;

    static VersionRef Of(GitWorkTree git, GitRevision found) => new(
        found.Name, found.Time, cancel => git.RootsAsync(found.Id, cancel))
    {
        MayLack = true,
    };
}
