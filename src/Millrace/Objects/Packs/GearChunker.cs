using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Millrace.Objects.Packs;

/// <summary>Cuts bytes into chunks where their content says so: an insertion moves the cuts near it and no others.
/// </summary>
/// <remarks>The Gear hash of Xia et al., "Ddelta: A deduplication-inspired fast delta compression approach" (2014), as
/// FastCDC (USENIX ATC 2016) uses it: h = 2h + gear[byte], a cut where the 16 highest bits are 0. Each bit leaves after
/// 64 steps, so the hash sees a window of 64 bytes. It begins anew at each chunk and skips to the smallest size less
/// the window. Chunks have 8 to 128 KiB, about 64 KiB on average. Where it cuts is part of the store's format only in
/// so far as other cuts find no duplicates.</remarks>
static class GearChunker
{
    public const int SizeMin = 8 * 1024;
    public const int SizeMax = 128 * 1024;

    const int Window = 64;
    const ulong Mask = 0xFFFF_0000_0000_0000;

    // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) from a seed that says what it is for.
    const ulong TableSeed = 0x4D49_4C4C_5241_4345;

    static readonly ulong[] Gear = MakeTable();

    /// <summary>The length of the first chunk.</summary>
    /// <param name="bytes">Bytes from the beginning of a chunk on.</param>
    /// <param name="isEnd">Whether nothing comes after them.</param>
    /// <returns>0 when more bytes are needed to tell.</returns>
    public static int Cut(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        if (bytes.Length <= SizeMin)
            return isEnd ? bytes.Length : 0;
        var limit = Math.Min(bytes.Length, SizeMax);
        var cut = Find(bytes[..limit]);
        return cut > 0 ? cut : limit == SizeMax || isEnd ? limit : 0;
    }

    /// <summary>The scalar twin of <see cref="Find"/>, for tests.</summary>
    internal static int FindPlainly(ReadOnlySpan<byte> bytes)
    {
        var hash = 0UL;
        for (var i = SizeMin - Window; i < bytes.Length; i++)
        {
            hash = (hash << 1) + Gear[bytes[i]];
            if (i + 1 > SizeMin && (hash & Mask) == 0)
                return i + 1;
        }

        return 0;
    }

    /// <summary>Where the first cut is; 0 when there is none. Four steps at a time, for the shift and the addition of
    /// one wait for the one before and the rest can overlap.</summary>
    internal static int Find(ReadOnlySpan<byte> bytes)
    {
        ref var gear = ref MemoryMarshal.GetArrayDataReference(Gear);
        ref var data = ref MemoryMarshal.GetReference(bytes);
        var hash = 0UL;
        nint position = SizeMin - Window;
        for (; position < SizeMin; position++)
            hash = (hash << 1) + Unsafe.Add(ref gear, Unsafe.Add(ref data, position));
        nint last = bytes.Length - 4;
        while (position <= last)
        {
            var first = (hash << 1) + Unsafe.Add(ref gear, Unsafe.Add(ref data, position));
            var second = (first << 1) + Unsafe.Add(ref gear, Unsafe.Add(ref data, position + 1));
            var third = (second << 1) + Unsafe.Add(ref gear, Unsafe.Add(ref data, position + 2));
            hash = (third << 1) + Unsafe.Add(ref gear, Unsafe.Add(ref data, position + 3));
            if ((first & Mask) == 0)
                return (int)position + 1;
            if ((second & Mask) == 0)
                return (int)position + 2;
            if ((third & Mask) == 0)
                return (int)position + 3;
            if ((hash & Mask) == 0)
                return (int)position + 4;
            position += 4;
        }

        for (; position < bytes.Length; position++)
        {
            hash = (hash << 1) + Unsafe.Add(ref gear, Unsafe.Add(ref data, position));
            if ((hash & Mask) == 0)
                return (int)position + 1;
        }

        return 0;
    }

    static ulong[] MakeTable()
    {
        var table = new ulong[256];
        var state = TableSeed;
        for (var i = 0; i < table.Length; i++)
        {
            state += 0x9E37_79B9_7F4A_7C15;
            var mixed = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
            table[i] = mixed ^ (mixed >> 31);
        }

        return table;
    }
}
