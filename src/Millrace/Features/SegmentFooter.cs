using System.Buffers.Binary;
using System.Security.Cryptography;
using Millrace.Objects;

namespace Millrace.Features;

/// <summary>The last 48 bytes of a segment: SHA-256 of all before, file length, end mark, CRC-32C of these.</summary>
static class SegmentFooter
{
    const int LengthOffset = 32;
    const int MarkOffset = 40;
    const int ChecksumOffset = 44;

    static ReadOnlySpan<byte> EndMark => "MREN"u8;

    public static void Write(Span<byte> target, ReadOnlySpan<byte> contentHash, long fileLength)
    {
        contentHash.CopyTo(target);
        BinaryPrimitives.WriteInt64LittleEndian(target[LengthOffset..], fileLength);
        EndMark.CopyTo(target[MarkOffset..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset]));
    }

    /// <summary>Reads the SHA-256 that the writer computed; whether it is true of the bytes is not checked
    /// here.</summary>
    public static byte[] ReadHash(SegmentMapping file, long offset)
    {
        var bytes = file.Slice(offset, SegmentHeader.FooterSize);
        var hash = bytes[..SHA256.HashSizeInBytes].ToArray();
        Span<byte> expected = stackalloc byte[SegmentHeader.FooterSize];
        Write(expected, hash, file.Length);
        if (!expected.SequenceEqual(bytes))
            throw SegmentDamage.At(file.Path, offset, "the footer does not match its checksum or the file's length.");

        GC.KeepAlive(file);
        return hash;
    }
}
