using System.Buffers.Binary;
using Millrace.Objects;

namespace Millrace.Features;

/// <summary>Where the parts of a record lie, for one schema.</summary>
/// <remarks>
/// <code>
///  0       4      8          12                  KeyOffset
/// ┌───────┬──────┬──────────┬───────┬───────────┬─────┬──────────────────────┬──────┐
/// │ CRC32C│ size │ key size │ nulls │ slots     │ key │ heap: text, floats   │ 0…0  │  size: a multiple of 8
/// └───────┴──────┴──────────┴───────┴───────────┴─────┴──────────────────────┴──────┘
/// </code>
/// The slots come before the key, so each column's place is the same in every record. Page:
/// docs/formats/online-segment.md.
/// </remarks>
sealed class RecordLayout
{
    public const int SizeOffset = 4;
    public const int KeySizeOffset = 8;
    public const int NullsOffset = 12;
    public const int Alignment = 8;

    /// <summary>One entity's row is read as a whole, so it must not be a file of its own.</summary>
    public const int RecordSizeMax = 16 << 20;

    readonly int[] _slotOffsets;

    public RecordLayout(FeatureSchema schema)
    {
        Schema = schema;
        _slotOffsets = new int[schema.Features.Count];
        var offset = NullsOffset + ((schema.Features.Count + 7) / 8);
        for (var index = 0; index < _slotOffsets.Length; index++)
        {
            _slotOffsets[index] = offset;
            offset += SlotSize(schema.Features[index].Type);
        }

        KeyOffset = offset;
    }

    public FeatureSchema Schema { get; }

    /// <summary>Where the key begins; also the size of everything before it.</summary>
    public int KeyOffset { get; }

    public int SlotOffset(int index) => _slotOffsets[index];

    public static bool IsNull(ReadOnlySpan<byte> record, int index) =>
        (record[NullsOffset + (index >> 3)] & (1 << (index & 7))) != 0;

    public static int SizeOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record[SizeOffset..]);

    public static uint Checksum(ReadOnlySpan<byte> record) => Crc32C.Compute(record[SizeOffset..]);

    /// <summary>Whether the record is what was written, as far as its checksum can tell.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record) == Checksum(record);

    /// <summary>The canonical key bytes; false when the record says that they reach beyond it.</summary>
    public bool TryKey(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> key)
    {
        var size = BinaryPrimitives.ReadUInt32LittleEndian(record[KeySizeOffset..]);
        var isInside = size <= record.Length - KeyOffset;
        key = isInside ? record.Slice(KeyOffset, (int)size) : default;
        return isInside;
    }

    /// <summary>Text and float arrays keep where they lie in the record (uint32) and how many bytes they take (uint32).
    ///</summary>
    static int SlotSize(FeatureType type) => type switch
    {
        FeatureType.Boolean => sizeof(byte),
        FeatureType.Float => sizeof(float),
        _ => sizeof(ulong),
    };
}
