using System.Runtime.CompilerServices;
using Millrace.Objects;

namespace Millrace.Versions.Remotes;

public sealed partial class VersionSync
{
    /// <summary>What branches and tags of the remote reach, as far as it can be read there or here. What cannot is
    /// named, too; what lies behind it is not known.</summary>
    public IRootSource ReadableRoots => new CheckedRoots(this);

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

    /// <summary>Brings commits and folders that the remote has and can give.</summary>
    async Task TryTakeAsync(IReadOnlyCollection<ContentHash> hashes, CancellationToken cancellationToken)
    {
        var there = new List<ContentHash>();
        foreach (var hash in hashes)
        {
            if (await remote.ContainsAsync(hash, cancellationToken).ConfigureAwait(false))
                there.Add(hash);
        }

        try
        {
            await TakeAsync(there, cancellationToken).ConfigureAwait(false);
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Corrupt)
        {
            // What is whole was taken; the walk finds out what is not.
        }
    }

    async IAsyncEnumerable<ObjectRoot> ReadableAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var refs = await _refs.ListAsync(cancellationToken).ConfigureAwait(false);
        var names = refs.ToLookup(item => item.Commit);
        using var hold = versions.Objects.Hold();
        var walk = new ReachableWalk(versions, TryTakeAsync, skipsUnreadable: true);
        await foreach (var reached in walk.WalkAsync(
            [.. refs.Select(item => item.Commit).Distinct()], [], cancellationToken).ConfigureAwait(false))
        {
            var isNamed = reached.Commit is null && names.Contains(reached.Hash);
            yield return new ObjectRoot(reached.Hash, (reached.Commit, isNamed) switch
            {
                ({ } commit, _) => $"{(reached.Path.Length == 0 ? "the tree" : reached.Path)} in commit {commit.Short}",
                (null, true) => "commit " + reached.Hash.Short + " of "
                    + string.Join(", ", names[reached.Hash].Select(item => $"{item.Kind.ToString().ToLowerInvariant()} "
                        + item.Name)),
                _ => $"commit {reached.Hash.Short}",
            });
        }
    }

    /// <summary>The roots that a check asks for.</summary>
    internal sealed class CheckedRoots(VersionSync sync) : IRootSource
    {
        public string Room => "versions";

        public IAsyncEnumerable<ObjectRoot> RootsAsync(CancellationToken cancellationToken) =>
            sync.ReadableAsync(cancellationToken);
    }
}
