using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Millrace.Objects.Packs;

/// <summary>CRC32 (of zlib and PNG) of a payload, several times as fast as <see cref="Crc32"/> in a program that was
/// compiled ahead, where the steps of its loop are calls.</summary>
/// <remarks>Folding with carry-less multiplication: Gopal and others, "Fast CRC Computation for Generic Polynomials
/// Using PCLMULQDQ Instruction", Intel 2009, in its reflected form; with AVX-512 four times as wide. The constants are
/// x^n mod P, reflected and shifted left by one. Resource: reading the bytes. Where the processor lacks it, and for the
/// bytes at the end, <see cref="Crc32"/> and a table do.</remarks>
static class FoldedCrc32
{
    /// <summary>What is shorter is not worth the call.</summary>
    const int SizeMin = 128;

    const int LaneSize = 16;
    const int BlockSize = 4 * LaneSize;
    const int WideSize = 4 * BlockSize;
    const uint Polynomial = 0xEDB88320;

    static readonly uint[] Table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SizeMin || !Pclmulqdq.IsSupported)
            return Crc32.HashToUInt32(bytes);
        var folded = bytes.Length & ~(LaneSize - 1);
        var crc = Fold(ref MemoryMarshal.GetReference(bytes), folded);
        foreach (var value in bytes[folded..])
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    /// <param name="bytes">The first of them.</param>
    /// <param name="length">How many: a multiple of 16, and 64 at least.</param>
    // Compiled anew here: what was compiled ahead knows no wide registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static uint Fold(ref byte bytes, int length)
    {
        Vector128<ulong> first, second, third, fourth;
        var position = 0;
        if (Pclmulqdq.V512.IsSupported && length >= WideSize)
        {
            var begin = Vector512.CreateScalar(uint.MaxValue).AsUInt64();
            var a = Wide(ref bytes, 0) ^ begin;
            var b = Wide(ref bytes, BlockSize);
            var c = Wide(ref bytes, 2 * BlockSize);
            var d = Wide(ref bytes, 3 * BlockSize);
            var by2048 = Vector512.Create(Vector256.Create(Vector128.Create(0x011542778aUL, 0x01322d1430UL)));
            for (position = WideSize; position + WideSize <= length; position += WideSize)
            {
                a = Folded(a, by2048) ^ Wide(ref bytes, position);
                b = Folded(b, by2048) ^ Wide(ref bytes, position + BlockSize);
                c = Folded(c, by2048) ^ Wide(ref bytes, position + (2 * BlockSize));
                d = Folded(d, by2048) ^ Wide(ref bytes, position + (3 * BlockSize));
            }

            var by512 = Vector512.Create(Vector256.Create(Vector128.Create(0x0154442bd4UL, 0x01c6e41596UL)));
            a = Folded(Folded(Folded(a, by512) ^ b, by512) ^ c, by512) ^ d;
            first = a.GetLower().GetLower();
            second = a.GetLower().GetUpper();
            third = a.GetUpper().GetLower();
            fourth = a.GetUpper().GetUpper();
        }
        else
        {
            first = Lane(ref bytes, 0) ^ Vector128.CreateScalar(uint.MaxValue).AsUInt64();
            second = Lane(ref bytes, LaneSize);
            third = Lane(ref bytes, 2 * LaneSize);
            fourth = Lane(ref bytes, 3 * LaneSize);
            position = BlockSize;
        }

        var fold512 = Vector128.Create(0x0154442bd4UL, 0x01c6e41596UL);
        for (; position + BlockSize <= length; position += BlockSize)
        {
            first = Folded(first, fold512) ^ Lane(ref bytes, position);
            second = Folded(second, fold512) ^ Lane(ref bytes, position + LaneSize);
            third = Folded(third, fold512) ^ Lane(ref bytes, position + (2 * LaneSize));
            fourth = Folded(fourth, fold512) ^ Lane(ref bytes, position + (3 * LaneSize));
        }

        var fold128 = Vector128.Create(0x01751997d0UL, 0x00ccaa009eUL);
        first = Folded(Folded(Folded(first, fold128) ^ second, fold128) ^ third, fold128) ^ fourth;
        for (; position < length; position += LaneSize)
            first = Folded(first, fold128) ^ Lane(ref bytes, position);
        return Reduce(first, fold128);
    }

    /// <summary>From 128 bits to the remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Reduce(Vector128<ulong> value, Vector128<ulong> fold128)
    {
        var low = Vector128.Create(0xFFFF_FFFFUL);
        value = Sse2.ShiftRightLogical128BitLane(value, 8) ^ Pclmulqdq.CarrylessMultiply(value, fold128, 0x10);
        value = Sse2.ShiftRightLogical128BitLane(value, 4)
            ^ Pclmulqdq.CarrylessMultiply(value & low, Vector128.Create(0x0163cd6124UL, 0), 0x00);
        var barrett = Vector128.Create(0x01db710641UL, 0x01f7011641UL);
        var quotient = Pclmulqdq.CarrylessMultiply(value & low, barrett, 0x10) & low;
        return (value ^ Pclmulqdq.CarrylessMultiply(quotient, barrett, 0x00)).AsUInt32().GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<ulong> Folded(Vector128<ulong> value, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, by, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Folded(Vector512<ulong> value, Vector512<ulong> by) =>
        Pclmulqdq.V512.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(value, by, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<ulong> Lane(ref byte bytes, int position) =>
        Vector128.LoadUnsafe(ref bytes, (nuint)position).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Wide(ref byte bytes, int position) =>
        Vector512.LoadUnsafe(ref bytes, (nuint)position).AsUInt64();

    static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value >> 1) ^ (Polynomial & (0 - (value & 1)));
            table[i] = value;
        }

        return table;
    }
}
