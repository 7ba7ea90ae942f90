using System.Buffers.Binary;
using System.IO.Hashing;

namespace Millrace.Objects.Packs;

/// <summary>What a sweep is about to drop: entries by pack and offset. A writer does not rely on them; it stores their
/// content again. See docs/formats/objects.md.</summary>
/// <remarks>"MILLSWEP" | u32 version | u32 number of packs | i64 when, milliseconds since 1970 UTC | for each pack: its
/// name, 16 bytes | u32 count | count times u32 offset, ascending | at the end u32 crc of all before.
/// Little-endian. An empty file condemns nothing.</remarks>
sealed class SweepPlan
{
    /// <summary>A plan has at most so many bytes; what does not fit waits for the next one.</summary>
    public const int SizeMax = 256 << 20;

    const uint FormatVersion = 1;
    const int HeaderSize = 24;
    const int NameSize = 16;
    const int PackHeaderSize = NameSize + sizeof(uint);

    readonly Dictionary<string, uint[]> _packs;
    readonly bool _isReadable;

    SweepPlan(Dictionary<string, uint[]> packs, DateTimeOffset plannedAt, bool isReadable)
    {
        _packs = packs;
        _isReadable = isReadable;
        PlannedAt = plannedAt;
    }

    /// <summary>Condemns nothing.</summary>
    public static SweepPlan Empty { get; } = new([], DateTimeOffset.UnixEpoch, isReadable: true);

    /// <summary>Of a file that cannot be read: everything may be condemned, so nothing is relied on.</summary>
    public static SweepPlan Unreadable { get; } = new([], DateTimeOffset.UnixEpoch, isReadable: false);

    static ReadOnlySpan<byte> Magic => "MILLSWEP"u8;

    public DateTimeOffset PlannedAt { get; }

    public bool IsReadable => _isReadable;

    public bool IsEmpty => _isReadable && _packs.Count == 0;

    public int EntryCount => _packs.Values.Sum(offsets => offsets.Length);

    /// <summary>A plan of the given entries, as many as fit.</summary>
    public static SweepPlan Of(IEnumerable<PackLocation> condemned, DateTimeOffset plannedAt) =>
        Of(condemned.Select(location => (location.Pack.Name, location.Entry.Offset)), plannedAt);

    /// <inheritdoc cref="Of(IEnumerable{PackLocation}, DateTimeOffset)"/>
    public static SweepPlan Of(IEnumerable<(string Pack, long Offset)> condemned, DateTimeOffset plannedAt)
    {
        var packs = new Dictionary<string, List<uint>>();
        var size = HeaderSize + sizeof(uint);
        foreach (var (pack, offset) in condemned)
        {
            var isNew = !packs.TryGetValue(pack, out var offsets);
            size += sizeof(uint) + (isNew ? PackHeaderSize : 0);
            if (size > SizeMax)
                break;
            if (isNew)
                packs.Add(pack, offsets = []);
            offsets!.Add((uint)offset);
        }

        return new SweepPlan(
            packs.ToDictionary(pair => pair.Key, pair => pair.Value.Order().Distinct().ToArray()), plannedAt,
            isReadable: true);
    }

    public static SweepPlan Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return Empty;
        if (bytes.Length < HeaderSize + sizeof(uint)
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != FormatVersion
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) != Crc32.HashToUInt32(bytes[..^4]))
        {
            return Unreadable;
        }

        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        var milliseconds = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        if (milliseconds < 0 || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            return Unreadable;
        var packs = new Dictionary<string, uint[]>();
        var rest = bytes[HeaderSize..^4];
        for (var i = 0u; i < count; i++)
        {
            if (rest.Length < PackHeaderSize)
                return Unreadable;
            var name = Convert.ToHexStringLower(rest[..NameSize]);
            var entries = BinaryPrimitives.ReadUInt32LittleEndian(rest[NameSize..]);
            rest = rest[PackHeaderSize..];
            if (entries > rest.Length / sizeof(uint))
                return Unreadable;
            var offsets = new uint[entries];
            for (var j = 0; j < offsets.Length; j++, rest = rest[sizeof(uint)..])
                offsets[j] = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            packs[name] = offsets;
        }

        return new SweepPlan(packs, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), isReadable: true);
    }

    public byte[] ToBytes()
    {
        var size = HeaderSize + sizeof(uint)
            + _packs.Values.Sum(offsets => PackHeaderSize + (offsets.Length * sizeof(uint)));
        var bytes = new byte[size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), _packs.Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), PlannedAt.ToUnixTimeMilliseconds());
        var target = bytes.AsSpan(HeaderSize);
        foreach (var (name, offsets) in _packs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Convert.FromHexString(name).CopyTo(target);
            BinaryPrimitives.WriteInt32LittleEndian(target[NameSize..], offsets.Length);
            target = target[PackHeaderSize..];
            foreach (var offset in offsets)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(target, offset);
                target = target[sizeof(uint)..];
            }
        }

        BinaryPrimitives.WriteUInt32LittleEndian(target, Crc32.HashToUInt32(bytes.AsSpan(0, size - sizeof(uint))));
        return bytes;
    }

    /// <summary>Whether the entry may vanish, so that nothing new may rely on it.</summary>
    public bool IsCondemned(LoadedPack pack, long offset) => IsCondemned(pack.Name, offset);

    /// <inheritdoc cref="IsCondemned(LoadedPack, long)"/>
    public bool IsCondemned(string pack, long offset) =>
        !_isReadable
        || (_packs.Count > 0 && _packs.TryGetValue(pack, out var offsets)
            && Array.BinarySearch(offsets, (uint)offset) >= 0);

    /// <summary>Whether it condemns anything in the pack.</summary>
    public bool Touches(string pack) => !_isReadable || _packs.ContainsKey(pack);
}
