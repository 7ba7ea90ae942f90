using System.Buffers.Binary;

namespace Millrace.Augmentation;

/// <summary>Finds where a JPEG ends by walking its markers (ITU-T T.81, annex B). Decoders paint the missing part of a
/// truncated file grey and may call it a success; the walk tells. Segments are skipped by their length, so the
/// end marker of a thumbnail inside an APP segment does not count.</summary>
static class JpegMarkers
{
    const byte Prefix = 0xFF;
    const byte StartOfImage = 0xD8;
    const byte EndOfImage = 0xD9;
    const byte StartOfScan = 0xDA;

    /// <summary>Whether the bytes begin as every JPEG does.</summary>
    internal static bool IsJpeg(ReadOnlySpan<byte> bytes) => bytes.StartsWith([Prefix, StartOfImage, Prefix]);

    /// <summary>Whether the walk from the start reaches the end marker; what follows the marker is not looked
    /// at.</summary>
    internal static bool HasEnd(ReadOnlySpan<byte> jpeg)
    {
        var offset = 2;
        while (offset + 1 < jpeg.Length)
        {
            if (jpeg[offset] != Prefix)
                return false;
            var marker = jpeg[offset + 1];
            if (marker == EndOfImage)
                return true;
            if (marker == Prefix)
            {
                offset++;
                continue;
            }
            offset += 2;
            if (StandsAlone(marker))
                continue;
            if (offset + 2 > jpeg.Length)
                return false;
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[offset..]);
            if (length < 2 || offset + length > jpeg.Length)
                return false;
            offset += length;
            if (marker == StartOfScan)
                offset += ScanLength(jpeg[offset..]);
        }
        return false;
    }

    /// <summary>TEM and the restart markers have no length field.</summary>
    static bool StandsAlone(byte marker) => marker is 0x01 or (>= 0xD0 and <= 0xD7);

    /// <summary>The bytes of entropy-coded data before the next marker that ends a scan; a zero after FF is stuffing,
    /// and restart markers belong to the scan.</summary>
    static int ScanLength(ReadOnlySpan<byte> data)
    {
        var offset = 0;
        while (true)
        {
            var next = data[offset..].IndexOf(Prefix);
            if (next < 0 || offset + next + 1 >= data.Length)
                return data.Length;
            offset += next;
            if (data[offset + 1] is not 0x00 and not (>= 0xD0 and <= 0xD7))
                return offset;
            offset += 2;
        }
    }
}
