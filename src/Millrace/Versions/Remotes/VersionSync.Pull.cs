using Millrace.Versions.Files;

namespace Millrace.Versions.Remotes;

public sealed partial class VersionSync
{
    /// <summary>Brings a branch and merges it into the current one, with the files.</summary>
    /// <param name="branch">The remote's branch; null for the one that is named like the current one.</param>
    /// <param name="request">How it is fetched; its refs are not looked at.</param>
    /// <param name="progress">Told while it is fetched.</param>
    /// <param name="files">Told while files are written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MillraceException"><c>ref-unknown</c>, and those of <see cref="FetchAsync"/> and
    /// <see cref="VersionStore.MergeAsync(string, string?,
    /// IProgress{ScanProgress}?, CancellationToken)"/>.</exception>
    public async Task<(SyncReport Fetched, MergeReport Merged)> PullAsync(
        string? branch, FetchRequest request, IProgress<Objects.TransferReport>? progress = null,
        IProgress<ScanProgress>? files = null, CancellationToken cancellationToken = default)
    {
        var (current, _) = await versions.HeadAsync(cancellationToken).ConfigureAwait(false);
        var wanted = branch ?? current ?? throw new MillraceException(
            ErrorKind.Invalid, "ref-missing", "The checkout is on no branch.",
            $"Name the branch to pull: 'millrace pull {name} BRANCH'.");
        var fetched = await FetchAsync(request with { Refs = [wanted] }, progress, cancellationToken)
            .ConfigureAwait(false);
        // By what was fetched and not by its name, which a tag of another remote may have too.
        var got = fetched.Refs.FirstOrDefault(item => item.Kind == RemoteRefKind.Branch && item.Name == wanted)
            ?? throw new MillraceException(
                ErrorKind.NotFound, "ref-unknown", $"There is no branch '{wanted}' on remote '{name}'.",
                "A pull takes a branch; bring a tag with 'millrace fetch', then merge it.");
        var merged = await versions.MergeAsync($"{name}/{wanted}", got.After, null, files, cancellationToken)
            .ConfigureAwait(false);
        return (fetched, merged);
    }

    /// <summary>What a new, empty store begins with: every ref with what it reaches, and one branch checked out.
    /// </summary>
    /// <param name="branch">The branch; null for <c>main</c>, or the first there is.</param>
    /// <param name="paths">Only contents and files at or below these; none for all.</param>
    /// <param name="writesFiles">Whether files are written; without, contents come when they are needed.</param>
    /// <param name="progress">Told while it is fetched.</param>
    /// <param name="files">Told while files are written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<(SyncReport Fetched, CheckoutReport? CheckedOut)> CloneAsync(
        string? branch, IReadOnlyList<string> paths, bool writesFiles,
        IProgress<Objects.TransferReport>? progress = null, IProgress<ScanProgress>? files = null,
        CancellationToken cancellationToken = default)
    {
        if (paths.Count > 0 || !writesFiles)
            versions.MakeSparse(paths);
        // One that is cut off then goes on with 'pull'.
        if (branch is not null)
            versions.GoToUnborn(branch, cancellationToken);
        var fetched = await FetchAsync(
            new FetchRequest { Paths = paths, WithContents = writesFiles }, progress, cancellationToken)
            .ConfigureAwait(false);
        var branches = fetched.Refs.Where(item => item.Kind == RemoteRefKind.Branch).ToList();
        var chosen = branch is null
            ? branches.Find(item => item.Name == CheckoutState.DefaultBranch) ?? branches.FirstOrDefault()
            : branches.Find(item => item.Name == branch) ?? throw new MillraceException(
                ErrorKind.NotFound, "ref-unknown", $"There is no branch '{branch}' on remote '{name}'.",
                "All else is here; go to another branch with 'millrace checkout'.");
        if (chosen is null)
            return (fetched, null);
        var at = await versions.BeginAsync(chosen.Name, chosen.After, files, cancellationToken)
            .ConfigureAwait(false);
        return (fetched, at);
    }
}
