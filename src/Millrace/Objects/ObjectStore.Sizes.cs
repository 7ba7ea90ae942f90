using Millrace.Objects.Packs;

namespace Millrace.Objects;

public sealed partial class ObjectStore
{
    /// <summary>Every object that is here or known to be elsewhere, once, without reading its content.</summary>
    /// <returns>The size and the pack are null for what is not here.</returns>
    internal IEnumerable<(ContentHash Hash, long? SizeBytes, bool IsChunked, string? Pack)> ListSizes()
    {
        var seen = new HashSet<ContentHash>();
        foreach (var location in _packs.List(EntryKinds.Object))
        {
            var entry = location.Entry;
            if (!seen.Add(entry.Id))
                continue;
            var isChunked = entry.Kind == EntryKind.Recipe;
            yield return (
                entry.Id, isChunked ? SizeOfChunked(location) : entry.RawLength, isChunked, location.Pack.Name);
        }

        foreach (var hash in _tier?.List() ?? [])
        {
            if (seen.Add(hash))
                yield return (hash, null, false, null);
        }
    }

    /// <summary>Every pack that is here.</summary>
    internal IEnumerable<(string Name, long SizeBytes, long Objects, long Entries, long StoredBytes, long RawBytes)>
        ListPacks() => _packs.List(EntryKinds.All).GroupBy(location => location.Pack).Select(pack => (
            pack.Key.Name, pack.Key.Length,
            pack.LongCount(location => EntryKinds.Object.Has(location.Entry.Kind)), pack.LongCount(),
            pack.Sum(location => (long)location.Entry.StoredLength),
            pack.Sum(location => (long)location.Entry.RawLength)));

    /// <summary>What is damaged has no size; to say so is the work of a check.</summary>
    long? SizeOfChunked(PackLocation location)
    {
        try
        {
            return _reader.ReadAnyRecipe(location, location.Entry.Id).Length;
        }
        catch (MillraceException exception) when (exception.Kind is ErrorKind.Corrupt or ErrorKind.NotFound)
        {
            return null;
        }
    }
}
