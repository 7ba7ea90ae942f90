using System.Buffers.Binary;

namespace Millrace.Buckets;

/// <summary>The CRC of bytes that follow each other, from the CRCs of the pieces: multiplying by x to the power of the
/// bits that come behind shifts a remainder past them. The idea is zlib's crc32_combine; here for reflected CRCs of 32
/// and 64 bits.</summary>
static class CrcJoin
{
    /// <summary>The CRC of all parts; null for an algorithm that can't be joined, or a part without one.</summary>
    public static string? Join(string algorithm, IReadOnlyList<(string Base64, long SizeBytes)> parts)
    {
        var (width, polynomial) = algorithm switch
        {
            "CRC32" => (32, 0xEDB88320UL),
            "CRC32C" => (32, 0x82F63B78UL),
            "CRC64NVME" => (64, 0x9A6C9329AC4BC9B5UL),
            _ => (0, 0UL),
        };
        if (width == 0)
            return null;
        var joined = 0UL;
        Span<byte> bytes = stackalloc byte[8];
        foreach (var (base64, size) in parts)
        {
            if (!Convert.TryFromBase64String(base64, bytes, out var count) || count != width / 8)
                return null;
            var crc = width == 32
                ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
            joined = Multiply(joined, PowerOfX(8 * (UInt128)size, width, polynomial), width, polynomial) ^ crc;
        }

        if (width == 32)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)joined);
        else
            BinaryPrimitives.WriteUInt64BigEndian(bytes, joined);
        return Convert.ToBase64String(bytes[..(width / 8)]);
    }

    static ulong PowerOfX(UInt128 exponent, int width, ulong polynomial)
    {
        // The highest bit stands for x to the 0.
        var power = 1UL << (width - 1);
        var square = 1UL << (width - 2);
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) == 1)
                power = Multiply(power, square, width, polynomial);
            square = Multiply(square, square, width, polynomial);
        }

        return power;
    }

    static ulong Multiply(ulong left, ulong right, int width, ulong polynomial)
    {
        var product = 0UL;
        for (var bit = width - 1; bit >= 0; bit--)
        {
            if (((left >> bit) & 1) == 1)
                product ^= right;
            right = (right & 1) == 1 ? (right >> 1) ^ polynomial : right >> 1;
        }

        return product;
    }
}
