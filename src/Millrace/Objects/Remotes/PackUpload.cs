using Millrace.Objects.Backends;
using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>Sends entries of a local store as new packs: first each pack, then its index, which makes it visible.
/// </summary>
/// <remarks>Parts come first, then the lists that name them, then large objects, so that whatever is cut off when, an
/// index never names an object that is not whole.</remarks>
sealed class PackUpload(IObjectBackend backend, RemoteIndex index, PackSet packs, CodecPool codecs)
{
    /// <returns>Bytes that went over.</returns>
    /// <exception cref="EntryDamagedException">A local entry is damaged; nothing of its pack is visible.</exception>
    public async Task<long> SendAsync(List<PackLocation> entries, CancellationToken cancellationToken)
    {
        entries.Sort(Compare);
        var sent = 0L;
        foreach (var composition in PackComposition.Compose(entries, packs.Cipher))
        {
            var pack = composition.Pack;
            // One that was cut off between pack and index needs the index only.
            if (!index.HasPack(pack.Name, pack.Length))
            {
                using var stream = new PackCompositionStream(composition, packs, codecs);
                await backend.PutAsync(pack.File, stream, pack.Length, cancellationToken).ConfigureAwait(false);
                sent += pack.Length;
            }

            using var bytes = new MemoryStream(pack.Index, writable: false);
            await backend.PutAsync(
                RemotePack.IndexFileOf(pack.Name), bytes, pack.Index.Length, cancellationToken).ConfigureAwait(false);
            sent += pack.Index.Length;
            index.Add(pack);
        }

        return sent;
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
