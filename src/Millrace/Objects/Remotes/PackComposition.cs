using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>A pack that is to be made of entries of local packs, as they are stored there.</summary>
/// <remarks>Its index, and with it its name, are known before a byte is read: the same entries make the same pack, so
/// that a transfer which was cut off goes on where it was.</remarks>
sealed class PackComposition
{
    PackComposition(List<PackLocation> sources, List<PackEntry> entries, long commitAt, EntryCipher? cipher)
    {
        Sources = sources;
        CommitAt = commitAt;
        var end = commitAt + PackEntry.HeaderSize;
        var index = PackIndex.Write([.. entries], PackFolder.HeaderSize, end, cipher);
        Pack = new RemotePack(RemotePack.NameOf(index), index, end);
        Entries = entries;
    }

    /// <summary>Where each entry is taken from.</summary>
    public List<PackLocation> Sources { get; }

    /// <summary>Each entry as it is in the new pack.</summary>
    public List<PackEntry> Entries { get; }

    /// <summary>Where the commit record begins.</summary>
    public long CommitAt { get; }

    public RemotePack Pack { get; }

    /// <summary>Composes packs of the size that local ones have.</summary>
    /// <param name="sources">In the order that they are to have.</param>
    /// <param name="cipher">The store's; null when it is not encrypted.</param>
    public static IEnumerable<PackComposition> Compose(IEnumerable<PackLocation> sources, EntryCipher? cipher)
    {
        List<PackLocation> taken = [];
        List<PackEntry> entries = [];
        var position = (long)PackFolder.HeaderSize;
        foreach (var source in sources)
        {
            taken.Add(source);
            entries.Add(source.Entry with { Offset = position });
            position = entries[^1].End;
            if (position < PackFolder.SizeTarget)
                continue;
            yield return new PackComposition(taken, entries, position, cipher);
            (taken, entries, position) = ([], [], PackFolder.HeaderSize);
        }

        if (entries.Count > 0)
            yield return new PackComposition(taken, entries, position, cipher);
    }
}
