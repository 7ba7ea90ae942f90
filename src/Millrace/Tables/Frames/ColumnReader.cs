using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Millrace.Tables.Frames;

/// <summary>Reads the values of one Arrow array by their row. The family is closed; a kind of value that an array does
/// not have is an error.</summary>
abstract class ColumnReader(IArrowArray array)
{
    public bool IsNull(int row) => array.IsNull(row);

    public virtual long Int64(int row) => throw Wrong("a whole number");

    public virtual double Double(int row) => throw Wrong("a number");

    public virtual decimal Decimal(int row) => throw Wrong("a decimal number");

    public virtual bool Boolean(int row) => throw Wrong("true or false");

    public virtual string Text(int row) => throw Wrong("a text");

    public virtual DateTimeOffset Time(int row) => throw Wrong("a time");

    public virtual byte[] Bytes(int row) => throw Wrong("bytes");

    public virtual float[] Floats(int row) => throw Wrong("a list of numbers");

    /// <summary>As .NET has it; never asked for a null.</summary>
    public abstract object Value(int row);

    public static ColumnReader Of(IArrowArray array) => array switch
    {
        Int64Array typed => new NumberReader<long>(typed),
        Int32Array typed => new NumberReader<int>(typed),
        DoubleArray typed => new NumberReader<double>(typed),
        FloatArray typed => new NumberReader<float>(typed),
        Int16Array typed => new NumberReader<short>(typed),
        Int8Array typed => new NumberReader<sbyte>(typed),
        UInt64Array typed => new NumberReader<ulong>(typed),
        UInt32Array typed => new NumberReader<uint>(typed),
        UInt16Array typed => new NumberReader<ushort>(typed),
        UInt8Array typed => new NumberReader<byte>(typed),
        BooleanArray typed => new BooleanReader(typed),
        StringArray typed => new TextReader(typed),
        TimestampArray typed => new TimestampReader(typed),
        Date32Array typed => new DateReader(typed),
        Time64Array typed => new ClockReader(typed),
        Decimal128Array typed => new DecimalReader(typed),
        MonthDayNanosecondIntervalArray typed => new IntervalReader(typed),
        BinaryArray typed => new BytesReader(typed),
        ListArray typed => new ListReader(typed, typed.GetSlicedValues),
        FixedSizeListArray typed => new ListReader(typed, typed.GetSlicedValues),
        StructArray typed => new StructReader(typed),
        DictionaryArray typed => new DictionaryReader(typed),
        _ => new UnknownReader(array),
    };

    protected MillraceException Wrong(string kind) => new(
        ErrorKind.Invalid, "value-kind", $"The values are {array.Data.DataType.Name}, and {kind} was asked for.",
        "Ask for the kind that the column has, or Cast it in the frame.");

    sealed class NumberReader<T>(PrimitiveArray<T> array) : ColumnReader(array)
        where T : struct, INumber<T>
    {
        public override long Int64(int row)
        {
            if (typeof(T) == typeof(double) || typeof(T) == typeof(float))
                throw Wrong("a whole number");
            return long.CreateChecked(array.Values[row]);
        }

        public override double Double(int row) => double.CreateSaturating(array.Values[row]);

        public override decimal Decimal(int row) => decimal.CreateChecked(array.Values[row]);

        public override object Value(int row) => array.Values[row];
    }

    sealed class BooleanReader(BooleanArray array) : ColumnReader(array)
    {
        public override bool Boolean(int row) => array.GetValue(row)!.Value;

        public override object Value(int row) => Boolean(row);
    }

    sealed class TextReader(StringArray array) : ColumnReader(array)
    {
        public override string Text(int row) => array.GetString(row);

        public override object Value(int row) => Text(row);
    }

    sealed class TimestampReader(TimestampArray array) : ColumnReader(array)
    {
        readonly TimestampType _type = (TimestampType)array.Data.DataType;

        public override DateTimeOffset Time(int row)
        {
            var value = array.Values[row];
            var ticks = _type.Unit switch
            {
                Apache.Arrow.Types.TimeUnit.Second => checked(value * TimeSpan.TicksPerSecond),
                Apache.Arrow.Types.TimeUnit.Millisecond => checked(value * TimeSpan.TicksPerMillisecond),
                Apache.Arrow.Types.TimeUnit.Nanosecond => value / TimeSpan.NanosecondsPerTick,
                _ => checked(value * TimeSpan.TicksPerMicrosecond),
            };
            return DateTimeOffset.UnixEpoch.AddTicks(ticks);
        }

        /// <summary>A time with a zone, or one without, as the column has it.</summary>
        public override object Value(int row) => string.IsNullOrEmpty(_type.Timezone)
            ? (object)DateTime.SpecifyKind(Time(row).UtcDateTime, DateTimeKind.Unspecified) : Time(row);
    }

    sealed class DateReader(Date32Array array) : ColumnReader(array)
    {
        public override DateTimeOffset Time(int row) => DateTimeOffset.UnixEpoch.AddDays(array.Values[row]);

        public override object Value(int row) => DateOnly.FromDateTime(Time(row).UtcDateTime);
    }

    sealed class ClockReader(Time64Array array) : ColumnReader(array)
    {
        public override object Value(int row) => array.GetTime(row)!.Value;
    }

    sealed class IntervalReader(MonthDayNanosecondIntervalArray array) : ColumnReader(array)
    {
        public override object Value(int row)
        {
            var interval = array.GetValue(row)!.Value;
            return interval.Months == 0
                ? TimeSpan.FromDays(interval.Days) + TimeSpan.FromTicks(
                    interval.Nanoseconds / TimeSpan.NanosecondsPerTick)
                : $"{interval.Months} months {interval.Days} days {interval.Nanoseconds / 1e9} seconds";
        }
    }

    sealed class DecimalReader(Decimal128Array array) : ColumnReader(array)
    {
        const int ByteCount = 16;

        /// <summary>Sums of whole numbers come as decimals without a fraction.</summary>
        public override long Int64(int row) => array.Scale == 0
            ? long.CreateChecked(Whole(row)) : throw Wrong("a whole number");

        public override double Double(int row) => array.Scale == 0
            ? (double)Whole(row)
            : double.Parse(
                array.GetSqlDecimal(row)!.Value.ToString(), System.Globalization.CultureInfo.InvariantCulture);

        public override decimal Decimal(int row) => array.Scale == 0 ? checked((decimal)Whole(row)) : Fraction(row);

        public override object Value(int row)
        {
            if (array.Scale > 0)
                return Fraction(row);
            var whole = Whole(row);
            return whole >= long.MinValue && whole <= long.MaxValue ? (object)(long)whole : (BigInteger)whole;
        }

        decimal Fraction(int row)
        {
            var value = array.GetSqlDecimal(row)!.Value;
            return value.Value;
        }

        Int128 Whole(int row) => MemoryMarshal.Read<Int128>(
            array.ValueBuffer.Span.Slice((array.Offset + row) * ByteCount, ByteCount));
    }

    sealed class BytesReader(BinaryArray array) : ColumnReader(array)
    {
        public override byte[] Bytes(int row) => array.GetBytes(row).ToArray();

        public override object Value(int row) => Bytes(row);
    }

    sealed class ListReader(IArrowArray array, Func<int, IArrowArray> slice) : ColumnReader(array)
    {
        public override float[] Floats(int row)
        {
            if (slice(row) is FloatArray { NullCount: 0 } floats)
                return floats.Values.ToArray();
            var items = slice(row);
            var reader = Of(items);
            var values = new float[items.Length];
            for (var i = 0; i < values.Length; i++)
                values[i] = items.IsNull(i) ? float.NaN : (float)reader.Double(i);
            return values;
        }

        public override object Value(int row)
        {
            var items = slice(row);
            var reader = Of(items);
            var values = new object?[items.Length];
            for (var i = 0; i < values.Length; i++)
                values[i] = items.IsNull(i) ? null : reader.Value(i);
            return values;
        }
    }

    sealed class StructReader(StructArray array) : ColumnReader(array)
    {
        readonly IReadOnlyList<string> _names =
            [.. ((StructType)array.Data.DataType).Fields.Select(field => field.Name)];

        readonly IReadOnlyList<ColumnReader> _fields = [.. array.Fields.Select(Of)];

        public override object Value(int row) => _names.Zip(_fields).ToDictionary(
            pair => pair.First, pair => pair.Second.IsNull(row) ? null : pair.Second.Value(row),
            StringComparer.Ordinal);
    }

    sealed class DictionaryReader(DictionaryArray array) : ColumnReader(array)
    {
        readonly ColumnReader _indices = Of(array.Indices);
        readonly ColumnReader _values = Of(array.Dictionary);

        public override string Text(int row) => _values.Text((int)_indices.Int64(row));

        public override object Value(int row) => _values.Value((int)_indices.Int64(row));
    }

    sealed class UnknownReader(IArrowArray array) : ColumnReader(array)
    {
        public override object Value(int row) => throw Wrong("a value of .NET");
    }
}
