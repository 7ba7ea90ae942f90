using System.Runtime.CompilerServices;
using Millrace.Objects;

namespace Millrace.Versions.Remotes;

public sealed partial class VersionSync
{
    string IRootSource.Room => "versions";

    /// <summary>What branches and tags of the remote reach. Commits and folders that are not here are
    /// fetched.</summary>
    /// <exception cref="MillraceException"><c>remote-refs-missing</c>, <c>object-missing</c>.</exception>
    async IAsyncEnumerable<ObjectRoot> IRootSource.RootsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var refs = await _refs.ListAsync(cancellationToken).ConfigureAwait(false);
        if (refs.Count == 0)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "remote-refs-missing",
                $"Remote '{name}' has no branch and no tag, so what is needed there cannot be told.",
                "Nothing was dropped. Push a branch first; or delete the remote's folder or prefix when nobody needs "
                + "it.");
        }

        // What a branch reaches that moved since the last look is looked for, too.
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        using var hold = versions.Objects.Hold();
        var walk = new ReachableWalk(versions, TakeAsync);
        await foreach (var reached in walk.WalkAsync(
            [.. refs.Select(item => item.Commit).Distinct()], [], cancellationToken).ConfigureAwait(false))
        {
            yield return new ObjectRoot(reached.Hash, reached.Path);
        }
    }
}
