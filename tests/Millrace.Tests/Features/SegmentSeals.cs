using System.Buffers.Binary;
using System.Security.Cryptography;
using Millrace.Objects;

namespace Millrace.Tests.FeaturesRoom;

/// <summary>Makes the checksums of a changed segment right again, as someone would who means harm.</summary>
static class SegmentSeals
{
    public static void SealHeader(Span<byte> bytes) => SHA256.HashData(bytes[..96], bytes[96..128]);

    /// <param name="bytes">The changed file.</param>
    /// <param name="original">The file before the change: it says where the parts lie.</param>
    public static void SealAll(Span<byte> bytes, ReadOnlySpan<byte> original)
    {
        var schemaSize = BinaryPrimitives.ReadInt32LittleEndian(original[40..]);
        var index = (int)BinaryPrimitives.ReadInt64LittleEndian(original[48..]);
        var records = (int)BinaryPrimitives.ReadInt64LittleEndian(original[72..]);
        var footer = (int)BinaryPrimitives.ReadInt64LittleEndian(original[88..]);

        BinaryPrimitives.WriteUInt32LittleEndian(bytes[44..], Crc32C.Compute(bytes.Slice(128, schemaSize)));
        SealHeader(bytes);
        for (var offset = index; offset < records; offset += 64)
        {
            var checksum = Crc32C.Compute((ulong)(offset - index) / 64, bytes.Slice(offset + 4, 60));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], checksum);
        }

        var offsetNext = records;
        while (offsetNext < footer)
        {
            var offset = offsetNext;
            offsetNext += BinaryPrimitives.ReadInt32LittleEndian(original[(offset + 4)..]);
            var size = Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(bytes[(offset + 4)..]), 8, footer - offset);
            var checksum = Crc32C.Compute(bytes.Slice(offset + 4, size - 4));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], checksum);
        }

        SHA256.HashData(bytes[..footer], bytes[footer..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[(footer + 44)..], Crc32C.Compute(bytes.Slice(footer, 44)));
    }
}
