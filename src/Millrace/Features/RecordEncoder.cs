using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Millrace.Features;

/// <summary>Turns rows into records. Not thread-safe: the buffer is used again for every row.</summary>
sealed class RecordEncoder(RecordLayout layout)
{
    byte[] _buffer = new byte[256];

    /// <returns>The record, valid until the next call.</returns>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<object?> key, ReadOnlySpan<object?> values)
    {
        var features = layout.Schema.Features;
        if (values.Length != features.Count)
        {
            throw new ArgumentException(
                $"The row has {values.Length} values; the feature view has {features.Count} features.", nameof(values));
        }

        var record = Clear(SizeMax(key, values));
        if (!EntityKey.TryEncode(layout.Schema, key, record[layout.KeyOffset..], out var keySize))
            throw UnfitKey(key);

        var end = layout.KeyOffset + keySize;
        for (var index = 0; index < values.Length; index++)
        {
            if (values[index] is { } value)
                WriteValue(record, index, value, ref end);
            else
                record[RecordLayout.NullsOffset + (index >> 3)] |= (byte)(1 << (index & 7));
        }

        record = record[..Align(end, RecordLayout.Alignment)];
        BinaryPrimitives.WriteInt32LittleEndian(record[RecordLayout.SizeOffset..], record.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record[RecordLayout.KeySizeOffset..], keySize);
        BinaryPrimitives.WriteUInt32LittleEndian(record, RecordLayout.Checksum(record));
        return record;
    }

    long SizeMax(ReadOnlySpan<object?> key, ReadOnlySpan<object?> values)
    {
        var size = layout.KeyOffset + EntityKey.SizeMax(key) + RecordLayout.Alignment;
        foreach (var value in values)
        {
            size += value switch
            {
                string text => Encoding.UTF8.GetByteCount(text),
                float[] floats => ((long)floats.Length * sizeof(float)) + sizeof(float) - 1,
                _ => 0,
            };
        }

        if (size <= RecordLayout.RecordSizeMax)
            return size;
        throw new MillraceException(
            ErrorKind.Invalid,
            "feature-row-too-large",
            $"The row of {Describe(key)} takes up to {size:N0} bytes; " +
            $"a row of the online store takes at most {RecordLayout.RecordSizeMax:N0}.",
            "Keep large values as objects and put their addresses into the feature view.");
    }

    Span<byte> Clear(long size)
    {
        if (_buffer.Length < size)
            _buffer = new byte[Math.Max(size, Math.Min(2L * _buffer.Length, RecordLayout.RecordSizeMax))];
        var record = _buffer.AsSpan(0, (int)size);
        record.Clear();
        return record;
    }

    void WriteValue(Span<byte> record, int index, object value, ref int end)
    {
        var column = layout.Schema.Features[index];
        var slot = record[layout.SlotOffset(index)..];
        switch (column.Type, value)
        {
            case (FeatureType.Int64 or FeatureType.Timestamp, long number):
                BinaryPrimitives.WriteInt64LittleEndian(slot, number);
                break;
            case (FeatureType.Int64, int number):
                BinaryPrimitives.WriteInt64LittleEndian(slot, number);
                break;
            case (FeatureType.Double, double number):
                BinaryPrimitives.WriteInt64LittleEndian(slot, BitConverter.DoubleToInt64Bits(number));
                break;
            case (FeatureType.Float, float number):
                BinaryPrimitives.WriteInt32LittleEndian(slot, BitConverter.SingleToInt32Bits(number));
                break;
            case (FeatureType.Boolean, bool flag):
                slot[0] = flag ? (byte)1 : (byte)0;
                break;
            case (FeatureType.Text, string text):
                var status = Utf8.FromUtf16(text, record[end..], out _, out var written, false);
                if (status != OperationStatus.Done)
                    throw UnfitText(column);
                WriteExtent(slot, end, written);
                end += written;
                break;
            case (FeatureType.FloatArray, float[] floats):
                end = Align(end, sizeof(float));
                WriteExtent(slot, end, floats.Length * sizeof(float));
                foreach (var number in floats)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(record[end..], BitConverter.SingleToInt32Bits(number));
                    end += sizeof(float);
                }

                break;
            default:
                throw FeatureTypeNames.Mismatch(column, value);
        }
    }

    static void WriteExtent(Span<byte> slot, int offset, int size)
    {
        BinaryPrimitives.WriteInt32LittleEndian(slot, offset);
        BinaryPrimitives.WriteInt32LittleEndian(slot[sizeof(int)..], size);
    }

    static int Align(int offset, int alignment) => (offset + alignment - 1) & -alignment;

    MillraceException UnfitKey(ReadOnlySpan<object?> key)
    {
        for (var index = 0; index < key.Length; index++)
        {
            if (key[index] is string text && !EntityKey.IsUnicode(text))
                return UnfitText(layout.Schema.Keys[index]);
        }

        return new MillraceException(
            ErrorKind.Invalid,
            "feature-key-null",
            $"A row's key {Describe(key)} has a null; a key names one entity.",
            "Leave rows without a key out of the query that feeds the feature view.");
    }

    static MillraceException UnfitText(FeatureColumn column) => new(
        ErrorKind.Invalid,
        "feature-text-invalid",
        $"A text of column '{column.Name}' holds half a surrogate pair, which UTF-8 cannot keep.",
        "Repair the text in the source; it was cut in the middle of a character.");

    /// <summary>A key as a person writes it, for messages.</summary>
    public static string Describe(ReadOnlySpan<object?> key) =>
        "(" + string.Join(", ", key.ToArray().Select(value => value is string ? $"'{value}'" : value ?? "null")) + ")";
}
