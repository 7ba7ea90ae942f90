using System.Runtime.CompilerServices;
using Millrace.Objects;

namespace Millrace.Versions.Remotes;

public sealed partial class VersionSync
{
    long _erasedCount;

    TombstoneLog Tombstones => new(versions.Catalog);

    /// <summary>Tells the remote what was erased here, unless it knows.</summary>
    /// <exception cref="MillraceException">Those of <see cref="ObjectRemote"/>.</exception>
    public async Task SendErasuresAsync(CancellationToken cancellationToken = default) =>
        await TellErasedAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Learns from the remote what was erased elsewhere.</summary>
    /// <exception cref="MillraceException"><c>remote-damaged</c>, and those of <see cref="ObjectRemote"/>.</exception>
    public async Task FetchErasuresAsync(CancellationToken cancellationToken = default) => await LearnErasedAsync(
        await _refs.ListErasuresAsync(cancellationToken).ConfigureAwait(false), cancellationToken)
        .ConfigureAwait(false);

    /// <returns>All that was erased here: it is not sent, also when the same bytes were stored again.</returns>
    async Task<HashSet<ContentHash>> TellErasedAsync(CancellationToken cancellationToken)
    {
        var known = await Tombstones.ListAsync(Tombstone.ObjectKind, cancellationToken).ConfigureAwait(false);
        if (known.Count == 0)
            return [];
        var there = (await _refs.ListErasuresAsync(cancellationToken).ConfigureAwait(false)).ToHashSet();
        var isFirst = true;
        foreach (var erasure in known.GroupBy(item => item.ErasureId, StringComparer.Ordinal)
            .SelectMany(group => RemoteErasure.Of(group.Key, [.. group])))
        {
            if (there.Contains((erasure.Id, erasure.Part)))
                continue;
            if (isFirst)
                await remote.EnsureFormatAsync(cancellationToken).ConfigureAwait(false);
            isFirst = false;
            await _refs.PutErasureAsync(erasure, cancellationToken).ConfigureAwait(false);
        }

        return [.. known.Select(item => ContentHash.Parse(item.Hash))];
    }

    async Task LearnErasedAsync(List<(string Id, int Part)> there, CancellationToken cancellationToken)
    {
        if (there.Count == 0)
            return;
        var known = (await Tombstones.ListAsync(Tombstone.ObjectKind, cancellationToken).ConfigureAwait(false))
            .Select(item => item.ErasureId).ToHashSet(StringComparer.Ordinal);
        foreach (var erasure in there.Where(item => !known.Contains(item.Id))
            .GroupBy(item => item.Id, StringComparer.Ordinal))
        {
            var tombstones = new List<Tombstone>();
            foreach (var (id, part) in erasure)
            {
                if (await _refs.ReadErasureAsync(id, part, cancellationToken).ConfigureAwait(false) is { } read)
                    tombstones.AddRange(read.Tombstones());
            }

            await Tombstones.AddAsync(erasure.Key, tombstones, cancellationToken).ConfigureAwait(false);
        }
    }

    static bool IsErased(ReachedObject item, HashSet<ContentHash> erased) =>
        item.IsContent && erased.Contains(item.Hash);

    /// <summary>What is reached without what was erased.</summary>
    async IAsyncEnumerable<ReachedObject> UnerasedAsync(
        IAsyncEnumerable<ReachedObject> reached, HashSet<ContentHash> erased,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in reached.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (IsErased(item, erased))
                _erasedCount++;
            else
                yield return item;
        }
    }
}
