using Millrace.Objects;

namespace Millrace.Versions.Remotes;

public sealed partial class VersionSync
{
    /// <summary>Takes branches and tags off the remote. What they reached stays there until a sweep of the
    /// remote.</summary>
    /// <param name="names">Branches and tags; of a branch and a tag of one name, the branch.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What they were.</returns>
    /// <exception cref="MillraceException"><c>ref-unknown</c>: then none was deleted; <c>ref-moved</c>, and those of
    /// <see cref="ObjectRemote"/>.</exception>
    public async Task<IReadOnlyList<RemoteRef>> DeleteAsync(
        IReadOnlyList<string> names, CancellationToken cancellationToken = default)
    {
        if (names.Count == 0)
            return [];
        var all = await _refs.ListAsync(cancellationToken).ConfigureAwait(false);
        var chosen = Choose(all, names).Distinct().ToList();
        foreach (var item in chosen)
            await _refs.DeleteAsync(item, cancellationToken).ConfigureAwait(false);
        var author = versions.AuthorName;
        await versions.Catalog.WriteAsync(
            session =>
            {
                foreach (var item in chosen.Where(item => item.Kind == RemoteRefKind.Branch))
                    RefStore.SetRemoteBranch(session, name, item.Name, null, "push --delete", author);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        return chosen;
    }
}
