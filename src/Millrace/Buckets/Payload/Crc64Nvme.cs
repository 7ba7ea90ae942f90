using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Millrace.Buckets.Payload;

/// <summary>CRC-64 of the NVM Express specification (polynomial AD93D23594C93659, reflected). Slicing by 8 tables takes
/// about 2 GB/s; with carry-less multiplication (Gopal et al., "Fast CRC Computation for Generic Polynomials Using
/// PCLMULQDQ", Intel 2009) 64 bytes are folded at once, which memory limits. Where we differ from the paper: the last
/// 16 bytes are not reduced by Barrett but by the tables.</summary>
static class Crc64Nvme
{
    /// <summary>The running value before the first byte.</summary>
    public const ulong Start = ulong.MaxValue;

    const ulong Polynomial = 0x9A6C9329AC4BC9B5;
    const int Slices = 8;
    const int FoldSize = 64;
    const int LaneSize = 16;

    static readonly ulong[] Table = MakeTable();

    // A product of two reflected numbers is one bit short of its place, hence one power less.
    static readonly Vector128<ulong> FoldFour = Vector128.Create(PowerOfX(512 + 64 - 1), PowerOfX(512 - 1));
    static readonly Vector128<ulong> FoldOne = Vector128.Create(PowerOfX(128 + 64 - 1), PowerOfX(128 - 1));

    public static ulong Compute(ReadOnlySpan<byte> bytes) => ~Append(Start, bytes);

    /// <summary>The running value after more bytes; the checksum is its complement.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes) =>
        Pclmulqdq.IsSupported && bytes.Length >= 2 * FoldSize ? AppendFolding(crc, bytes) : AppendByTable(crc, bytes);

    /// <summary>The same with tables only.</summary>
    internal static ulong AppendByTable(ulong crc, ReadOnlySpan<byte> bytes)
    {
        var table = Table;
        while (bytes.Length >= sizeof(ulong))
        {
            var x = crc ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = table[(7 * 256) + (int)(x & 0xFF)] ^ table[(6 * 256) + (int)((x >> 8) & 0xFF)]
                ^ table[(5 * 256) + (int)((x >> 16) & 0xFF)] ^ table[(4 * 256) + (int)((x >> 24) & 0xFF)]
                ^ table[(3 * 256) + (int)((x >> 32) & 0xFF)] ^ table[(2 * 256) + (int)((x >> 40) & 0xFF)]
                ^ table[256 + (int)((x >> 48) & 0xFF)] ^ table[(int)(x >> 56)];
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = table[(int)((crc ^ value) & 0xFF)] ^ (crc >> 8);
        }

        return crc;
    }

    static ulong AppendFolding(ulong crc, ReadOnlySpan<byte> bytes)
    {
        var lanes = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        var a = lanes[0] ^ Vector128.Create(crc, 0UL);
        var b = lanes[1];
        var c = lanes[2];
        var d = lanes[3];
        var next = 4;
        for (; next + 4 <= lanes.Length; next += 4)
        {
            a = Fold(a, FoldFour) ^ lanes[next];
            b = Fold(b, FoldFour) ^ lanes[next + 1];
            c = Fold(c, FoldFour) ^ lanes[next + 2];
            d = Fold(d, FoldFour) ^ lanes[next + 3];
        }

        var folded = Fold(Fold(Fold(a, FoldOne) ^ b, FoldOne) ^ c, FoldOne) ^ d;
        for (; next < lanes.Length; next++)
        {
            folded = Fold(folded, FoldOne) ^ lanes[next];
        }

        Span<byte> last = stackalloc byte[LaneSize];
        MemoryMarshal.Write(last, folded);
        return AppendByTable(AppendByTable(0, last), bytes[(lanes.Length * LaneSize)..]);
    }

    static Vector128<ulong> Fold(Vector128<ulong> value, Vector128<ulong> powers) =>
        Pclmulqdq.CarrylessMultiply(value, powers, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, powers, 0x11);

    // x to the n, modulo the polynomial; the highest bit is the power 0.
    static ulong PowerOfX(int n)
    {
        var value = 1UL << 63;
        for (var i = 0; i < n; i++)
        {
            value = TimesX(value);
        }

        return value;
    }

    static ulong[] MakeTable()
    {
        var table = new ulong[Slices * 256];
        for (var i = 0; i < 256; i++)
        {
            var value = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = TimesX(value);
            }

            table[i] = value;
        }

        for (var i = 256; i < table.Length; i++)
        {
            table[i] = table[(int)(table[i - 256] & 0xFF)] ^ (table[i - 256] >> 8);
        }

        return table;
    }

    static ulong TimesX(ulong value) => (value & 1) == 0 ? value >> 1 : (value >> 1) ^ Polynomial;
}
