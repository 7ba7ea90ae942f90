using System.Buffers.Binary;
using System.IO.Hashing;

namespace Millrace.Objects.Packs;

/// <summary>What an entry of a pack holds. The numbers are in files; see docs/formats/objects.md.</summary>
enum EntryKind : byte
{
    /// <summary>A whole small object.</summary>
    Blob = 1,

    /// <summary>A piece of a large object.</summary>
    Chunk = 2,

    /// <summary>A list of chunks.</summary>
    Node = 3,

    /// <summary>A large object: its length and its list of nodes or chunks.</summary>
    Recipe = 4,

    /// <summary>The end of a group of entries that became durable together.</summary>
    Commit = 5,
}

/// <summary>How an entry's payload is stored.</summary>
[Flags]
enum EntryCodec : byte
{
    Raw = 0,
    Zstd = 1,

    /// <summary>AES-256-GCM around the payload, compressed or not.</summary>
    Encrypted = 2,
}

/// <summary>One entry of a pack: a header of 56 bytes, then the payload.</summary>
/// <param name="Id">SHA-256 of the raw bytes; for a recipe, of the whole object.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Codec">How the payload is stored.</param>
/// <param name="Offset">Where the header begins in the pack.</param>
/// <param name="StoredLength">Bytes of the payload in the pack.</param>
/// <param name="RawLength">Bytes of the payload once it is decoded.</param>
readonly record struct PackEntry(
    ContentHash Id, EntryKind Kind, EntryCodec Codec, long Offset, int StoredLength, int RawLength)
{
    // u32 magic "MRE1" | u8 kind | u8 codec | u16 0 | u32 stored | u32 raw | id 32 | u32 crc of payload | u32 crc of
    // the 52 bytes before. Little-endian. A payload's checksum of 0 says nothing, but that of a recipe always counts.
    public const int HeaderSize = 56;
    public const uint Magic = 0x3145524D;

    /// <summary>No payload is larger: recipes of objects of 6 TB stay below it.</summary>
    public const int PayloadMax = 256 << 20;

    const int CrcOffset = 52;

    /// <summary>Where the next entry begins.</summary>
    public long End => Offset + HeaderSize + StoredLength;

    /// <summary>Whether it is an object by itself.</summary>
    public bool IsObject => Kind is EntryKind.Blob or EntryKind.Recipe;

    public void WriteHeader(Span<byte> target, uint payloadCrc)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        target[4] = (byte)Kind;
        target[5] = (byte)Codec;
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], StoredLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], RawLength);
        Id.CopyTo(target[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[48..], payloadCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CrcOffset..], Crc32.HashToUInt32(target[..CrcOffset]));
    }

    /// <returns>False when the bytes are no header.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> source, long offset, out PackEntry entry, out uint payloadCrc)
    {
        entry = default;
        payloadCrc = 0;
        if (source.Length < HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[CrcOffset..])
                != Crc32.HashToUInt32(source[..CrcOffset]))
        {
            return false;
        }

        entry = new PackEntry(
            new ContentHash(source.Slice(16, ContentHash.Size)),
            (EntryKind)source[4],
            (EntryCodec)source[5],
            offset,
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[12..]));
        payloadCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[48..]);
        return entry.IsPlausible;
    }

    /// <summary>What claims to be longer is not read into memory.</summary>
    static int MaxRaw(EntryKind kind) => kind switch
    {
        EntryKind.Blob or EntryKind.Chunk => GearChunker.SizeMax,
        EntryKind.Node => Recipe.NodeSizeMax,
        _ => PayloadMax,
    };

    /// <summary>Whether kind, codec and lengths can be those of an entry.</summary>
    public bool IsPlausible =>
        Kind is >= EntryKind.Blob and <= EntryKind.Commit
        && (Codec & ~(EntryCodec.Zstd | EntryCodec.Encrypted)) == 0
        && StoredLength is >= 0 and <= PayloadMax
        // Compression is used only where it shrinks.
        && (Kind == EntryKind.Commit || StoredLength <= (long)RawLength + EntryCipher.Overhead)
        && RawLength >= 0 && RawLength <= MaxRaw(Kind)
        && Offset is >= 0 and <= uint.MaxValue;
}
