using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Millrace.Objects;
using Millrace.Sources.Loading;
using Millrace.Sources.Reading;

namespace Millrace.Sources.Databases;

/// <summary>Rows of SQLite. Any value may stand in any column there, so each is written by its own type, and what does
/// not fit the column is told, never changed.</summary>
/// <remarks>Sketch: a row of nine values takes a step in SQLite, two calls for a value, and a store into DuckDB's
/// vector; no object is made for any of them.</remarks>
sealed class SqliteRows : DatabaseRows
{
    const long MaxExact = 1L << 53;
    const int NumberLength = 32;

    readonly SqliteStatement _statement;
    readonly RowDigest _digest = new();
    readonly IReadOnlyList<PlannedColumn> _columns;
    readonly int[] _places;
    readonly bool[] _isBytes;
    readonly ObjectBatch? _objects;
    readonly bool _isProved;
    byte[] _text = new byte[256];
    bool _isEnded;

    /// <param name="statement">The query; it is disposed here.</param>
    /// <param name="columns">What is written; none when rows are only looked at.</param>
    /// <param name="bytesColumns">Names of the columns whose blobs become objects.</param>
    /// <param name="objects">Takes blobs.</param>
    /// <param name="isProved">Whether the types come from all rows, so that what does not fit is the row's fault.
    /// </param>
    public SqliteRows(
        SqliteStatement statement,
        IReadOnlyList<PlannedColumn> columns,
        IReadOnlySet<string> bytesColumns,
        ObjectBatch? objects,
        bool isProved)
    {
        _statement = statement;
        _columns = columns;
        var names = Enumerable.Range(0, statement.ColumnCount).Select(statement.Name).ToList();
        _places = [.. columns.Select(column => names.IndexOf(column.SourceName))];
        _isBytes = [.. columns.Select(column => bytesColumns.Contains(column.SourceName))];
        _objects = objects;
        _isProved = isProved;
    }

    /// <summary>Whether a column of times takes every form of one that .NET reads, those with another zone among them.
    /// </summary>
    public bool TakesAnyTime { get; init; }

    /// <summary>What a column is declared as.</summary>
    public string Declared(int column) => _statement.Declared(column);

    public override VectorWriter CreateWriter(int column) => new(_columns[column].Type);

    public override bool Next()
    {
        // Another step after the last row would begin from the first one.
        if (_isEnded || !_statement.Step())
        {
            _isEnded = true;
            return false;
        }

        RowCount++;
        for (var i = 0; i < _statement.ColumnCount; i++)
        {
            switch (_statement.Type(i))
            {
                case SqliteLibrary.TypeInteger:
                    _digest.Add(SqliteLibrary.TypeInteger, _statement.Long(i));
                    break;
                case SqliteLibrary.TypeReal:
                    _digest.Add(SqliteLibrary.TypeReal, BitConverter.DoubleToInt64Bits(_statement.Double(i)));
                    break;
                case SqliteLibrary.TypeText:
                    _digest.Add(SqliteLibrary.TypeText, _statement.Text(i));
                    break;
                case SqliteLibrary.TypeBlob:
                    _digest.Add(SqliteLibrary.TypeBlob, _statement.Blob(i));
                    break;
                default:
                    _digest.Add(SqliteLibrary.TypeNull, 0);
                    break;
            }
        }

        ByteCount = _digest.Count;
        return true;
    }

    /// <summary>Adds the row's values to what is known of the columns.</summary>
    /// <param name="facts">The columns, in order.</param>
    /// <param name="hasBytes">Gets the columns in which there are blobs.</param>
    public void Learn(FactsTable facts, bool[] hasBytes)
    {
        for (var i = 0; i < _statement.ColumnCount; i++)
        {
            switch (_statement.Type(i))
            {
                case SqliteLibrary.TypeInteger:
                    facts[i].AddLong(_statement.Long(i));
                    break;
                case SqliteLibrary.TypeReal:
                    facts[i].AddDouble(_statement.Double(i));
                    break;
                case SqliteLibrary.TypeText when _statement.Text(i) is var text && Utf8.IsValid(text):
                    facts[i].AddJsonString(text);
                    break;
                case SqliteLibrary.TypeBlob:
                    hasBytes[i] = true;
                    break;
            }
        }
    }

    public override WriteOutcome Write(IReadOnlyList<VectorWriter> columns, int row)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            var place = _places[i];
            var column = columns[i];
            switch (place < 0 ? SqliteLibrary.TypeNull : _statement.Type(place))
            {
                case SqliteLibrary.TypeNull:
                    column.WriteNull(row);
                    break;
                case SqliteLibrary.TypeInteger:
                    if (!TryWriteLong(column, row, _statement.Long(place), i))
                    {
                        return Misfit(i, "a whole number");
                    }

                    break;
                case SqliteLibrary.TypeReal:
                    if (!TryWriteDouble(column, row, _statement.Double(place), i))
                    {
                        return Misfit(i, "a real number");
                    }

                    break;
                case SqliteLibrary.TypeText:
                    var text = _statement.Text(place);
                    if (!Utf8.IsValid(text))
                    {
                        return Blame(WriteOutcome.Bad, _columns[i], "it has bytes that are no UTF-8 text");
                    }

                    if (!TryWriteText(column, row, text, i))
                    {
                        return Misfit(i, "a text");
                    }

                    break;
                default:
                    if (!_isBytes[i])
                    {
                        return Blame(
                            _isProved ? WriteOutcome.Bad : WriteOutcome.Misfit, _columns[i],
                            $"it has bytes in a column of the type {column.Type.Delta}");
                    }

                    WriteBytes(column, row, _statement.Blob(place));
                    break;
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
            for (var i = 0; i < _statement.ColumnCount; i++)
            {
                writer.WritePropertyName(_statement.Name(i));
                switch (_statement.Type(i))
                {
                    case SqliteLibrary.TypeInteger:
                        writer.WriteNumberValue(_statement.Long(i));
                        break;
                    case SqliteLibrary.TypeReal:
                        RowJson.Write(writer, _statement.Double(i));
                        break;
                    case SqliteLibrary.TypeText:
                        RowJson.WriteText(writer, _statement.Text(i));
                        break;
                    case SqliteLibrary.TypeBlob:
                        RowJson.WriteBytes(writer, _statement.Blob(i));
                        break;
                    default:
                        writer.WriteNullValue();
                        break;
                }
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public override string Hash() => _digest.Finish();

    public override void Dispose()
    {
        _statement.Dispose();
        _digest.Dispose();
    }

    bool TryWriteLong(VectorWriter column, int row, long value, int index)
    {
        var type = column.Type;
        if (type.Fits == ValueTypes.Long)
        {
            column.WriteLong(row, value);
            return true;
        }

        if (type.Is(ValueTypes.Boolean))
        {
            column.WriteBoolean(row, value == 1);
            return value is 0 or 1;
        }

        if (type.Fits == ValueTypes.Double)
        {
            column.WriteDouble(row, value);
            return value is >= -MaxExact and <= MaxExact;
        }

        Span<byte> text = stackalloc byte[NumberLength];
        Utf8Formatter.TryFormat(value, text, out var length);
        return (type.Is(ValueTypes.Decimal | ValueTypes.Json) || _columns[index].IsGiven)
            && column.TryWrite(row, text[..length]);
    }

    bool TryWriteDouble(VectorWriter column, int row, double value, int index)
    {
        if (column.Type.Fits == ValueTypes.Double)
        {
            column.WriteDouble(row, value);
            return true;
        }

        Span<byte> text = stackalloc byte[NumberLength];
        return double.IsFinite(value) && (column.Type.Is(ValueTypes.Json) || _columns[index].IsGiven)
            && Utf8Formatter.TryFormat(value, text, out var length) && column.TryWrite(row, text[..length]);
    }

    bool TryWriteText(VectorWriter column, int row, ReadOnlySpan<byte> text, int index)
    {
        if (column.Type.Is(ValueTypes.Json))
        {
            column.WriteText(row, Quoted(JsonEncodedText.Encode(text, RowJson.Options.Encoder).EncodedUtf8Bytes));
            return true;
        }

        return !_isBytes[index]
            && (column.Type.Is(ValueTypes.Text | ValueTypes.Date | ValueTypes.Time) || _columns[index].IsGiven)
            && (column.TryWrite(row, text) || (TakesAnyTime && TryWriteAnyTime(column, row, text)));
    }

    static bool TryWriteAnyTime(VectorWriter column, int row, ReadOnlySpan<byte> text)
    {
        if (!column.Type.Is(ValueTypes.Time) || !DateTimeOffset.TryParse(
            Encoding.UTF8.GetString(text), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return false;
        }

        column.WriteLong(row, (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        return true;
    }

    ReadOnlySpan<byte> Quoted(ReadOnlySpan<byte> text)
    {
        if (_text.Length < text.Length + 2)
        {
            _text = new byte[(text.Length + 2) * 2];
        }

        _text[0] = (byte)'"';
        text.CopyTo(_text.AsSpan(1));
        _text[text.Length + 1] = (byte)'"';
        return _text.AsSpan(0, text.Length + 2);
    }

    void WriteBytes(VectorWriter column, int row, ReadOnlySpan<byte> bytes)
    {
        if (_objects is null)
        {
            column.WriteNull(row);
            return;
        }

        column.WriteText(row, Encoding.ASCII.GetBytes(ObjectUrl.Format(_objects.Put(bytes))));
    }

    WriteOutcome Misfit(int index, string what) => Blame(
        WriteOutcome.Misfit, _columns[index],
        $"it has {what}, which does not fit the type {_columns[index].Type.Delta}");
}
