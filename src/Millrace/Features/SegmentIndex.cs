using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Millrace.Objects;

namespace Millrace.Features;

/// <summary>The hash index of a segment: buckets of one cache line, each with its own checksum.</summary>
/// <remarks>
/// <code>
///  0        4       6          8         16                            64
/// ┌────────┬───────┬──────────┬─────────┬─────────┬─── … ───┬─────────┐
/// │ CRC32C │ count │ overflow │ entry 0 │ entry 1 │         │ entry 6 │
/// └────────┴───────┴──────────┴─────────┴─────────┴─── … ───┴─────────┘
/// entry: bits 0–39 the record's offset in the records section / 8, bits 40–63 the low 24 bits of the key's hash
/// </code>
/// A key belongs to bucket ⌊hash · buckets / 2⁶⁴⌋; if that is full, to the next one with room, and every full bucket
/// that was passed is marked <c>overflow</c>. A key is absent when no entry matches before the first bucket without the
/// mark. The checksum is what makes "absent" trustworthy: without it one turned bit would hide an entity silently.
/// Four keys a bucket on average leave 5 % of the buckets overflowing: nearly every lookup touches one line.
/// </remarks>
static class SegmentIndex
{
    public const int BucketSize = 64;
    public const int BucketCapacity = 7;

    const int WordCount = BucketSize / sizeof(ulong);
    const int KeysPerBucket = 4;
    const int OffsetBits = 40;
    const ulong OffsetMask = (1UL << OffsetBits) - 1;
    const ulong TagMask = (1UL << (64 - OffsetBits)) - 1;
    const int CountShift = 32;
    const int OverflowShift = 48;
    const int ChecksumSize = sizeof(uint);

    public static long BucketCountFor(long rowCount) => Math.Max(1, (rowCount + KeysPerBucket - 1) / KeysPerBucket);

    public static long Home(ulong hash, long bucketCount) => (long)Math.BigMul(hash, (ulong)bucketCount, out _);

    public static bool Matches(ulong entry, ulong hash) => entry >> OffsetBits == (hash & TagMask);

    public static long RecordOffset(ulong entry) => (long)(entry & OffsetMask) * RecordLayout.Alignment;

    /// <summary>Puts a key into the buckets that are being built.</summary>
    /// <returns>How many buckets beyond its home it lies.</returns>
    public static int Insert(Span<ulong> buckets, ulong hash, long recordOffset)
    {
        var bucketCount = buckets.Length / WordCount;
        var bucketIndex = (int)Home(hash, bucketCount);
        for (var probe = 0; ; probe++)
        {
            var bucket = buckets.Slice(bucketIndex * WordCount, WordCount);
            var count = CountOf(bucket[0]);
            if (count < BucketCapacity)
            {
                bucket[1 + count] = ((hash & TagMask) << OffsetBits) | ((ulong)recordOffset / RecordLayout.Alignment);
                bucket[0] += 1UL << CountShift;
                return probe;
            }

            bucket[0] |= 1UL << OverflowShift;
            bucketIndex = bucketIndex + 1 == bucketCount ? 0 : bucketIndex + 1;
        }
    }

    /// <summary>Writes every bucket's checksum, once all keys are in.</summary>
    public static void Seal(Span<ulong> buckets)
    {
        for (var offset = 0; offset < buckets.Length; offset += WordCount)
        {
            var bytes = MemoryMarshal.AsBytes(buckets.Slice(offset, WordCount));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, Checksum((ulong)(offset / WordCount), bytes));
        }
    }

    /// <summary>The entries of a bucket in a file, checked.</summary>
    /// <param name="file">The segment.</param>
    /// <param name="offset">Where the bucket begins in the file.</param>
    /// <param name="bucketIndex">The bucket's index, which is part of its checksum.</param>
    /// <param name="overflow">Whether a key that belongs here, or was passed on to here, lies in a later
    /// bucket.</param>
    public static ReadOnlySpan<ulong> Read(SegmentMapping file, long offset, long bucketIndex, out bool overflow)
    {
        var bytes = file.Slice(offset, BucketSize);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var count = CountOf(words[0]);
        if ((uint)words[0] != Checksum((ulong)bucketIndex, bytes) || count > BucketCapacity)
            throw SegmentDamage.At(file.Path, offset, $"index bucket {bucketIndex:N0} does not match its checksum.");

        overflow = words[0] >> OverflowShift != 0;
        return words.Slice(1, count);
    }

    static int CountOf(ulong firstWord) => (ushort)(firstWord >> CountShift);

    static uint Checksum(ulong bucketIndex, ReadOnlySpan<byte> bucket) =>
        Crc32C.Compute(bucketIndex, bucket[ChecksumSize..]);
}
