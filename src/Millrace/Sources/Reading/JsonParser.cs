using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Millrace.Sources.Reading;

/// <summary>Reads records that are JSON objects: each key is a column.</summary>
abstract class JsonParser : RecordParser
{
    const int MaxDepth = 1000;

    readonly NameTable _names = new();
    readonly NameTable _met = new();
    byte[] _text = new byte[256];
    byte[] _key = new byte[64];
    long[] _seenIn;

    /// <param name="input">The file.</param>
    /// <param name="names">The table's columns, as the keys are written; empty while they are not known.</param>
    protected JsonParser(RangeReader input, IReadOnlyList<string> names)
        : base(input)
    {
        foreach (var name in names)
        {
            _names.Add(Encoding.UTF8.GetBytes(name));
        }

        _seenIn = new long[Math.Max(16, names.Count)];
    }

    public override ReadOnlySpan<byte> Record => Input.Rest.Slice(RecordStart, RecordLength);

    /// <summary>Where the record begins behind the window's start.</summary>
    protected int RecordStart { get; set; }

    protected int RecordLength { get; set; }

    protected long RecordLine { get; set; }

    /// <summary>Whether what was read is no record and is already told to be none.</summary>
    protected bool IsBlamed { get; set; }

    long Serial { get; set; }

    public override bool Learn(FactsTable facts)
    {
        // What is no record says nothing of the columns, so it is looked through before.
        if (!IsText() || !IsRecord())
        {
            return false;
        }

        var expected = 0;
        var reader = new Utf8JsonReader(Record, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = facts.Find(Key(ref reader), expected);
            expected = index + 1;
            reader.Read();
            Learn(ref reader, facts[index]);
        }

        return true;
    }

    public override WriteOutcome Write(IReadOnlyList<VectorWriter> columns, int row)
    {
        if (!IsText())
        {
            return WriteOutcome.Bad;
        }

        if (columns.Count == 0)
        {
            // No record has a key, so there is no column that could tell that this one was there.
            if (IsRecord())
            {
                BlameRecord("it has no keys, and neither has any other record");
            }

            return WriteOutcome.Bad;
        }

        var record = Record;
        var expected = 0;
        Serial++;
        try
        {
            var reader = new Utf8JsonReader(record, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!ReadStart(ref reader))
            {
                return WriteOutcome.Bad;
            }

            var misfit = -1;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = Key(ref reader);
                var index = _names.Find(key, expected);
                expected = index + 1;
                if (index < 0)
                {
                    return BlameUnknown(key);
                }

                if (!MarkSeen(index, key))
                {
                    return WriteOutcome.Bad;
                }

                reader.Read();
                if (!TryWrite(ref reader, columns[index], row, record) && misfit < 0)
                {
                    misfit = index;
                }
            }

            // A record that is broken further on is none, whatever fits or not.
            return !ReadEnd(ref reader) ? WriteOutcome.Bad
                : misfit >= 0 ? BlameMisfit(misfit, columns[misfit]) : WriteAbsent(columns, row);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            BlameJson(exception);
            return WriteOutcome.Bad;
        }
    }

    protected override void EndRecord()
    {
        Input.Skip(RecordStart + RecordLength);
        RecordStart = 0;
        RecordLength = 0;
        IsBlamed = false;
    }

    protected void BlameRecord(string reason) =>
        Blame(null, reason, Input.Offset + RecordStart, RecordLength, RecordLine);

    bool IsText()
    {
        if (IsBlamed)
        {
            return false;
        }

        if (Utf8.IsValid(Record))
        {
            return true;
        }

        BlameRecord("it has bytes that are no UTF-8 text");
        return false;
    }

    /// <summary>Whether it is one JSON object with different keys.</summary>
    bool IsRecord()
    {
        var expected = 0;
        Serial++;
        try
        {
            var reader = new Utf8JsonReader(Record, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!ReadStart(ref reader))
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = Key(ref reader);
                var index = _met.Find(key, expected);
                index = index < 0 ? _met.Add(key) : index;
                expected = index + 1;
                if (!MarkSeen(index, key))
                {
                    return false;
                }

                reader.Read();
                CheckText(ref reader);
                SkipChecked(ref reader);
            }

            return ReadEnd(ref reader);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return BlameJson(exception);
        }
    }

    /// <summary>Refuses a text whose escapes are no characters, whatever it is read as.</summary>
    void CheckText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped)
        {
            Text(ref reader);
        }
    }

    bool ReadStart(ref Utf8JsonReader reader)
    {
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            return true;
        }

        BlameRecord("it is no JSON object");
        return false;
    }

    bool ReadEnd(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            return true;
        }

        BlameRecord("something follows the JSON object");
        return false;
    }

    ReadOnlySpan<byte> Key(ref Utf8JsonReader reader) =>
        reader.ValueIsEscaped ? Unescape(ref reader, ref _key) : reader.ValueSpan;

    ReadOnlySpan<byte> Text(ref Utf8JsonReader reader) =>
        reader.ValueIsEscaped ? Unescape(ref reader, ref _text) : reader.ValueSpan;

    static ReadOnlySpan<byte> Unescape(ref Utf8JsonReader reader, ref byte[] target)
    {
        if (target.Length < reader.ValueSpan.Length)
        {
            target = new byte[reader.ValueSpan.Length * 2];
        }

        return target.AsSpan(0, reader.CopyString(target));
    }

    bool MarkSeen(int index, ReadOnlySpan<byte> key)
    {
        if (index >= _seenIn.Length)
        {
            Array.Resize(ref _seenIn, Math.Max(index + 1, _seenIn.Length * 2));
        }

        if (_seenIn[index] == Serial)
        {
            Blame(
                Encoding.UTF8.GetString(key), "the key stands in it twice", Input.Offset + RecordStart, RecordLength,
                RecordLine);
            return false;
        }

        _seenIn[index] = Serial;
        return true;
    }

    void Learn(ref Utf8JsonReader reader, ColumnFacts facts)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                facts.AddJsonString(Text(ref reader), mayBeNumber: true);
                break;
            case JsonTokenType.Number:
                facts.AddJsonNumber(reader.ValueSpan);
                break;
            case JsonTokenType.True or JsonTokenType.False:
                facts.AddJsonBoolean();
                break;
            case JsonTokenType.StartObject:
                facts.AddJsonObject();
                reader.Skip();
                break;
            default:
                LearnList(ref reader, facts.AddJsonList());
                break;
        }
    }

    void LearnList(ref Utf8JsonReader reader, ColumnFacts elements)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                elements.AddJsonObject();
                reader.Skip();
            }
            else
            {
                Learn(ref reader, elements);
            }
        }
    }

    bool TryWrite(ref Utf8JsonReader reader, VectorWriter column, int row, ReadOnlySpan<byte> record)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            column.WriteNull(row);
            return true;
        }

        CheckText(ref reader);
        if (column.Type.Is(ValueTypes.Json))
        {
            var start = (int)reader.TokenStartIndex;
            SkipChecked(ref reader);
            column.WriteText(row, record[start..(int)reader.BytesConsumed]);
            return true;
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return TakesText(column.Type, ref reader) && column.TryWrite(row, Text(ref reader));
            case JsonTokenType.Number:
                return column.Type.Is(ValueTypes.Number) && column.TryWrite(row, reader.ValueSpan);
            case JsonTokenType.True or JsonTokenType.False:
                return column.TryWrite(row, reader.TokenType == JsonTokenType.True);
            case JsonTokenType.StartArray when column.BeginList(row) is { } elements:
                return TryWriteList(ref reader, column, elements, row);
            default:
                SkipChecked(ref reader);
                return false;
        }
    }

    bool TakesText(ReadType type, ref Utf8JsonReader reader) =>
        type.Is(ValueTypes.Text | ValueTypes.Date | ValueTypes.Time) || IsWordOf(type, ref reader);

    /// <summary>Whether a column of doubles takes the text, for JSON has no other form of it.</summary>
    bool IsWordOf(ReadType type, ref Utf8JsonReader reader) =>
        type.Is(ValueTypes.Double) && ValueText.IsJsonWord(Text(ref reader));

    /// <summary>Goes over a value; the texts of a list are checked, as they are where the list has a type.</summary>
    void SkipChecked(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                CheckText(ref reader);
                reader.Skip();
            }
        }

        reader.Skip();
    }

    bool TryWriteList(ref Utf8JsonReader reader, VectorWriter column, VectorWriter elements, int row)
    {
        var fits = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var place = column.NextElement();
            elements.Clear(place);
            CheckText(ref reader);
            switch (reader.TokenType)
            {
                case JsonTokenType.Null:
                    elements.WriteNull(place);
                    break;
                case JsonTokenType.String:
                    fits &= (elements.Type.Is(ValueTypes.Text) || IsWordOf(elements.Type, ref reader))
                        && elements.TryWrite(place, Text(ref reader));
                    break;
                case JsonTokenType.Number:
                    fits &= elements.Type.Is(ValueTypes.Number) && elements.TryWrite(place, reader.ValueSpan);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    fits &= elements.TryWrite(place, reader.TokenType == JsonTokenType.True);
                    break;
                default:
                    reader.Skip();
                    fits = false;
                    break;
            }
        }

        column.EndList(row);
        return fits;
    }

    WriteOutcome WriteAbsent(IReadOnlyList<VectorWriter> columns, int row)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (_seenIn[i] != Serial)
            {
                columns[i].WriteNull(row);
            }
        }

        return WriteOutcome.Written;
    }

    WriteOutcome BlameUnknown(ReadOnlySpan<byte> key)
    {
        Blame(
            Encoding.UTF8.GetString(key), "the table has no such column", Input.Offset + RecordStart, RecordLength,
            RecordLine);
        return WriteOutcome.Misfit;
    }

    WriteOutcome BlameMisfit(int index, VectorWriter column)
    {
        Blame(
            Encoding.UTF8.GetString(_names[index]), $"the value does not fit the type {column.Type.Delta}",
            Input.Offset + RecordStart, RecordLength, RecordLine);
        return WriteOutcome.Misfit;
    }

    bool BlameJson(Exception exception)
    {
        var message = exception is JsonException
            ? $"it is no JSON: {exception.Message.Split(" LineNumber:")[0].TrimEnd('.')}"
            : "it has an escape that is no character";
        Blame(null, message, Input.Offset + RecordStart, RecordLength, RecordLine);
        return false;
    }
}
