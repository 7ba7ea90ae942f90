using System.Runtime.CompilerServices;

namespace Millrace.Objects;

/// <summary>Holds every object of a store that none of some remotes has, so that a sweep keeps it.</summary>
/// <param name="store">The store.</param>
/// <param name="remotes">The remotes; with none, everything is held.</param>
public sealed class OnlyHereRoots(ObjectStore store, IReadOnlyList<ObjectRemote> remotes) : IRootSource
{
    public string Room => "remotes";

    public async IAsyncEnumerable<ObjectRoot> RootsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var remote in remotes)
            await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        foreach (var hash in store.List())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!remotes.Any(remote => remote.Keeps(hash)))
                yield return new ObjectRoot(hash, "no remote has it");
        }
    }
}
