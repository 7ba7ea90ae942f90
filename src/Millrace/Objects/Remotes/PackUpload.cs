using Millrace.Objects.Backends;
using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>Sends entries of a local store as new packs: first each pack, then its index, which makes it visible.
/// </summary>
/// <remarks>Parts come first, then the lists that name them, then large objects, so that whatever is cut off when, an
/// index never names an object that is not whole.</remarks>
sealed class PackUpload(IObjectBackend backend, RemoteIndex index, PackSet packs, CodecPool codecs)
{
    /// <summary>Packs that go up at once.</summary>
    const int UploadsMax = 2;

    /// <returns>Bytes that went over.</returns>
    /// <exception cref="EntryDamagedException">A local entry is damaged; nothing of its pack is visible.</exception>
    public async Task<long> SendAsync(List<PackLocation> entries, CancellationToken cancellationToken)
    {
        entries.Sort(Compare);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = new Queue<(RemotePack Pack, Task<long> Sent)>();
        var sent = 0L;
        try
        {
            foreach (var composition in PackComposition.Compose(entries, packs.Cipher, index.IsCondemned))
            {
                if (sending.Count == UploadsMax)
                    sent += await ShowAsync(sending, cancellationToken).ConfigureAwait(false);
                sending.Enqueue((composition.Pack, Task.Run(
                    () => SendPackAsync(composition, cancel.Token), CancellationToken.None)));
            }

            while (sending.Count > 0)
                sent += await ShowAsync(sending, cancellationToken).ConfigureAwait(false);
            return sent;
        }
        finally
        {
            if (sending.Count > 0)
                await EndAsync(sending, cancel).ConfigureAwait(false);
        }
    }

    async Task<long> SendPackAsync(PackComposition composition, CancellationToken cancellationToken)
    {
        var pack = composition.Pack;
        // One that was cut off between pack and index needs the index only.
        if (index.HasPack(pack.Name, pack.Length))
            return 0;
        using var stream = new PackCompositionStream(composition, packs, codecs);
        await backend.PutAsync(pack.File, stream, pack.Length, cancellationToken).ConfigureAwait(false);
        return pack.Length;
    }

    /// <summary>Makes the first pack visible once it is there: indexes go in the order of the packs.</summary>
    async Task<long> ShowAsync(
        Queue<(RemotePack Pack, Task<long> Sent)> sending, CancellationToken cancellationToken)
    {
        var (pack, task) = sending.Peek();
        var sent = await task.ConfigureAwait(false);
        using var bytes = new MemoryStream(pack.Index, writable: false);
        await backend.PutAsync(
            RemotePack.IndexFileOf(pack.Name), bytes, pack.Index.Length, cancellationToken).ConfigureAwait(false);
        index.Add(pack);
        sending.Dequeue();
        return sent + pack.Index.Length;
    }

    /// <summary>Nothing goes on behind a failure.</summary>
    static async Task EndAsync(Queue<(RemotePack Pack, Task<long> Sent)> sending, CancellationTokenSource cancel)
    {
        await cancel.CancelAsync().ConfigureAwait(false);
        foreach (var (_, task) in sending)
        {
            await task.ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
                .ConfigureAwait(false);
        }
    }

    static int Compare(PackLocation left, PackLocation right)
    {
        var order = Rank(left.Entry.Kind).CompareTo(Rank(right.Entry.Kind));
        if (order == 0 && !ReferenceEquals(left.Pack, right.Pack))
            order = string.CompareOrdinal(left.Pack.Path, right.Pack.Path);
        return order != 0 ? order : left.Entry.Offset.CompareTo(right.Entry.Offset);
    }

    static int Rank(EntryKind kind) => kind switch
    {
        EntryKind.Recipe => 2,
        EntryKind.Node => 1,
        _ => 0,
    };
}
