using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Millrace.Features;

/// <summary>One entity's values, read straight from the mapped segment; the record's checksum has been
/// compared.</summary>
/// <remarks>
/// Stays readable after the segment is disposed. A column is asked for by its index in
/// <see cref="FeatureSchema.Features"/> or, for one dictionary lookup more, by its name. Every getter throws
/// <see cref="InvalidOperationException"/> when the column is of another type or the value is null: a missing value
/// must not pass for a zero. <see cref="MillraceException"/> <c>feature-unknown</c> names an unknown column,
/// <c>online-segment-damaged</c> a value that no writer wrote.
/// </remarks>
public readonly ref struct FeatureValues
{
    readonly SegmentMapping? _file;
    readonly RecordLayout? _layout;
    readonly ReadOnlySpan<byte> _record;
    readonly long _fileOffset;

    internal FeatureValues(SegmentMapping file, RecordLayout layout, ReadOnlySpan<byte> record, long fileOffset)
    {
        _file = file;
        _layout = layout;
        _record = record;
        _fileOffset = fileOffset;
    }

    /// <summary>How many values there are: the schema's feature columns.</summary>
    public int Count => Layout.Schema.Features.Count;

    RecordLayout Layout =>
        _layout ?? throw new InvalidOperationException("The entity was not found; it has no values.");

    /// <summary>Whether the value is missing.</summary>
    public bool IsNull(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var isNull = RecordLayout.IsNull(_record, index);
        GC.KeepAlive(_file);
        return isNull;
    }

    /// <inheritdoc cref="IsNull(int)"/>
    public bool IsNull(string name) => IsNull(Layout.Schema.FeatureIndex(name));

    /// <summary>The value of an int64 column.</summary>
    public long Int64(int index) => ReadInt64(index, FeatureType.Int64);

    /// <inheritdoc cref="Int64(int)"/>
    public long Int64(string name) => Int64(Layout.Schema.FeatureIndex(name));

    /// <summary>The value of a double column, bit for bit as written.</summary>
    public double Double(int index) => BitConverter.Int64BitsToDouble(ReadInt64(index, FeatureType.Double));

    /// <inheritdoc cref="Double(int)"/>
    public double Double(string name) => Double(Layout.Schema.FeatureIndex(name));

    /// <summary>The value of a timestamp column: microseconds since 1970-01-01T00:00:00Z.</summary>
    public long TimestampMicros(int index) => ReadInt64(index, FeatureType.Timestamp);

    /// <inheritdoc cref="TimestampMicros(int)"/>
    public long TimestampMicros(string name) => TimestampMicros(Layout.Schema.FeatureIndex(name));

    /// <summary>The value of a float column, bit for bit as written.</summary>
    public float Float(int index)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(Slot(index, FeatureType.Float));
        GC.KeepAlive(_file);
        return BitConverter.Int32BitsToSingle(value);
    }

    /// <inheritdoc cref="Float(int)"/>
    public float Float(string name) => Float(Layout.Schema.FeatureIndex(name));

    /// <summary>The value of a boolean column.</summary>
    public bool Boolean(int index)
    {
        var value = Slot(index, FeatureType.Boolean)[0];
        GC.KeepAlive(_file);
        return value <= 1 ? value == 1 : throw Damaged(index);
    }

    /// <inheritdoc cref="Boolean(int)"/>
    public bool Boolean(string name) => Boolean(Layout.Schema.FeatureIndex(name));

    /// <summary>The value of a text column as a new string.</summary>
    public string Text(int index)
    {
        var text = Encoding.UTF8.GetString(TextUtf8(index));
        GC.KeepAlive(_file);
        return text;
    }

    /// <inheritdoc cref="Text(int)"/>
    public string Text(string name) => Text(Layout.Schema.FeatureIndex(name));

    /// <summary>The value of a text column as UTF-8, without a copy.</summary>
    /// <returns>Mapped memory: valid while the segment is referenced from somewhere, disposed or not.</returns>
    public ReadOnlySpan<byte> TextUtf8(int index)
    {
        var text = Heap(index, FeatureType.Text);
        if (!Utf8.IsValid(text))
            throw Damaged(index);
        GC.KeepAlive(_file);
        return text;
    }

    /// <inheritdoc cref="TextUtf8(int)"/>
    public ReadOnlySpan<byte> TextUtf8(string name) => TextUtf8(Layout.Schema.FeatureIndex(name));

    /// <summary>The value of a float-array column, bit for bit as written, without a copy.</summary>
    /// <returns>Mapped memory: valid while the segment is referenced from somewhere, disposed or not.</returns>
    public ReadOnlySpan<float> FloatArray(int index)
    {
        var bytes = Heap(index, FeatureType.FloatArray);
        return bytes.Length % sizeof(float) == 0 ? MemoryMarshal.Cast<byte, float>(bytes) : throw Damaged(index);
    }

    /// <inheritdoc cref="FloatArray(int)"/>
    public ReadOnlySpan<float> FloatArray(string name) => FloatArray(Layout.Schema.FeatureIndex(name));

    /// <summary>All values, boxed and copied, in the schema's order, as <see cref="OnlineSegmentWriter.Add"/> takes
    /// them.
    ///</summary>
    public object?[] ToArray()
    {
        var values = new object?[Count];
        for (var index = 0; index < values.Length; index++)
            values[index] = IsNull(index) ? null : Box(index);
        GC.KeepAlive(_file);
        return values;
    }

    object Box(int index) => Layout.Schema.Features[index].Type switch
    {
        FeatureType.Int64 => Int64(index),
        FeatureType.Double => Double(index),
        FeatureType.Float => Float(index),
        FeatureType.Text => Text(index),
        FeatureType.Boolean => Boolean(index),
        FeatureType.Timestamp => TimestampMicros(index),
        _ => FloatArray(index).ToArray(),
    };

    long ReadInt64(int index, FeatureType type)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(Slot(index, type));
        GC.KeepAlive(_file);
        return value;
    }

    ReadOnlySpan<byte> Heap(int index, FeatureType type)
    {
        var slot = Slot(index, type);
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(slot);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(slot[sizeof(uint)..]);

        // Right by the record's checksum, but a checksum can be forged; the bounds cannot.
        return offset + (ulong)size <= (ulong)_record.Length
            ? _record.Slice((int)offset, (int)size)
            : throw Damaged(index);
    }

    ReadOnlySpan<byte> Slot(int index, FeatureType type)
    {
        var isNull = IsNull(index);
        var column = Layout.Schema.Features[index];
        if (column.Type != type)
        {
            throw new InvalidOperationException(
                $"Feature '{column.Name}' is {FeatureTypeNames.Name(column.Type)}, not {FeatureTypeNames.Name(type)}.");
        }

        return isNull
            ? throw new InvalidOperationException($"Feature '{column.Name}' is null for this entity; ask IsNull first.")
            : _record[Layout.SlotOffset(index)..];
    }

    MillraceException Damaged(int index) => SegmentDamage.At(
        _file!.Path, _fileOffset, $"the record's value of '{Layout.Schema.Features[index].Name}' is impossible.");
}
