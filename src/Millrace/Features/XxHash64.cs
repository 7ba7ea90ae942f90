using System.Buffers.Binary;
using System.Numerics;

namespace Millrace.Features;

/// <summary>XXH64 with seed 0 (Yann Collet, "xxHash fast digest algorithm", section XXH64): spreads keys over the
/// index. It is part of the file format and guards nothing; checksums do.</summary>
static class XxHash64
{
    const ulong Prime1 = 0x9E3779B185EBCA87;
    const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    const ulong Prime3 = 0x165667B19E3779F9;
    const ulong Prime4 = 0x85EBCA77C2B2AE63;
    const ulong Prime5 = 0x27D4EB2F165667C5;
    const int StripeSize = 32;

    public static ulong Compute(ReadOnlySpan<byte> bytes)
    {
        var length = (ulong)bytes.Length;
        var hash = Prime5;
        if (bytes.Length >= StripeSize)
            hash = Stripes(ref bytes);
        hash += length;

        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = (BitOperations.RotateLeft(hash ^ Round(0, Word(bytes)), 27) * Prime1) + Prime4;
        if (bytes.Length >= 4)
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(bytes) * Prime1;
            hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
            bytes = bytes[4..];
        }

        foreach (var value in bytes)
            hash = BitOperations.RotateLeft(hash ^ (value * Prime5), 11) * Prime1;

        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    static ulong Stripes(ref ReadOnlySpan<byte> bytes)
    {
        var (a, b, c, d) = (unchecked(Prime1 + Prime2), Prime2, 0UL, unchecked(0UL - Prime1));
        for (; bytes.Length >= StripeSize; bytes = bytes[StripeSize..])
        {
            a = Round(a, Word(bytes));
            b = Round(b, Word(bytes[8..]));
            c = Round(c, Word(bytes[16..]));
            d = Round(d, Word(bytes[24..]));
        }

        var hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) +
            BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        return Merge(Merge(Merge(Merge(hash, a), b), c), d);
    }

    static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;

    static ulong Round(ulong lane, ulong word) => BitOperations.RotateLeft(lane + (word * Prime2), 31) * Prime1;

    static ulong Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
