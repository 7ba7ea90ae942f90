using Millrace.Versions;
using Millrace.Versions.BesideGit;
using Millrace.Versions.Remotes;

namespace Millrace.App.Versions;

/// <summary>What is pushed and fetched in a work tree of git: not commits, which are git's, but what the pointers
/// name.</summary>
static class GitPointers
{
    /// <summary>Paths as a person names them; a pointer's own file stands for its data.</summary>
    public static List<string> Paths(VersionStore versions, IEnumerable<string> words) =>
        [.. Words.Paths(versions, words).Select(path => path.EndsWith(Pointer.Suffix, StringComparison.Ordinal)
            ? path[..^Pointer.Suffix.Length] : path)];

    /// <summary>Brings what the pointers of the work tree name from the default remote.</summary>
    public static async Task FetchAsync(
        Workspace workspace, GitWorkTree git, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var (name, _) = workspace.Settings.Remotes.Find(null);
        Console.Error.WriteLine($"Fetching what the pointers name from remote '{name}'.");
        var roots = await RootsAsync(git, paths, all: false, cancellationToken).ConfigureAwait(false);
        using var remote = workspace.OpenRemote(name);
        var display = new TransferDisplay("got");
        display.End(
            await new VersionSync(workspace.Versions, name, remote).FetchObjectsAsync(
                roots, paths, display, cancellationToken).ConfigureAwait(false),
            name, isJson: false);
    }

    /// <summary>What the pointers of the work tree name, or those of every branch and tag; each is named by its whole
    /// path.</summary>
    /// <param name="git">The work tree.</param>
    /// <param name="paths">Only pointers at, above or below these; none for all.</param>
    /// <param name="all">Whether those of every branch and tag, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>path-unknown</c>; a pointer is damaged, or git fails.</exception>
    public static async Task<IReadOnlyList<TreeEntry>> RootsAsync(
        GitWorkTree git, IReadOnlyList<string> paths, bool all, CancellationToken cancellationToken)
    {
        var pointers = git.Pointers(cancellationToken);
        if (all)
            pointers = [.. pointers, .. await git.AllPointersAsync(cancellationToken).ConfigureAwait(false)];
        return [.. GitWorkTree.Select(pointers, paths)
            .Select(found => (found.Pointer?.Entry ?? throw found.Damage!) with { Name = found.Path })
            // One that is not named by a path is the same wherever it lies.
            .DistinctBy(entry => (entry.Hash, entry.Kind, paths.Count == 0 ? "" : entry.Name))];
    }
}
