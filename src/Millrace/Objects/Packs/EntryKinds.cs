namespace Millrace.Objects.Packs;

/// <summary>Which kinds of entries would do.</summary>
[Flags]
enum EntryKinds
{
    Blob = 1 << EntryKind.Blob,
    Chunk = 1 << EntryKind.Chunk,
    Node = 1 << EntryKind.Node,
    Recipe = 1 << EntryKind.Recipe,

    /// <summary>What is an object by itself.</summary>
    Object = Blob | Recipe,

    /// <summary>What holds content whose hash is its id.</summary>
    Bytes = Blob | Chunk,

    All = Blob | Chunk | Node | Recipe,
}
