using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>A pack that is to be made of entries of local packs, as they are stored there.</summary>
/// <remarks>Its index, and with it its name, are known before a byte is read: the same entries make the same pack, so
/// that a transfer which was cut off goes on where it was.</remarks>
sealed class PackComposition
{
    PackComposition(
        List<PackLocation> sources, List<PackEntry> entries, long commitAt, int leadCount, EntryCipher? cipher)
    {
        Sources = sources;
        CommitAt = commitAt;
        LeadCount = leadCount;
        var end = commitAt + PackEntry.HeaderSize;
        var index = PackIndex.Write([.. entries], PackFolder.HeaderSize, end, cipher);
        Pack = new RemotePack(RemotePack.NameOf(index), index, end);
        Entries = entries;
    }

    /// <summary>Where each entry is taken from.</summary>
    public List<PackLocation> Sources { get; }

    /// <summary>Each entry as it is in the new pack.</summary>
    public List<PackEntry> Entries { get; }

    /// <summary>Groups of no entries at the beginning: they make another name of the same entries.</summary>
    public int LeadCount { get; }

    /// <summary>Where the commit record begins.</summary>
    public long CommitAt { get; }

    public RemotePack Pack { get; }

    /// <summary>Composes packs of the size that local ones have.</summary>
    /// <param name="sources">In the order that they are to have.</param>
    /// <param name="cipher">The store's; null when it is not encrypted.</param>
    /// <param name="isTaken">Whether no pack may have a name: a sweep is about to delete it.</param>
    public static IEnumerable<PackComposition> Compose(
        IEnumerable<PackLocation> sources, EntryCipher? cipher, Func<string, bool> isTaken)
    {
        List<PackLocation> taken = [];
        var position = (long)PackFolder.HeaderSize;
        foreach (var source in sources)
        {
            taken.Add(source);
            position += PackEntry.HeaderSize + source.Entry.StoredLength;
            if (position < PackFolder.SizeTarget)
                continue;
            yield return Compose(taken, cipher, isTaken);
            (taken, position) = ([], PackFolder.HeaderSize);
        }

        if (taken.Count > 0)
            yield return Compose(taken, cipher, isTaken);
    }

    static PackComposition Compose(List<PackLocation> sources, EntryCipher? cipher, Func<string, bool> isTaken)
    {
        for (var leadCount = 0; ; leadCount++)
        {
            var position = (long)PackFolder.HeaderSize + (leadCount * PackEntry.HeaderSize);
            var entries = new List<PackEntry>(sources.Count);
            foreach (var source in sources)
            {
                entries.Add(source.Entry with { Offset = position });
                position = entries[^1].End;
            }

            var composition = new PackComposition(sources, entries, position, leadCount, cipher);
            if (!isTaken(composition.Pack.Name))
                return composition;
        }
    }
}
