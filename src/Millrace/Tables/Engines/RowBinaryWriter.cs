using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Types;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Engines;

/// <summary>Writes rows as ClickHouse's RowBinary, in which no value goes through a text.</summary>
/// <remarks><code>
/// value     1 when it is null, else 0 and:
/// number    its bytes, the lowest first          time   seconds since 1970, 4 bytes
/// text      length as varint, bytes               date   days since 1970, 2 bytes
/// list      count as varint, values
/// </code></remarks>
/// <param name="table">What messages name.</param>
/// <param name="version">Of the server: what it has no type for is refused.</param>
sealed class RowBinaryWriter(string table, ServerVersion version) : IDisposable
{
    const long MicrosPerSecond = 1_000_000;

    readonly MemoryStream _buffer = new();

    /// <summary>The type that a column gets there.</summary>
    /// <exception cref="MillraceException"><c>engine-feature</c>.</exception>
    public string TypeOf(TableColumn column) =>
        column.DataType is ArrayType { Element: PrimitiveType or DecimalType } list
            ? $"Array({Scalar(list.Element, column.Name)})" : Scalar(column.DataType, column.Name);

    public void Dispose() => _buffer.Dispose();

    /// <summary>The rows of a batch.</summary>
    public ReadOnlyMemory<byte> Write(RecordBatch batch, TableSchema schema)
    {
        _buffer.SetLength(0);
        var writers = schema.Columns.Select((column, i) => Of(column.Name, column.DataType, batch.Column(i))).ToArray();
        for (var row = 0; row < batch.Length; row++)
        {
            foreach (var write in writers)
                write(row);
        }

        return _buffer.GetBuffer().AsMemory(0, (int)_buffer.Length);
    }

    string Scalar(DeltaType type, string column) => type switch
    {
        PrimitiveType { Name: "long" } => "Nullable(Int64)",
        PrimitiveType { Name: "integer" } => "Nullable(Int32)",
        PrimitiveType { Name: "short" } => "Nullable(Int16)",
        PrimitiveType { Name: "byte" } => "Nullable(Int8)",
        PrimitiveType { Name: "double" } => "Nullable(Float64)",
        PrimitiveType { Name: "float" } => "Nullable(Float32)",
        PrimitiveType { Name: "boolean" } => "Nullable(UInt8)",
        PrimitiveType { Name: "string" or "binary" } => "Nullable(String)",
        PrimitiveType { Name: "date" } => "Nullable(Date)",
        PrimitiveType { Name: "timestamp" or "timestamp_ntz" } => "Nullable(DateTime('UTC'))",
        DecimalType { Precision: <= 38 } number => $"Nullable(Decimal({number.Precision}, {number.Scale}))",
        _ => throw EngineFault.Since($"the type {type} of column '{column}'", ServerVersion.ReadsTables, version),
    };

    Action<int> Of(string column, DeltaType type, IArrowArray array)
    {
        if (type is ArrayType of)
        {
            var list = (ListArray)array;
            var write = Of(column, of.Element, list.Values);
            return row =>
            {
                if (list.IsNull(row))
                    throw Refused(column, "lists that are null");
                var (start, end) = (list.ValueOffsets[row], list.ValueOffsets[row + 1]);
                Varint((ulong)(end - start));
                for (var i = start; i < end; i++)
                    write(i);
            };
        }

        var value = Value(column, type, array);
        return row =>
        {
            var isNull = array.IsNull(row);
            _buffer.WriteByte(isNull ? (byte)1 : (byte)0);
            if (!isNull)
                value(row);
        };
    }

    Action<int> Value(string column, DeltaType type, IArrowArray array) => array switch
    {
        Int64Array numbers => row => Number(numbers.GetValue(row)!.Value, 8),
        Int32Array numbers => row => Number(numbers.GetValue(row)!.Value, 4),
        Int16Array numbers => row => Number(numbers.GetValue(row)!.Value, 2),
        Int8Array numbers => row => Number(numbers.GetValue(row)!.Value, 1),
        DoubleArray numbers => row => Number(BitConverter.DoubleToInt64Bits(numbers.GetValue(row)!.Value), 8),
        FloatArray numbers => row => Number(BitConverter.SingleToInt32Bits(numbers.GetValue(row)!.Value), 4),
        BooleanArray flags => row => _buffer.WriteByte(flags.GetValue(row)!.Value ? (byte)1 : (byte)0),
        StringArray texts => row => Bytes(texts.GetBytes(row)),
        BinaryArray blobs => row => Bytes(blobs.GetBytes(row)),
        Date32Array days => row => Day(column, days.Values[row]),
        TimestampArray times when times.Data.DataType is TimestampType
        {
            Unit: Apache.Arrow.Types.TimeUnit.Microsecond
        } =>
            row => Time(column, times.Values[row]),
        Decimal128Array numbers => row => Decimal((DecimalType)type, numbers.ValueBuffer.Span.Slice(row * 16, 16)),
        _ => throw Refused(column, $"the type {type}"),
    };

    void Day(string column, int days)
    {
        if (days is < 0 or > ushort.MaxValue)
            throw Refused(column, "days before 1970 or after 2149");
        Number(days, 2);
    }

    void Time(string column, long micros)
    {
        if (micros < 0 || micros % MicrosPerSecond != 0 || micros / MicrosPerSecond > uint.MaxValue)
            throw Refused(column, "times with fractions of a second, before 1970 or after 2106");
        Number(micros / MicrosPerSecond, 4);
    }

    // As wide as the digits need: 4, 8 or 16 bytes.
    void Decimal(DecimalType type, ReadOnlySpan<byte> bytes) =>
        _buffer.Write(bytes[..(type.Precision <= 9 ? 4 : type.Precision <= 18 ? 8 : 16)]);

    void Number(long value, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _buffer.Write(bytes[..size]);
    }

    void Bytes(ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)bytes.Length);
        _buffer.Write(bytes);
    }

    void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _buffer.WriteByte((byte)(value | 0x80));
        _buffer.WriteByte((byte)value);
    }

    MillraceException Refused(string column, string what) => EngineFault.Since(
        $"{what}, which column '{column}' of table '{table}' has", ServerVersion.ReadsTables, version);
}
