using Millrace.Objects.Packs;
using Millrace.Objects.Remotes;

namespace Millrace.Objects;

partial class ObjectRemote
{
    /// <summary>Bytes around a wanted object that are looked at.</summary>
    const long NearWindow = 1 << 20;

    /// <summary>Larger neighbours are left.</summary>
    const int NearSizeMax = 64 << 10;

    /// <summary>Takes what a store lacks of some small objects, and with them the small objects that lie beside them:
    /// commits and folders were sent together, and are asked for one after the other. Nothing is refreshed.</summary>
    /// <exception cref="MillraceException">As for <c>FetchAsync</c>.</exception>
    internal async Task<TransferReport> FetchNearAsync(
        ObjectStore store, IReadOnlyCollection<ContentHash> wanted, CancellationToken cancellationToken)
    {
        await EnsureLoadedAsync(cancellationToken).ConfigureAwait(false);
        using var hold = store.Hold();
        var windows = new HashSet<(RemotePack Pack, long Window)>();
        var taken = new HashSet<ContentHash>();
        var locations = new List<RemoteLocation>();
        var large = new List<ContentHash>();
        var missing = 0;
        foreach (var hash in wanted)
        {
            if (hold.IsHere(hash, EntryKinds.Object) || !taken.Add(hash))
                continue;
            missing++;
            var location = Find(hash, EntryKinds.Object, hash);
            if (location.Entry.Kind == EntryKind.Recipe)
            {
                large.Add(hash);
                continue;
            }

            locations.Add(location);
            windows.Add((location.Pack, location.Entry.Offset / NearWindow));
        }

        var asked = locations.Select(location => location.Entry.Id).ToHashSet();
        foreach (var (pack, window) in windows)
        {
            foreach (var entry in pack.InOrder())
            {
                if (entry.Offset / NearWindow != window || entry.Kind != EntryKind.Blob
                    || entry.RawLength > NearSizeMax || !entry.IsPlausible || entry.End > pack.Length)
                {
                    continue;
                }

                var id = _cipher?.Reveal(entry.Id) ?? entry.Id;
                if (!hold.IsHere(id, EntryKinds.Object) && taken.Add(id))
                    locations.Add(new RemoteLocation(pack, entry with { Id = id }));
            }
        }

        var report = new TransferReport(wanted.Count, missing, locations.Count, 0);
        if (locations.Count > 0)
        {
            RemoteLocation[] all = [.. locations];
            RemoteLocation? damaged = null;
            using var batch = store.BeginBatch();
            var read = await _reader.ReadAsync(
                all, (number, payload) => batch.PutStored(all[number].Entry, payload), cancellationToken,
                // A neighbour that is damaged is nobody's concern here.
                number => damaged ??= asked.Contains(all[number].Entry.Id) ? all[number] : null)
                .ConfigureAwait(false);
            await batch.CommitAsync(cancellationToken).ConfigureAwait(false);
            if (damaged is { } location)
                throw _reader.Damaged(location);
            report = report with { SizeBytes = read };
        }

        if (large.Count == 0)
            return report;
        var more = await FetchAsync(store, large, null, cancellationToken).ConfigureAwait(false);
        return report with
        {
            EntryCount = report.EntryCount + more.EntryCount,
            SizeBytes = report.SizeBytes + more.SizeBytes,
        };
    }
}
