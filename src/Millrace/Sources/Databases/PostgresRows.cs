using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Millrace.Objects;
using Millrace.Sources.Loading;
using Millrace.Sources.Reading;

namespace Millrace.Sources.Databases;

/// <summary>Rows as COPY sends them in binary (PostgreSQL, "COPY", "Binary Format"), taken apart where they lie.
/// </summary>
/// <remarks>
/// <code>
/// PGCOPY\n 377 \r \n \0 | flags u32 | length u32, extension | rows …                  | -1 i16
///                                                            fields i16 | (size i32, or -1 for null | value) …
/// </code>
/// All numbers are big-endian. Sketch: the server makes 0.76 M rows of nine columns a second; for each of them nine
/// lengths are looked at, and nine values stored into DuckDB's vectors.
/// </remarks>
sealed class PostgresRows : DatabaseRows
{
    const int BufferSize = 1 << 20;
    const int HeadSize = 19;
    const int SizeOfSize = 4;
    const int EpochDays = 10_957;
    const long EpochMicroseconds = 946_684_800_000_000;
    const int FirstDay = -719_162, LastDay = 2_932_896;
    const long FirstMicrosecond = -62_135_596_800_000_000, LastMicrosecond = 253_402_300_799_999_999;
    const int UuidText = 36;

    readonly ReadAhead _input;
    readonly Action _dispose;
    readonly IReadOnlyList<PostgresColumn> _sources;
    readonly IReadOnlyList<PlannedColumn> _columns;
    readonly int[] _places;
    readonly ObjectBatch? _objects;
    readonly int _maxRowBytes;
    readonly int[] _offsets;
    readonly int[] _lengths;
    byte[] _buffer = new byte[BufferSize];
    int _start;
    int _end;
    int _rowStart;
    bool _isBegun;

    /// <param name="input">What COPY sends.</param>
    /// <param name="dispose">Ends the COPY.</param>
    /// <param name="sources">The columns that come, in order.</param>
    /// <param name="columns">What is written.</param>
    /// <param name="objects">Takes bytes; null when nothing is stored.</param>
    /// <param name="maxRowBytes">A longer row is refused.</param>
    public PostgresRows(
        ReadAhead input,
        Action dispose,
        IReadOnlyList<PostgresColumn> sources,
        IReadOnlyList<PlannedColumn> columns,
        ObjectBatch? objects,
        int maxRowBytes)
    {
        _input = input;
        _dispose = dispose;
        _sources = sources;
        _columns = columns;
        _objects = objects;
        _maxRowBytes = maxRowBytes;
        _offsets = new int[sources.Count];
        _lengths = new int[sources.Count];
        var names = sources.Select(source => source.Name).ToList();
        _places = [.. columns.Select(column => names.IndexOf(column.SourceName))];
    }

    public override VectorWriter CreateWriter(int column)
    {
        var isNumber = _places[column] >= 0 && _sources[_places[column]].Form == PostgresForm.Numeric;
        return new VectorWriter(_columns[column].Type, isNumber);
    }

    public override bool Next()
    {
        if (!_isBegun)
        {
            ReadHead();
        }

        if (!Require(2))
        {
            throw Cut();
        }

        var count = BinaryPrimitives.ReadInt16BigEndian(_buffer.AsSpan(_start));
        if (count == -1)
        {
            _start += 2;
            return Require(1) ? throw Damaged("something follows its end") : false;
        }

        if (count != _sources.Count)
        {
            throw Damaged($"a row has {count} fields where {_sources.Count} were expected");
        }

        var position = 2;
        for (var i = 0; i < _lengths.Length; i++)
        {
            if (_end - _start < position + SizeOfSize && !Require(position + SizeOfSize))
            {
                throw Cut();
            }

            var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start + position));
            position += SizeOfSize;
            if (length < -1 || length > _maxRowBytes - position)
            {
                throw length < -1 ? Damaged("a value has a negative length") : new MillraceException(
                    ErrorKind.Invalid, "row-large",
                    $"Row {RowCount + 1:N0} of the source has a value of {length:N0} bytes; rows may have "
                    + $"{_maxRowBytes:N0}.",
                    "Leave its column out with '--query', or cut it there. Nothing was added.");
            }

            _offsets[i] = position;
            _lengths[i] = length;
            position += Math.Max(length, 0);
            if (_end - _start < position && !Require(position))
            {
                throw Cut();
            }
        }

        _rowStart = _start;
        _start += position;
        RowCount++;
        ByteCount += position;
        return true;
    }

    public override WriteOutcome Write(IReadOnlyList<VectorWriter> columns, int row)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            var place = _places[i];
            if (place < 0 || _lengths[place] < 0)
            {
                columns[i].WriteNull(row);
                continue;
            }

            if (!TryWrite(columns[i], row, _sources[place], Value(place)))
            {
                return Blame(WriteOutcome.Bad, _columns[i], Reason(_sources[place], _columns[i], Value(place)));
            }
        }

        return WriteOutcome.Written;
    }

    public override byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, RowJson.Options))
        {
            writer.WriteStartObject();
            for (var i = 0; i < _sources.Count; i++)
            {
                writer.WritePropertyName(_sources[i].Name);
                if (_lengths[i] < 0)
                {
                    writer.WriteNullValue();
                }
                else
                {
                    PostgresText.Write(writer, _sources[i], Value(i));
                }
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public override string Hash() => _input.Hash();

    public override void Dispose()
    {
        _input.Dispose();
        _dispose();
    }

    ReadOnlySpan<byte> Value(int place) => _buffer.AsSpan(_rowStart + _offsets[place], _lengths[place]);

    bool TryWrite(VectorWriter column, int row, PostgresColumn source, ReadOnlySpan<byte> value)
    {
        switch (source.Form)
        {
            case PostgresForm.Text:
                return Utf8.IsValid(value) && (column.Type.Fits == ValueTypes.Text
                    ? Take(column, row, value) : column.TryWrite(row, value));
            case PostgresForm.Numeric:
                if (!column.IsExactDecimal
                    || !PostgresNumber.TryDecimal(value, column.Type.Precision, column.Type.Scale, out var number))
                {
                    return false;
                }

                column.WriteDecimal(row, number);
                return true;
            case PostgresForm.Jsonb:
                return value.Length > 0 && value[0] == 1 && Utf8.IsValid(value[1..]) && Take(column, row, value[1..]);
            case PostgresForm.Bytes:
                return TakeBytes(column, row, value);
            case PostgresForm.Uuid:
                Span<byte> uuid = stackalloc byte[UuidText];
                return value.Length == 16
                    && Utf8Formatter.TryFormat(new Guid(value, bigEndian: true), uuid, out var length)
                    && Take(column, row, uuid[..length]);
            case PostgresForm.List:
                return TryWriteList(column, row, source, value);
            default:
                return TryWriteFixed(column, row, source.Form, value);
        }
    }

    static bool Take(VectorWriter column, int row, ReadOnlySpan<byte> text)
    {
        column.WriteText(row, text);
        return true;
    }

    bool TakeBytes(VectorWriter column, int row, ReadOnlySpan<byte> bytes)
    {
        if (_objects is null)
        {
            column.WriteNull(row);
            return true;
        }

        return Take(column, row, Encoding.ASCII.GetBytes(ObjectUrl.Format(_objects.Put(bytes))));
    }

    static bool TryWriteFixed(VectorWriter column, int row, PostgresForm form, ReadOnlySpan<byte> value)
    {
        switch (form, value.Length)
        {
            case (PostgresForm.Int64, 8):
                column.WriteLong(row, BinaryPrimitives.ReadInt64BigEndian(value));
                return true;
            case (PostgresForm.Int32, 4):
                column.WriteLong(row, BinaryPrimitives.ReadInt32BigEndian(value));
                return true;
            case (PostgresForm.Int16, 2):
                column.WriteLong(row, BinaryPrimitives.ReadInt16BigEndian(value));
                return true;
            case (PostgresForm.Oid, 4):
                column.WriteLong(row, BinaryPrimitives.ReadUInt32BigEndian(value));
                return true;
            case (PostgresForm.Float64, 8):
                column.WriteDouble(row, BinaryPrimitives.ReadDoubleBigEndian(value));
                return true;
            case (PostgresForm.Float32, 4):
                column.WriteDouble(row, BinaryPrimitives.ReadSingleBigEndian(value));
                return true;
            case (PostgresForm.Boolean, 1):
                column.WriteBoolean(row, value[0] != 0);
                return true;
            case (PostgresForm.Date, 4):
                var days = (long)BinaryPrimitives.ReadInt32BigEndian(value) + EpochDays;
                column.WriteDate(row, (int)days);
                return days is >= FirstDay and <= LastDay;
            case (PostgresForm.Time, 8):
                var sent = BinaryPrimitives.ReadInt64BigEndian(value);
                column.WriteLong(row, sent + EpochMicroseconds);
                return sent is >= FirstMicrosecond - EpochMicroseconds and <= LastMicrosecond - EpochMicroseconds;
            default:
                return false;
        }
    }

    static bool TryWriteList(VectorWriter column, int row, PostgresColumn source, ReadOnlySpan<byte> value)
    {
        const int HeadBytes = 12, DimensionBytes = 8;
        if (column.BeginList(row) is not { } elements || value.Length < HeadBytes)
        {
            return false;
        }

        var dimensions = BinaryPrimitives.ReadInt32BigEndian(value);
        if (dimensions == 0)
        {
            column.EndList(row);
            return true;
        }

        // A list of lists, or one that does not begin at 1, has no form in a table.
        if (dimensions != 1 || value.Length < HeadBytes + DimensionBytes
            || BinaryPrimitives.ReadInt32BigEndian(value[(HeadBytes + 4)..]) != 1)
        {
            return false;
        }

        var count = BinaryPrimitives.ReadInt32BigEndian(value[HeadBytes..]);
        var rest = value[(HeadBytes + DimensionBytes)..];
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < SizeOfSize
                || BinaryPrimitives.ReadInt32BigEndian(rest) is var length && length > rest.Length - SizeOfSize)
            {
                return false;
            }

            var place = column.NextElement();
            elements.Clear(place);
            rest = rest[SizeOfSize..];
            if (length < 0)
            {
                elements.WriteNull(place);
                continue;
            }

            var element = rest[..length];
            if (!(source.Element == PostgresForm.Text
                ? Utf8.IsValid(element) && Take(elements, place, element)
                : TryWriteFixed(elements, place, source.Element, element)))
            {
                return false;
            }

            rest = rest[length..];
        }

        column.EndList(row);
        return rest.IsEmpty;
    }

    static string Reason(PostgresColumn source, PlannedColumn column, ReadOnlySpan<byte> value) => source.Form switch
    {
        PostgresForm.Text when !Utf8.IsValid(value) => "it has bytes that are no UTF-8 text",
        PostgresForm.Numeric =>
            $"{PostgresNumber.Text(value)} does not fit the type {column.Delta}",
        PostgresForm.Date or PostgresForm.Time => "it is infinite, or of a year that is not from 1 to 9999",
        PostgresForm.List => "it is a list of lists, or does not begin at 1",
        _ => $"the value does not fit the type {column.Delta}",
    };

    void ReadHead()
    {
        ReadOnlySpan<byte> mark = [.. "PGCOPY\n"u8, 0xff, (byte)'\r', (byte)'\n', 0];
        if (!Require(HeadSize) || !_buffer.AsSpan(_start, mark.Length).SequenceEqual(mark))
        {
            throw Damaged("it does not begin as one");
        }

        var extension = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start + HeadSize - SizeOfSize));
        if (BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start + mark.Length)) != 0 || extension != 0)
        {
            throw Damaged("its head asks for what is not known");
        }

        _start += HeadSize;
        _isBegun = true;
    }

    /// <summary>Brings so many bytes into the buffer.</summary>
    /// <returns>False when the stream ends before.</returns>
    bool Require(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        if (_buffer.Length - _start < count)
        {
            var target = _buffer.Length >= count ? _buffer
                : new byte[(int)Math.Min(Array.MaxLength, Math.Max((long)count, 2L * _buffer.Length))];
            _buffer.AsSpan(_start, _end - _start).CopyTo(target);
            (_buffer, _end, _start) = (target, _end - _start, 0);
        }

        while (_end - _start < count)
        {
            var read = _input.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    MillraceException Cut() => Damaged($"it ends in the middle, after {RowCount:N0} rows");

    static MillraceException Damaged(string what) => new(
        ErrorKind.Corrupt, "source-damaged", $"What the server sent can't be read as a COPY: {what}.",
        "Run the same command again. Nothing was added.");
}
