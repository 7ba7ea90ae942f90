using System.Runtime.CompilerServices;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions.Remotes;

/// <summary>Carries commits, trees, contents and refs between this store and a remote. Objects go first and refs last,
/// so that no ref ever names what is not there.</summary>
/// <remarks>Resource: the network; on the way out one read of each entry and its hash. What both sides have is never
/// looked at: trees are compared with those of the remote's refs.</remarks>
/// <param name="versions">This store.</param>
/// <param name="name">The remote's name.</param>
/// <param name="remote">The remote; not disposed.</param>
public sealed partial class VersionSync(VersionStore versions, string name, ObjectRemote remote) : IRootSource
{
    const int ListedMax = 5;

    readonly RemoteRefs _refs = new(remote.Backend);

    /// <summary>Every branch and tag of a remote, as they are now.</summary>
    public static async Task<IReadOnlyList<RemoteRef>> RefsAsync(
        ObjectRemote remote, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(remote);
        return await new RemoteRefs(remote.Backend).ListAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends objects that are no commits: contents, and trees with all below them.</summary>
    /// <param name="roots">What is sent.</param>
    /// <param name="isChecked">Whether the parts of large objects are asked for, too.</param>
    /// <param name="progress">Told after each pack.</param>
    /// <param name="cancellationToken">Ends it; the next push sends the rest.</param>
    public async Task<SyncReport> PushObjectsAsync(
        IReadOnlyList<TreeEntry> roots, bool isChecked = false, IProgress<TransferReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        await remote.EnsureKeptAsync(cancellationToken).ConfigureAwait(false);
        // What was never fetched and the remote has needs no sending.
        var here = new List<TreeEntry>();
        foreach (var root in roots)
        {
            if (versions.Objects.Contains(root.Hash)
                || !await remote.ContainsAsync(root.Hash, cancellationToken).ConfigureAwait(false))
            {
                here.Add(root);
            }
        }

        var erased = await TellErasedAsync(cancellationToken).ConfigureAwait(false);
        _erasedCount = 0;
        var walk = new ReachableWalk(versions, (_, _) => Task.CompletedTask);
        var gone = remote.Index.Gone();
        var sent = await remote.PushAsync(
            versions.Objects,
            HashesAsync(
                UnerasedAsync(ObjectsAsync(walk, here, cancellationToken), erased, cancellationToken),
                cancellationToken),
            looksAtParts: isChecked || gone.Count > 0, progress, cancellationToken).ConfigureAwait(false);
        return new SyncReport([], sent, remote.RequestCount) { ErasedCount = _erasedCount };
    }

    /// <summary>Brings objects that are no commits: contents, and trees with all below them.</summary>
    /// <param name="roots">What is brought.</param>
    /// <param name="paths">Only contents at or below these; a path begins with the name of its root. None for all.
    /// </param>
    /// <param name="progress">Told after each pack.</param>
    /// <param name="cancellationToken">Ends it; the next fetch brings the rest.</param>
    public async Task<SyncReport> FetchObjectsAsync(
        IReadOnlyList<TreeEntry> roots, IReadOnlyList<string> paths, IProgress<TransferReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(roots);
        await FetchErasuresAsync(cancellationToken).ConfigureAwait(false);
        using var guard = versions.Objects.Hold();
        var trees = default(TransferReport);
        var walk = new ReachableWalk(versions, async (hashes, cancel) =>
            trees = Sum(trees, await TakeAsync(hashes, cancel).ConfigureAwait(false)));
        var contents = await remote.FetchAsync(
            versions.Objects,
            HashesAsync(
                ObjectsAsync(walk, roots, cancellationToken).Where(item => !item.IsContent || IsWanted(item.Path)),
                cancellationToken),
            progress, cancellationToken).ConfigureAwait(false);
        return new SyncReport([], Sum(trees, contents), remote.RequestCount);

        bool IsWanted(string path) => paths.Count == 0 || paths.Any(wanted => TreeScan.IsWithin(path, wanted));
    }

    static async IAsyncEnumerable<ReachedObject> ObjectsAsync(
        ReachableWalk walk, IReadOnlyList<TreeEntry> roots,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var root in roots)
        {
            if (root.Kind != TreeEntryKind.Folder)
            {
                yield return new ReachedObject(root.Hash, root.Name, true);
                continue;
            }

            await foreach (var reached in walk.WalkTreeAsync(root.Hash, [], root.Name, cancellationToken)
                .ConfigureAwait(false))
            {
                yield return reached;
            }
        }
    }

    static async IAsyncEnumerable<ContentHash> HashesAsync(
        IAsyncEnumerable<ReachedObject> reached, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in reached.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return item.Hash;
    }

    /// <summary>Commits and nodes that are about to be read. What a sweep is about to drop is taken again,
    /// too.</summary>
    async Task<TransferReport> TakeAsync(
        IReadOnlyCollection<ContentHash> hashes, CancellationToken cancellationToken) => hashes.Count == 0
        ? default : await remote.FetchNearAsync(versions.Objects, hashes, cancellationToken).ConfigureAwait(false);

    static TransferReport Sum(TransferReport one, TransferReport other) => new(
        one.ObjectCount + other.ObjectCount, one.SentCount + other.SentCount, one.EntryCount + other.EntryCount,
        one.SizeBytes + other.SizeBytes);
}
