using System.IO.Hashing;
using System.Security.Cryptography;

namespace Millrace.Objects.Packs;

/// <summary>Remembers which bytes were compared with their id, so that those read again are proved by a hash that is
/// ten times as fast as SHA-256. Thread-safe without locks.</summary>
/// <remarks>A slot holds XXH3-128 of the bytes, under a seed that nobody outside of this process knows, mixed with
/// their id. Bytes that rot in a file or in memory after their proof give another value and are compared with their id
/// again. A slot has no key: one that belongs to another id, or that two threads wrote at once, does not match either.
/// Slots are overwritten by what is proved later. 8 MiB remember the chunks of 32 GiB at most, and pages of them are
/// taken only as they are used.</remarks>
sealed class ProvenBytes
{
    const int SlotBits = 19;

    /// <summary>What is smaller costs more to look up than to hash.</summary>
    const int SizeMin = 4 * 1024;

    readonly long _seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
    readonly Lazy<UInt128[]> _slots = new(() => new UInt128[1 << SlotBits]);

    /// <summary>Whether the bytes are those of the id.</summary>
    public bool Proves(ReadOnlySpan<byte> bytes, ContentHash id)
    {
        if (bytes.Length < SizeMin)
            return ContentHash.Of(bytes) == id;
        var mark = XxHash128.HashToUInt128(bytes, _seed) ^ id.Suffix;
        ref var slot = ref _slots.Value[id.Prefix >> (64 - SlotBits)];
        if (slot == mark)
            return true;
        if (ContentHash.Of(bytes) != id)
            return false;
        slot = mark;
        return true;
    }
}
