using Millrace.Objects.Packs;

namespace Millrace.Objects.Remotes;

/// <summary>A pack on a remote, as its index tells.</summary>
/// <param name="Name">32 digits: the beginning of the SHA-256 of the index.</param>
/// <param name="Index">Its one block.</param>
/// <param name="Length">Bytes of the pack.</param>
sealed record RemotePack(string Name, byte[] Index, long Length)
{
    public const string Folder = "packs/";
    public const int NameLength = 32;

    PackEntry[]? _inOrder;

    public int EntryCount => (Index.Length - PackIndex.BlockHeaderSize) / PackIndex.EntrySize;

    /// <summary>The pack's file on the remote.</summary>
    public string File => FileOf(Name);

    public static string FileOf(string name) => $"{Folder}{name}{PackFolder.PackSuffix}";

    public static string IndexFileOf(string name) => $"{Folder}{name}{PackFolder.IndexSuffix}";

    /// <summary>The name of the pack that an index describes: two packs with equal indexes hold the same.</summary>
    public static string NameOf(ReadOnlySpan<byte> index) => ContentHash.Of(index).ToString()[..NameLength];

    /// <returns>Null when the bytes are not the index of a pack with this name.</returns>
    public static RemotePack? TryRead(string name, byte[] index) =>
        NameOf(index) == name
        && PackIndex.TryReadBlock(index, PackFolder.HeaderSize, out var count, out var end)
        && index.Length == PackIndex.BlockHeaderSize + ((long)count * PackIndex.EntrySize)
            ? new RemotePack(name, index, end)
            : null;

    /// <summary>The entry at a place of the index, with its id as the index shows it.</summary>
    public PackEntry EntryAt(int place) => PackIndex.ReadEntry(Index.AsSpan(place, PackIndex.EntrySize));

    /// <summary>Every entry in the order of the pack, ids as the index shows them.</summary>
    public PackEntry[] InOrder()
    {
        if (_inOrder is { } known)
            return known;
        var entries = new PackEntry[EntryCount];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = EntryAt(PackIndex.BlockHeaderSize + (i * PackIndex.EntrySize));
        Array.Sort(entries, (left, right) => left.Offset.CompareTo(right.Offset));
        return _inOrder = entries;
    }
}
