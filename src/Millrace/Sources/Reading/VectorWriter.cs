using System.Numerics;
using System.Runtime.CompilerServices;

namespace Millrace.Sources.Reading;

/// <summary>Writes the values of one column straight into the vector that DuckDB takes them from.</summary>
/// <remarks>A value that does not fit the column's type is told, never changed. Texts of up to 12 bytes stand in the
/// vector itself (16 bytes: length, then the text), longer ones are copied to DuckDB's heap.</remarks>
/// <param name="type">What the column holds.</param>
/// <param name="isExact">Whether decimals are written as their numbers, by <see cref="WriteDecimal"/>, rather than as
/// texts.</param>
sealed unsafe class VectorWriter(ReadType type, bool isExact = false)
{
    const int InlineLength = 12;
    const int ShortDigits = 4, IntegerDigits = 9, LongDigits = 18;

    readonly VectorWriter? _elements = type.Is(ValueTypes.List) ? new VectorWriter(ElementOf(type)) : null;
    nint _vector;
    byte* _data;
    ulong* _validity;
    int _capacity;
    int _listStart;
    int _listRow = -1;

    public ReadType Type => type;

    /// <summary>Elements of lists that the vector holds so far.</summary>
    public int ElementCount { get; private set; }

    /// <summary>DuckDB's type of what is written; the caller destroys it.</summary>
    public nint CreateType()
    {
        if (_elements is null)
        {
            if (IsExactDecimal)
            {
                return DuckLibrary.duckdb_create_decimal_type((byte)type.Precision, (byte)type.Scale);
            }

            return DuckLibrary.duckdb_create_logical_type(
                type.Is(ValueTypes.Boolean) ? DuckLibrary.TypeBoolean
                : type.Is(ValueTypes.Long) ? DuckLibrary.TypeLong
                : type.Is(ValueTypes.Double) ? DuckLibrary.TypeDouble
                : type.Is(ValueTypes.Date) ? DuckLibrary.TypeDate
                : type.Is(ValueTypes.Time) ? DuckLibrary.TypeTime
                : DuckLibrary.TypeText);
        }

        var element = _elements.CreateType();
        var list = DuckLibrary.duckdb_create_list_type(element);
        DuckLibrary.duckdb_destroy_logical_type(ref element);
        return list;
    }

    /// <summary>Begins with an empty vector.</summary>
    public void Begin(nint vector, int capacity)
    {
        _vector = vector;
        _capacity = capacity;
        _data = (byte*)DuckLibrary.duckdb_vector_get_data(vector);
        DuckLibrary.duckdb_vector_ensure_validity_writable(vector);
        _validity = DuckLibrary.duckdb_vector_get_validity(vector);
        if (_elements is null)
        {
            return;
        }

        ElementCount = 0;
        _listRow = -1;
        BeginElements(Math.Max(capacity, DuckLibrary.VectorSize));
    }

    /// <summary>Values that were written to all vectors so far.</summary>
    public long ValueCount { get; private set; }

    /// <summary>Ends a vector of so many rows: counts its values, and tells DuckDB how many elements its lists have.
    /// </summary>
    public void End(int rows)
    {
        for (var row = 0; row < rows; row += 64)
        {
            var bits = _validity[row >> 6];
            ValueCount += BitOperations.PopCount(rows - row < 64 ? bits & ((1UL << (rows - row)) - 1) : bits);
        }

        if (_elements is not null)
        {
            Require(DuckLibrary.duckdb_list_vector_set_size(_vector, (ulong)ElementCount));
        }
    }

    public void WriteNull(int row) => _validity[row >> 6] &= ~(1UL << (row & 63));

    /// <summary>Takes a row back that was begun, so that another may be written in its place.</summary>
    public void Clear(int row)
    {
        _validity[row >> 6] |= 1UL << (row & 63);
        if (_listRow == row)
        {
            ElementCount = _listStart;
            _listRow = -1;
        }
    }

    /// <summary>A text as a value of the column's type.</summary>
    /// <returns>False when it does not fit.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryWrite(int row, ReadOnlySpan<byte> text)
    {
        switch (type.Fits)
        {
            case ValueTypes.Text or ValueTypes.Json:
                WriteText(row, text);
                return true;
            case ValueTypes.Long:
                return ValueText.TryLong(text, out ((long*)_data)[row]);
            case ValueTypes.Double:
                return ValueText.TryDouble(text, out ((double*)_data)[row]);
            default:
                return TryWriteOther(row, text);
        }
    }

    /// <summary>Whether an empty text stands for no value here.</summary>
    public bool IsEmptyNull => !type.Is(ValueTypes.Text | ValueTypes.Json) && type.Fits != ValueTypes.None;

    public bool TryWrite(int row, bool value)
    {
        if (!type.Is(ValueTypes.BooleanLower))
        {
            return false;
        }

        _data[row] = value ? (byte)1 : (byte)0;
        return true;
    }

    public void WriteText(int row, ReadOnlySpan<byte> text)
    {
        if (text.Length <= InlineLength)
        {
            var place = _data + ((long)row * 16);
            *(ulong*)place = 0;
            *(ulong*)(place + 8) = 0;
            *(int*)place = text.Length;
            text.CopyTo(new Span<byte>(place + 4, InlineLength));
            return;
        }

        fixed (byte* bytes = text)
        {
            DuckLibrary.duckdb_unsafe_vector_assign_string_element_len(_vector, (ulong)row, bytes, (ulong)text.Length);
        }
    }

    /// <summary>Whether the column takes its decimals as numbers.</summary>
    public bool IsExactDecimal => isExact && type.Is(ValueTypes.Decimal);

    public void WriteLong(int row, long value) => ((long*)_data)[row] = value;

    public void WriteDouble(int row, double value) => ((double*)_data)[row] = value;

    public void WriteBoolean(int row, bool value) => _data[row] = value ? (byte)1 : (byte)0;

    /// <summary>Days since 1970-01-01.</summary>
    public void WriteDate(int row, int days) => ((int*)_data)[row] = days;

    /// <summary>A number times ten to the power of the column's scale; its digits are the caller's care.</summary>
    public void WriteDecimal(int row, Int128 value)
    {
        switch (type.Precision)
        {
            case <= ShortDigits:
                ((short*)_data)[row] = (short)value;
                break;
            case <= IntegerDigits:
                ((int*)_data)[row] = (int)value;
                break;
            case <= LongDigits:
                ((long*)_data)[row] = (long)value;
                break;
            default:
                ((Int128*)_data)[row] = value;
                break;
        }
    }

    /// <summary>Begins the list of a row; its elements are written to the answer, each at
    /// <see cref="NextElement"/>.</summary>
    public VectorWriter? BeginList(int row)
    {
        if (_elements is null)
        {
            return null;
        }

        _listRow = row;
        _listStart = ElementCount;
        return _elements;
    }

    /// <summary>The place of another element of the list that was begun.</summary>
    public int NextElement()
    {
        if (ElementCount == _elements!._capacity)
        {
            BeginElements(_elements._capacity * 2);
        }

        return ElementCount++;
    }

    public void EndList(int row)
    {
        ((ulong*)_data)[row * 2] = (ulong)_listStart;
        ((ulong*)_data)[(row * 2) + 1] = (ulong)(ElementCount - _listStart);
    }

    bool TryWriteOther(int row, ReadOnlySpan<byte> text)
    {
        if (type.Is(ValueTypes.Time))
        {
            return ValueText.TryTime(text, out ((long*)_data)[row], out var zone) && type.Is(zone);
        }

        if (type.Is(ValueTypes.Date))
        {
            return ValueText.TryDate(text, out ((int*)_data)[row]);
        }

        if (type.Is(ValueTypes.Boolean))
        {
            var isRight = ValueText.TryBoolean(text, out var value, out var spelling) && type.Is(spelling);
            _data[row] = value ? (byte)1 : (byte)0;
            return isRight;
        }

        if (!type.Is(ValueTypes.Decimal) || !IsDecimal(text))
        {
            return false;
        }

        WriteText(row, text);
        return true;
    }

    // SQL casts the text to the decimal, which is exact where the digits have room.
    bool IsDecimal(ReadOnlySpan<byte> text) =>
        NumberText.TryParse(text, out var number) && number.Scale >= 0 && number.Scale <= type.Scale
        && number.IntegerDigits <= type.Precision - type.Scale && number is not { IsNegative: true, Mantissa: 0 };

    // Growing keeps what is there and moves it.
    void BeginElements(int capacity)
    {
        Require(DuckLibrary.duckdb_list_vector_reserve(_vector, (ulong)capacity));
        _elements!.Begin(DuckLibrary.duckdb_list_vector_get_child(_vector), capacity);
    }

    static void Require(int state)
    {
        if (state != 0)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "memory-limit", "There is no memory for the lists of a part of the input.",
                "Raise the machine's memory, or part the lists into rows before.");
        }
    }

    static ReadType ElementOf(ReadType list) => new(list.Element);
}
