namespace Millrace.Objects.Packs;

/// <summary>What the roots need: objects, and the nodes and chunks of the large ones. About 50 bytes of memory for
/// each.
/// </summary>
sealed class LiveEntries(PackSet packs, EntryReader reader)
{
    readonly HashSet<ContentHash> _objects = [];
    readonly HashSet<ContentHash> _nodes = [];
    readonly HashSet<ContentHash> _chunks = [];

    public int ObjectCount => _objects.Count;

    /// <summary>Marks an object. One that is not there marks nothing else.</summary>
    /// <exception cref="MillraceException"><c>object-damaged</c>, <c>object-missing</c>: its chunks cannot be told, so
    /// none may be dropped.</exception>
    public void Add(ContentHash hash)
    {
        // What was stored after the packs were looked at is condemned by no plan, and its parts neither.
        if (!_objects.Add(hash) || !packs.TryFindKnown(hash, EntryKinds.Recipe, null, out var location))
            return;
        var recipe = reader.ReadAnyRecipe(location, hash);
        foreach (var part in recipe.Parts)
        {
            if (recipe.PartKind == EntryKind.Chunk)
                _chunks.Add(part.Id);
            else if (_nodes.Add(part.Id))
                AddNode(part.Id, hash);
        }
    }

    public bool Has(PackEntry entry) => entry.Kind switch
    {
        // A blob serves as a chunk of larger objects too.
        EntryKind.Blob => _objects.Contains(entry.Id) || _chunks.Contains(entry.Id),
        EntryKind.Chunk => _chunks.Contains(entry.Id),
        EntryKind.Node => _nodes.Contains(entry.Id),
        EntryKind.Recipe => _objects.Contains(entry.Id),
        _ => false,
    };

    void AddNode(ContentHash id, ContentHash owner)
    {
        foreach (var chunk in reader.ReadNode(id, owner).Parts)
            _chunks.Add(chunk.Id);
    }
}
