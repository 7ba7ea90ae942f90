using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Millrace.Objects.Packs;

/// <summary>The bytes of a pack's index: blocks, one for each group of entries that became durable together. See
/// docs/formats/objects.md.</summary>
/// <remarks>A block: u32 magic "MRI1" | u32 count | u64 begin | u64 end | u32 crc of the entries | u32 crc of the 28
/// bytes before; then for each entry id 32 | u32 offset | u32 stored | u32 raw | u8 kind | u8 codec | u16 0, sorted by
/// id. Begin and end are the part of the pack that the block covers. Little-endian.</remarks>
static class PackIndex
{
    public const int BlockHeaderSize = 32;
    public const int EntrySize = 48;

    /// <summary>Also an index whose pack was cut is read, for it names what was lost.</summary>
    const long SizeFloor = 80 << 20;

    const uint Magic = 0x3149524D;
    const int CrcOffset = 28;

    /// <summary>How long the index of a pack can be.</summary>
    public static long SizeMax(long packLength) =>
        Math.Min(Array.MaxLength, Math.Max(SizeFloor, packLength));

    /// <summary>The block for the entries of one group. They are sorted here.</summary>
    public static byte[] Write(List<PackEntry> entries, long begin, long end, EntryCipher? cipher)
    {
        if (cipher is not null)
            entries = entries.ConvertAll(entry => entry with { Id = cipher.Hide(entry.Id) });
        CollectionsMarshal.AsSpan(entries).Sort((left, right) => left.Id.CompareTo(right.Id));
        var block = new byte[BlockHeaderSize + (entries.Count * EntrySize)];
        var target = block.AsSpan(BlockHeaderSize);
        foreach (var entry in entries)
        {
            entry.Id.CopyTo(target);
            BinaryPrimitives.WriteUInt32LittleEndian(target[32..], (uint)entry.Offset);
            BinaryPrimitives.WriteInt32LittleEndian(target[36..], entry.StoredLength);
            BinaryPrimitives.WriteInt32LittleEndian(target[40..], entry.RawLength);
            target[44] = (byte)entry.Kind;
            target[45] = (byte)entry.Codec;
            target = target[EntrySize..];
        }

        var header = block.AsSpan(0, BlockHeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], begin);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], end);
        BinaryPrimitives.WriteUInt32LittleEndian(
            header[24..], Crc32.HashToUInt32(block.AsSpan(BlockHeaderSize)));
        BinaryPrimitives.WriteUInt32LittleEndian(header[CrcOffset..], Crc32.HashToUInt32(header[..CrcOffset]));
        return block;
    }

    /// <summary>Reads the block at the beginning of the bytes.</summary>
    /// <param name="source">Bytes of an index.</param>
    /// <param name="begin">Where the block must begin in the pack: there is no gap.</param>
    /// <param name="count">How many entries follow the header.</param>
    /// <param name="end">Where the part of the pack ends that the block covers.</param>
    /// <returns>False when the bytes are not a whole block, be it that it is being written or damaged.</returns>
    public static bool TryReadBlock(ReadOnlySpan<byte> source, long begin, out int count, out long end)
    {
        count = 0;
        end = 0;
        if (source.Length < BlockHeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[CrcOffset..])
                != Crc32.HashToUInt32(source[..CrcOffset])
            || BinaryPrimitives.ReadInt64LittleEndian(source[8..]) != begin)
        {
            return false;
        }

        count = BinaryPrimitives.ReadInt32LittleEndian(source[4..]);
        end = BinaryPrimitives.ReadInt64LittleEndian(source[16..]);
        if (count < 0 || end < begin || (source.Length - BlockHeaderSize) / EntrySize < count)
            return false;
        var entries = source.Slice(BlockHeaderSize, count * EntrySize);
        return BinaryPrimitives.ReadUInt32LittleEndian(source[24..]) == Crc32.HashToUInt32(entries);
    }

    /// <summary>One entry from its 48 bytes.</summary>
    public static PackEntry ReadEntry(ReadOnlySpan<byte> source) => new(
        new ContentHash(source[..ContentHash.Size]),
        (EntryKind)source[44],
        (EntryCodec)source[45],
        BinaryPrimitives.ReadUInt32LittleEndian(source[32..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[36..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[40..]));
}
