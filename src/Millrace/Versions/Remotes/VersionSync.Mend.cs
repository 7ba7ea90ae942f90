using System.Runtime.CompilerServices;
using Millrace.Objects;

namespace Millrace.Versions.Remotes;

public sealed partial class VersionSync
{
    /// <summary>Sends what the remote has lost of what its refs need: a push relies on what the refs there name, and
    /// somebody may have deleted packs there. It is looked for where that shows: packs are gone that were there, or a
    /// commit is not there.</summary>
    /// <remarks>Resource: every commit and folder that the refs reach is read here once. What is not here either is
    /// counted.</remarks>
    async Task<Mended> MendAsync(
        IReadOnlyCollection<ContentHash> tips, HashSet<ContentHash> erased, bool isChecked,
        IProgress<TransferReport>? progress, CancellationToken cancellationToken)
    {
        await remote.RefreshAsync(cancellationToken).ConfigureAwait(false);
        await remote.DropLeftoversAsync(cancellationToken).ConfigureAwait(false);
        var gone = remote.Index.Gone();
        if (!isChecked && gone.Count == 0 && tips.All(remote.Keeps))
            return new Mended(default, 0, []);
        var walk = new ReachableWalk(versions, (_, _) => Task.CompletedTask, skipsUnreadable: true);
        var lacking = new Dictionary<ContentHash, string>();
        var lackingCount = 0L;
        var sent = await SendOnceAsync(
            HereAsync(walk.WalkAsync(tips, [], cancellationToken), cancellationToken), looksAtParts: true, progress,
            cancellationToken).ConfigureAwait(false);
        // What they had is there again, or was never needed, or is nowhere to be had.
        remote.Index.ForgetGone(gone);
        return new Mended(sent, lackingCount, [.. lacking.Values]);

        async IAsyncEnumerable<ReachedObject> HereAsync(
            IAsyncEnumerable<ReachedObject> reached, [EnumeratorCancellation] CancellationToken cancel)
        {
            await foreach (var item in reached.WithCancellation(cancel).ConfigureAwait(false))
            {
                // Also when the same bytes were stored again.
                if (IsErased(item, erased))
                    continue;
                if (remote.Keeps(item.Hash) || versions.Objects.IsReadable(item.Hash))
                {
                    yield return item;
                    continue;
                }

                if (versions.Objects.IsErased?.Invoke(item.Hash) == true || lacking.ContainsKey(item.Hash))
                    continue;
                lackingCount++;
                if (lacking.Count < ListedMax)
                    lacking.Add(item.Hash, item.Path.Length > 0 ? item.Path : item.Hash.ToString());
            }
        }
    }

    /// <summary>What became of it.</summary>
    readonly record struct Mended(TransferReport Objects, long LackingCount, IReadOnlyList<string> Lacking);
}
