using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Millrace.Features;

/// <summary>The first 128 bytes of a segment: what it holds and where. See docs/formats/online-segment.md.</summary>
sealed record SegmentHeader
{
    public const int Size = 128;
    public const int FooterSize = 48;
    public const int SectionAlignment = 64;

    /// <summary>A header can only name this much schema, so that a hostile one cannot make a reader parse gigabytes.
    ///</summary>
    public const int SchemaSizeMax = 4 << 20;

    const uint Version = 1;
    const int HashedSize = 96;

    static ReadOnlySpan<byte> Magic => "MRONLSEG"u8;

    public required long RowCount { get; init; }

    public required int SchemaSize { get; init; }

    public required uint SchemaChecksum { get; init; }

    public required long BucketCount { get; init; }

    /// <summary>How many buckets beyond its first choice a key lies at most.</summary>
    public required int ProbeMax { get; init; }

    public required long RecordsSize { get; init; }

    public long IndexOffset => (Size + SchemaSize + SectionAlignment - 1) & -SectionAlignment;

    public long RecordsOffset => IndexOffset + (BucketCount * SegmentIndex.BucketSize);

    public long FooterOffset => RecordsOffset + RecordsSize;

    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], FooterOffset + FooterSize);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], RowCount);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], Size);
        BinaryPrimitives.WriteInt32LittleEndian(target[40..], SchemaSize);
        BinaryPrimitives.WriteUInt32LittleEndian(target[44..], SchemaChecksum);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], IndexOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[56..], BucketCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[64..], ProbeMax);
        BinaryPrimitives.WriteInt64LittleEndian(target[72..], RecordsOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[80..], RecordsSize);
        BinaryPrimitives.WriteInt64LittleEndian(target[88..], FooterOffset);
        SHA256.HashData(target[..HashedSize], target[HashedSize..Size]);
    }

    /// <summary>Reads a header and refuses whatever a writer of this version would not have written.</summary>
    public static SegmentHeader Read(SegmentMapping file)
    {
        var bytes = file.Slice(0, Size);
        if (!bytes.StartsWith(Magic))
            throw SegmentDamage.At(file.Path, 0, "the file does not begin with the mark of a segment, 'MRONLSEG'.");

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..HashedSize], hash);
        if (!hash.SequenceEqual(bytes[HashedSize..]))
            throw SegmentDamage.At(file.Path, 0, "the header's SHA-256 is not the one written into it.");

        // Only now is the version what a writer wrote, and not itself the damage.
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version > Version)
            throw Newer(file.Path, version);

        var header = new SegmentHeader
        {
            RowCount = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            SchemaSize = BinaryPrimitives.ReadInt32LittleEndian(bytes[40..]),
            SchemaChecksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]),
            BucketCount = BinaryPrimitives.ReadInt64LittleEndian(bytes[56..]),
            ProbeMax = BinaryPrimitives.ReadInt32LittleEndian(bytes[64..]),
            RecordsSize = BinaryPrimitives.ReadInt64LittleEndian(bytes[80..]),
        };
        if (!header.IsPossible(file.Length))
            throw SegmentDamage.At(file.Path, 0, $"the header's counts do not fit a file of {file.Length:N0} bytes.");

        // What follows from the rest must say the same: one comparison instead of a check per field.
        Span<byte> expected = stackalloc byte[Size];
        header.Write(expected);
        if (!expected.SequenceEqual(bytes))
            throw SegmentDamage.At(file.Path, 0, "the header's version, offsets or zeros contradict its counts.");

        GC.KeepAlive(file);
        return header;
    }

    /// <summary>Bounds first, each so that the next cannot overflow.</summary>
    bool IsPossible(long fileLength) =>
        SchemaSize is > 0 and <= SchemaSizeMax &&
        BucketCount > 0 && BucketCount <= fileLength / SegmentIndex.BucketSize &&
        RowCount >= 0 && RowCount <= BucketCount * SegmentIndex.BucketCapacity &&
        ProbeMax >= 0 && ProbeMax < BucketCount &&
        RecordsSize >= 0 && RecordsSize <= fileLength && RecordsSize % RecordLayout.Alignment == 0 &&
        FooterOffset + FooterSize == fileLength;

    static MillraceException Newer(string path, uint version) => new(
        ErrorKind.Invalid,
        "online-segment-newer",
        $"Online segment '{path}' has format version {version}; this program reads up to {Version}.",
        "Use the newer program that wrote it, or materialize the feature view again with this one.");
}
