using System.Buffers.Binary;

namespace Millrace.Objects.Packs;

/// <summary>A part of a large object.</summary>
/// <param name="Id">The chunk or node.</param>
/// <param name="Length">Bytes of the object that it stands for.</param>
readonly record struct RecipePart(ContentHash Id, long Length);

/// <summary>What a large object is made of: a list of chunks, or of nodes that list chunks.</summary>
/// <param name="Length">Bytes of the object, or of the part that a node stands for.</param>
/// <param name="PartKind"><see cref="EntryKind.Chunk"/> or <see cref="EntryKind.Node"/>.</param>
/// <param name="Parts">In the order of the object.</param>
/// <remarks>u64 length | u8 kind of the parts | 3 zero bytes | u32 count | count times id 32, u64 length.
/// Little-endian. Nodes end where the id of a chunk says so, so that an insertion changes few of them.</remarks>
sealed record Recipe(long Length, EntryKind PartKind, IReadOnlyList<RecipePart> Parts)
{
    /// <summary>Up to so many chunks stand in the recipe itself.</summary>
    public const int DirectChunksMax = 64;

    const int HeaderSize = 16;
    const int PartSize = 40;
    const int NodeChunksMin = 16;
    const int NodeChunksMax = 512;
    const ulong NodeMask = 0x7F;

    /// <summary>No node has more bytes.</summary>
    public const int NodeSizeMax = HeaderSize + (NodeChunksMax * PartSize);

    /// <summary>Whether a node ends after this chunk.</summary>
    /// <param name="chunk">The node's last chunk so far.</param>
    /// <param name="count">Chunks in the node, this one included.</param>
    public static bool EndsNode(ContentHash chunk, int count) =>
        count >= NodeChunksMax || (count >= NodeChunksMin && (chunk.Prefix & NodeMask) == 0);

    public static Recipe Of(EntryKind kind, List<RecipePart> parts)
    {
        var length = 0L;
        foreach (var part in parts)
            length += part.Length;
        return new Recipe(length, kind, [.. parts]);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderSize + (Parts.Count * PartSize)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Length);
        bytes[8] = (byte)PartKind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Parts.Count);
        var target = bytes.AsSpan(HeaderSize);
        foreach (var part in Parts)
        {
            part.Id.CopyTo(target);
            BinaryPrimitives.WriteInt64LittleEndian(target[ContentHash.Size..], part.Length);
            target = target[PartSize..];
        }

        return bytes;
    }

    /// <returns>Null when the bytes are no recipe.</returns>
    public static Recipe? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || (EntryKind)bytes[8] is not (EntryKind.Chunk or EntryKind.Node))
            return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (count < 0 || bytes.Length != HeaderSize + ((long)count * PartSize))
            return null;
        var parts = new RecipePart[count];
        var total = 0L;
        for (var i = 0; i < count; i++)
        {
            var source = bytes.Slice(HeaderSize + (i * PartSize), PartSize);
            var length = BinaryPrimitives.ReadInt64LittleEndian(source[ContentHash.Size..]);
            if (length < 0 || length > long.MaxValue - total
                || ((EntryKind)bytes[8] == EntryKind.Chunk && length > GearChunker.SizeMax))
                return null;
            parts[i] = new RecipePart(new ContentHash(source[..ContentHash.Size]), length);
            total += length;
        }

        return total == BinaryPrimitives.ReadInt64LittleEndian(bytes)
            ? new Recipe(total, (EntryKind)bytes[8], parts)
            : null;
    }
}
