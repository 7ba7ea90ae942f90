using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Millrace.Features;

/// <summary>The canonical bytes of an entity key: two keys are one entity exactly when their bytes are equal.</summary>
/// <remarks>
/// Column after column: int64 and timestamp as 8 bytes, big-endian with the sign bit turned, so that bytes sort as
/// numbers; boolean as 0 or 1; text as its length in bytes (uint32, little-endian) and its UTF-8. The length keeps
/// ("1", "23") and ("12", "3") apart. Text is compared as it is: no case folding, no Unicode normalization.
/// </remarks>
static class EntityKey
{
    const ulong SignBit = 1UL << 63;

    /// <summary>A size in bytes that is enough for <see cref="TryEncode"/>.</summary>
    public static long SizeMax(ReadOnlySpan<object?> key)
    {
        var size = 0L;
        foreach (var value in key)
            size += value is string text ? sizeof(uint) + (3L * text.Length) : sizeof(long);
        return size;
    }

    /// <summary>Writes the canonical bytes. False: no entity can have this key, because a value is null or is text that
    /// is not Unicode.</summary>
    /// <exception cref="MillraceException"><c>feature-type-mismatch</c>.</exception>
    /// <exception cref="ArgumentException">The key has more or fewer values than the schema has key
    /// columns.</exception>
    public static bool TryEncode(FeatureSchema schema, ReadOnlySpan<object?> key, Span<byte> target, out int size)
    {
        if (key.Length != schema.Keys.Count)
        {
            throw new ArgumentException(
                $"The key has {key.Length} values; the feature view has {schema.Keys.Count} key columns.", nameof(key));
        }

        size = 0;
        for (var index = 0; index < key.Length; index++)
        {
            if (key[index] is not { } value)
                return false;
            var column = schema.Keys[index];
            switch (column.Type, value)
            {
                case (FeatureType.Int64 or FeatureType.Timestamp, long number):
                    size += EncodeNumber(number, target[size..]);
                    break;
                case (FeatureType.Int64, int number):
                    size += EncodeNumber(number, target[size..]);
                    break;
                case (FeatureType.Boolean, bool flag):
                    target[size++] = flag ? (byte)1 : (byte)0;
                    break;
                case (FeatureType.Text, string text):
                    var bytes = target[(size + sizeof(uint))..];
                    if (Utf8.FromUtf16(text, bytes, out _, out var written, false) != OperationStatus.Done)
                        return false;
                    BinaryPrimitives.WriteUInt32LittleEndian(target[size..], (uint)written);
                    size += sizeof(uint) + written;
                    break;
                default:
                    throw FeatureTypeNames.Mismatch(column, value);
            }
        }

        return true;
    }

    public static int EncodeNumber(long number, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, (ulong)number ^ SignBit);
        return sizeof(ulong);
    }

    /// <summary>Whether a text has no half surrogate pair, which UTF-8 cannot keep.</summary>
    public static bool IsUnicode(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var consumed) != OperationStatus.Done)
                return false;
            text = text[consumed..];
        }

        return true;
    }

    /// <summary>The values behind canonical bytes; <c>null</c> when the bytes are not what the schema
    /// demands.</summary>
    public static object[]? TryDecode(FeatureSchema schema, ReadOnlySpan<byte> bytes)
    {
        var values = new object[schema.Keys.Count];
        for (var index = 0; index < values.Length; index++)
        {
            if (TryDecodeOne(schema.Keys[index].Type, ref bytes) is not { } value)
                return null;
            values[index] = value;
        }

        return bytes.IsEmpty ? values : null;
    }

    static object? TryDecodeOne(FeatureType type, ref ReadOnlySpan<byte> bytes)
    {
        var head = type switch { FeatureType.Boolean => 1, FeatureType.Text => sizeof(uint), _ => sizeof(ulong) };
        if (bytes.Length < head)
            return null;

        var value = bytes;
        bytes = bytes[head..];
        if (type == FeatureType.Boolean)
            return value[0] > 1 ? null : value[0] == 1;
        if (type != FeatureType.Text)
            return (long)(BinaryPrimitives.ReadUInt64BigEndian(value) ^ SignBit);

        var size = BinaryPrimitives.ReadUInt32LittleEndian(value);
        if (size > bytes.Length || !Utf8.IsValid(bytes[..(int)size]))
            return null;
        var text = Encoding.UTF8.GetString(bytes[..(int)size]);
        bytes = bytes[(int)size..];
        return text;
    }
}
