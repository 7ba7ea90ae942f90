using System.Buffers.Binary;
using System.Numerics;

namespace Millrace.Tables.Delta;

/// <summary>Reads sets of 64-bit numbers in the portable format: https://github.com/RoaringBitmap/RoaringFormatSpec.
/// </summary>
/// <remarks><code>
/// count of buckets (8), then for each: upper 32 bits (4), a bitmap of the lower 32 bits:
///   cookie (4): 12346, then count of containers (4)
///            or 12347 in the lower half and count - 1 in the upper, then a bit for each container that has runs
///   for each container: upper 16 bits (2), cardinality - 1 (2)
///   without runs, or from 4 containers on: offset of each container (4), which is not needed here
///   containers: runs: count (2), then start (2) and length - 1 (2) of each
///               up to 4,096 numbers: each (2); more: 65,536 bits
/// </code>All little endian.</remarks>
static class RoaringBitmap
{
    const int CookieWithoutRuns = 12346;
    const int CookieWithRuns = 12347;
    const int MinContainersForOffsets = 4;
    const int MaxArrayCount = 4096;
    const int MaxContainers = 1 << 16;
    const int BitContainerWords = 1024;

    /// <summary>How many numbers are in a set, after a look at all of it.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such set.</exception>
    public static long Count(ReadOnlySpan<byte> bytes)
    {
        var count = 0L;
        var last = -1L;
        foreach (var value in Values(bytes.ToArray()))
        {
            count++;
            if (value <= last)
            {
                throw new InvalidDataException("its numbers do not rise");
            }

            last = value;
        }

        return count;
    }

    /// <summary>The numbers of a set, rising.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such set.</exception>
    public static IEnumerable<long> Values(ReadOnlyMemory<byte> bytes)
    {
        var at = 0;
        var buckets = Int64(bytes, ref at);
        if (buckets < 0 || buckets > bytes.Length)
        {
            throw new InvalidDataException($"it says that it has {buckets:N0} parts");
        }

        for (var bucket = 0L; bucket < buckets; bucket++)
        {
            var upper = (long)UInt32(bytes, ref at) << 32;
            if (upper < 0)
            {
                throw new InvalidDataException("a number in it is negative");
            }

            foreach (var container in Containers(bytes, ref at))
            {
                foreach (var low in container.HasRuns ? Runs(bytes, container.Start)
                    : container.Count <= MaxArrayCount ? Array(bytes, container) : Bits(bytes, container))
                {
                    yield return upper | container.Upper | (uint)low;
                }
            }
        }
    }

    static List<Container> Containers(ReadOnlyMemory<byte> bytes, ref int at)
    {
        var cookie = UInt32(bytes, ref at);
        int count;
        var runs = ReadOnlyMemory<byte>.Empty;
        if ((cookie & 0xFFFF) == CookieWithRuns)
        {
            count = (int)(cookie >> 16) + 1;
            runs = Slice(bytes, at, (count + 7) / 8);
            at += runs.Length;
        }
        else if (cookie == CookieWithoutRuns)
        {
            count = checked((int)Math.Min(UInt32(bytes, ref at), int.MaxValue));
        }
        else
        {
            throw new InvalidDataException($"a bitmap in it begins with {cookie}");
        }

        if (count > MaxContainers)
        {
            throw new InvalidDataException($"a bitmap in it says that it has {count:N0} parts");
        }

        var heads = Slice(bytes, at, count * 4);
        at += heads.Length;
        if (runs.IsEmpty || count >= MinContainersForOffsets)
        {
            at += Slice(bytes, at, count * 4).Length;
        }

        var containers = new List<Container>(count);
        for (var i = 0; i < count; i++)
        {
            var upper = (uint)BinaryPrimitives.ReadUInt16LittleEndian(heads.Span[(i * 4)..]) << 16;
            var cardinality = BinaryPrimitives.ReadUInt16LittleEndian(heads.Span[((i * 4) + 2)..]) + 1;
            var hasRuns = !runs.IsEmpty && ((runs.Span[i / 8] >> (i % 8)) & 1) == 1;
            containers.Add(new Container(upper, cardinality, hasRuns, at));
            at += Slice(bytes, at, hasRuns ? 2 + (UInt16(bytes, at) * 4)
                : cardinality <= MaxArrayCount ? cardinality * 2 : BitContainerWords * 8).Length;
        }

        return containers;
    }

    static IEnumerable<int> Runs(ReadOnlyMemory<byte> bytes, int start)
    {
        var count = UInt16(bytes, start);
        for (var run = 0; run < count; run++)
        {
            var first = UInt16(bytes, start + 2 + (run * 4));
            var last = first + UInt16(bytes, start + 4 + (run * 4));
            if (last > ushort.MaxValue)
            {
                throw new InvalidDataException("a run in it leads out of its part");
            }

            for (var value = first; value <= last; value++)
            {
                yield return value;
            }
        }
    }

    static IEnumerable<int> Array(ReadOnlyMemory<byte> bytes, Container container)
    {
        for (var i = 0; i < container.Count; i++)
        {
            yield return UInt16(bytes, container.Start + (i * 2));
        }
    }

    static IEnumerable<int> Bits(ReadOnlyMemory<byte> bytes, Container container)
    {
        for (var word = 0; word < BitContainerWords; word++)
        {
            var bits = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[(container.Start + (word * 8))..]);
            for (; bits != 0; bits &= bits - 1)
            {
                yield return (word * 64) + BitOperations.TrailingZeroCount(bits);
            }
        }
    }

    static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> bytes, int start, int length) =>
        length >= 0 && start <= bytes.Length - length ? bytes.Slice(start, length)
            : throw new InvalidDataException("it ends too early");

    static int UInt16(ReadOnlyMemory<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt16LittleEndian(Slice(bytes, at, sizeof(ushort)).Span);

    static uint UInt32(ReadOnlyMemory<byte> bytes, ref int at)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(Slice(bytes, at, sizeof(uint)).Span);
        at += sizeof(uint);
        return value;
    }

    static long Int64(ReadOnlyMemory<byte> bytes, ref int at)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(Slice(bytes, at, sizeof(long)).Span);
        at += sizeof(long);
        return value;
    }

    readonly record struct Container(uint Upper, int Count, bool HasRuns, int Start);
}
