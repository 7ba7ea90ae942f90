using System.Runtime.CompilerServices;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions.Remotes;

public sealed partial class VersionSync
{
    /// <summary>Brings branches and tags with all that they reach. Branches are noted as <c>REMOTE/BRANCH</c>, tags
    /// that are not here yet are put; the checkout and the branches of this store stay as they are.</summary>
    /// <param name="request">Which ones.</param>
    /// <param name="progress">Told from time to time.</param>
    /// <param name="cancellationToken">Ends it; the next fetch brings the rest.</param>
    /// <exception cref="MillraceException"><c>ref-unknown</c>, <c>object-missing</c>, and those of
    /// <see cref="ObjectRemote"/>.</exception>
    public async Task<SyncReport> FetchAsync(
        FetchRequest request, IProgress<TransferReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var listing = await _refs.ListAllAsync(cancellationToken).ConfigureAwait(false);
        var theirs = Choose(listing.Refs, request.Refs);
        await LearnErasedAsync(listing.Erasures, cancellationToken).ConfigureAwait(false);
        var before = await BeforeAsync(cancellationToken).ConfigureAwait(false);
        var synced = theirs.ConvertAll(item => new SyncedRef(
            item.Kind, item.Name, before.TryGetValue((item.Kind, item.Name), out var old) ? old : null, item.Commit));
        var isPartial = versions.IsPartial;
        if (!request.WithContents || request.Paths.Count > 0)
            versions.IsPartial = true;
        if (!isPartial)
            synced = synced.FindAll(item => item.Kind == RemoteRefKind.Branch || item.Before is null);
        var got = default(TransferReport);
        if (synced.Count > 0 && (isPartial || synced.Exists(item => item.Before != item.After)))
        {
            using var guard = versions.Objects.Hold();
            got = await TakeAllAsync(synced, request, isPartial, progress, cancellationToken).ConfigureAwait(false);
            // Before the guard goes: a sweep then sees the refs.
            await PutTagsAsync(theirs, cancellationToken).ConfigureAwait(false);
            await NoteAsync(synced, "fetch", cancellationToken).ConfigureAwait(false);
        }

        if (!isPartial && request is { WithContents: true, Paths.Count: 0 })
        {
            got = Sum(got, await CompleteAsync(
                [.. synced.Select(item => item.After).Distinct()], progress, cancellationToken).ConfigureAwait(false));
        }

        return new SyncReport(synced, got, remote.RequestCount);
    }

    /// <summary>Takes again what this store lost of the trees of some commits, which it should have whole. What the
    /// remote lacks as well is left for <c>fsck</c> to name.</summary>
    /// <remarks>Nothing is asked of the remote when nothing is missing: then it is one look into the index of packs for
    /// each file.</remarks>
    async Task<TransferReport> CompleteAsync(
        List<ContentHash> tips, IProgress<TransferReport>? progress, CancellationToken cancellationToken)
    {
        var got = default(TransferReport);
        var lost = new HashSet<ContentHash>();
        var walk = new ReachableWalk(versions, async (nodes, cancel) =>
        {
            List<ContentHash> gone = [.. nodes.Where(IsLost)];
            if (gone.Count > 0)
                got = Sum(got, await TakeAsync(gone, cancel).ConfigureAwait(false));
        });
        foreach (var tip in tips.Where(IsCommitHere))
        {
            try
            {
                await foreach (var reached in walk.WalkTreeAsync(
                    versions.History.Read(tip).Tree, [], "", cancellationToken).ConfigureAwait(false))
                {
                    if (reached.IsContent && IsLost(reached.Hash))
                        lost.Add(reached.Hash);
                }
            }
            catch (MillraceException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.Corrupt)
            {
                // A list of files that nobody has.
            }
        }

        if (lost.Count == 0)
            return got;
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var there = new List<ContentHash>();
        foreach (var hash in lost)
        {
            if (await remote.ContainsAsync(hash, cancellationToken).ConfigureAwait(false))
                there.Add(hash);
        }

        return Sum(got, await remote.FetchAsync(versions.Objects, there, progress, cancellationToken)
            .ConfigureAwait(false));
    }

    bool IsLost(ContentHash hash) =>
        !versions.Objects.Contains(hash) && versions.Objects.IsErased?.Invoke(hash) != true;

    async Task<TransferReport> TakeAllAsync(
        List<SyncedRef> synced, FetchRequest request, bool isPartial, IProgress<TransferReport>? progress,
        CancellationToken cancellationToken)
    {
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        var tips = synced.Select(item => item.After).Distinct().ToList();
        // Of a store that has not all contents, what is known says nothing of them.
        var known = isPartial || request.Paths.Count > 0 ? []
            : (await versions.Refs.TipsAsync(cancellationToken).ConfigureAwait(false))
                .Where(tip => !tip.Name.StartsWith("reflog", StringComparison.Ordinal))
                .Select(tip => tip.Commit).Distinct().Where(IsCommitHere).ToList();
        var above = default(TransferReport);
        var walk = new ReachableWalk(versions, async (hashes, cancel) =>
        {
            above = Sum(above, await TakeAsync(hashes, cancel).ConfigureAwait(false));
            progress?.Report(above);
        });
        var wanted = WantedAsync(
            walk.WalkAsync(tips, known, cancellationToken), request, cancellationToken);
        var contents = await remote.FetchAsync(versions.Objects, wanted, progress, cancellationToken)
            .ConfigureAwait(false);
        return Sum(above, contents);
    }

    static async IAsyncEnumerable<ContentHash> WantedAsync(
        IAsyncEnumerable<ReachedObject> reached, FetchRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in reached.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (item.IsContent && request.WithContents
                && (request.Paths.Count == 0 || request.Paths.Any(path => TreeScan.IsWithin(item.Path, path))))
            {
                yield return item.Hash;
            }
        }
    }

    List<RemoteRef> Choose(List<RemoteRef> all, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return all;
        var chosen = new List<RemoteRef>();
        foreach (var wanted in names)
        {
            chosen.Add(
                all.Find(item => item.Kind == RemoteRefKind.Branch && item.Name == wanted)
                ?? all.Find(item => item.Name == wanted)
                ?? throw new MillraceException(
                    ErrorKind.NotFound, "ref-unknown", $"There is no branch or tag '{wanted}' on remote '{name}'.",
                    all.Count == 0 ? "Nothing was pushed there yet." : "There are "
                        + string.Join(", ", all.Take(ListedMax).Select(item => item.Name))
                        + (all.Count > ListedMax ? $" and {all.Count - ListedMax} more." : ".")));
        }

        return chosen;
    }

    /// <summary>What is known of the remote's branches, and the own tags.</summary>
    async Task<Dictionary<(RemoteRefKind, string), ContentHash>> BeforeAsync(CancellationToken cancellationToken)
    {
        var prefix = name + "/";
        var before = new Dictionary<(RemoteRefKind, string), ContentHash>();
        foreach (var branch in await versions.Refs.RemoteBranchesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (branch.Name.StartsWith(prefix, StringComparison.Ordinal) && versions.Objects.Contains(branch.Commit))
                before[(RemoteRefKind.Branch, branch.Name[prefix.Length..])] = branch.Commit;
        }

        foreach (var tag in await versions.Refs.TagsAsync(cancellationToken).ConfigureAwait(false))
            before[(RemoteRefKind.Tag, tag.Name)] = tag.Commit;
        return before;
    }

    /// <summary>Tags of the remote that are not here; one that is here stays where it is.</summary>
    Task PutTagsAsync(List<RemoteRef> theirs, CancellationToken cancellationToken)
    {
        var author = versions.AuthorName;
        return versions.Catalog.WriteAsync(
            session =>
            {
                foreach (var item in theirs)
                {
                    if (item.Kind == RemoteRefKind.Tag && RefStore.Tag(session, item.Name) is null)
                        RefStore.AddTag(session, item.Name, item.Commit, item.Message, item.Author ?? author);
                }

                return 0;
            },
            cancellationToken);
    }
}
