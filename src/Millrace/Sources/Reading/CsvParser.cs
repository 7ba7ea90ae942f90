using System.Text.Unicode;

namespace Millrace.Sources.Reading;

/// <summary>Reads records of fields. Sketch: one look for the next delimiter or line end for each field over bytes
/// that are in the cache; the slowest part is turning digits into numbers.</summary>
/// <remarks>What is no record by RFC 4180 costs one line: the line is told, and reading goes on with the next one. So
/// an open quote never swallows what follows it.</remarks>
sealed class CsvParser : RecordParser
{
    readonly CsvDialect _dialect;
    readonly int[] _map;
    readonly IReadOnlyList<string> _names;
    readonly int[] _absent;
    readonly ReadOnlyMemory<byte>[] _nulls;
    int[] _starts;
    int[] _lengths;
    byte[] _isQuoted;
    byte[] _unescaped = new byte[256];
    int _fieldCount;
    int _recordLength;
    int _textLength;
    bool _isRecord;
    long _recordLine;

    /// <param name="input">The file.</param>
    /// <param name="dialect">How it is written.</param>
    /// <param name="names">The file's columns.</param>
    /// <param name="map">For each of them its place among the table's columns.</param>
    /// <param name="columnCount">How many columns the table has.</param>
    /// <param name="nulls">Texts that stand for no value, beside the empty one.</param>
    public CsvParser(
        RangeReader input,
        CsvDialect dialect,
        IReadOnlyList<string> names,
        int[] map,
        int columnCount,
        IReadOnlyList<byte[]> nulls)
        : base(input)
    {
        _dialect = dialect;
        _names = names;
        _map = map;
        _absent = [.. Enumerable.Range(0, columnCount).Except(map)];
        _nulls = [.. nulls.Select(text => (ReadOnlyMemory<byte>)text)];
        var room = Math.Max(16, names.Count + 1);
        _starts = new int[room];
        _lengths = new int[room];
        _isQuoted = new byte[room];
    }

    public override ReadOnlySpan<byte> Record => Input.Rest[.._textLength];

    /// <summary>The fields of the record that was read last, for who looks at a file before its columns are known.
    /// </summary>
    public int FieldCount => _fieldCount;

    /// <summary>Where the record behind the one that was read last begins.</summary>
    public long NextOffset => Input.Offset + _recordLength;

    /// <summary>Whether the record that was read last could be parted into fields.</summary>
    public bool HasFields => _isRecord || _fieldCount > 0;

    /// <summary>Whether lines without fields are left out.</summary>
    public bool SkipsBlankLines { get; init; } = true;

    /// <summary>Whether records may have any number of fields: while the columns are not known.</summary>
    public bool IsFree { get; init; }

    public ReadOnlySpan<byte> Field(int index) => _isQuoted[index] == 2
        ? Unescape(Input.Rest.Slice(_starts[index], _lengths[index]))
        : Input.Rest.Slice(_starts[index], _lengths[index]);

    public override bool Learn(FactsTable facts)
    {
        if (!_isRecord)
        {
            return false;
        }

        for (var i = 0; i < _fieldCount; i++)
        {
            var field = Field(i);
            if (field.Length == 0)
            {
                if (_isQuoted[i] != 0)
                {
                    facts[_map[i]].AddEmptyText();
                }
            }
            else if (_nulls.Length == 0 || _isQuoted[i] != 0 || !IsNull(field))
            {
                facts[_map[i]].AddText(field);
            }
        }

        return true;
    }

    public override WriteOutcome Write(IReadOnlyList<VectorWriter> columns, int row)
    {
        if (!_isRecord)
        {
            return WriteOutcome.Bad;
        }

        for (var i = 0; i < _fieldCount; i++)
        {
            var field = Field(i);
            if (_map[i] < 0)
            {
                if (field.Length == 0)
                {
                    continue;
                }

                Blame(_names[i], "the table has no such column", Input.Offset, _textLength, _recordLine);
                return WriteOutcome.Misfit;
            }

            var column = columns[_map[i]];
            if (field.Length == 0 && (_isQuoted[i] == 0 || column.IsEmptyNull))
            {
                column.WriteNull(row);
            }
            else if (_nulls.Length > 0 && _isQuoted[i] == 0 && IsNull(field))
            {
                column.WriteNull(row);
            }
            else if (!column.TryWrite(row, field))
            {
                Blame(
                    _names[i], $"the value does not fit the type {column.Type.Delta}", Input.Offset, _textLength,
                    _recordLine);
                return WriteOutcome.Misfit;
            }
        }

        foreach (var absent in _absent)
        {
            columns[absent].WriteNull(row);
        }

        return WriteOutcome.Written;
    }

    protected override void EndRecord()
    {
        Input.Skip(_recordLength);
        _recordLength = 0;
        _textLength = 0;
    }

    protected override bool NextRecord()
    {
        while (true)
        {
            _recordLine = LineCount + 1;
            var reason = Part();
            if (reason is null && _textLength == 0 && SkipsBlankLines)
            {
                if (_recordLength == 0)
                {
                    return false;
                }

                LineCount++;
                EndRecord();
                if (Input.Offset >= RangeEnd)
                {
                    return false;
                }

                continue;
            }

            RecordCount++;
            if (reason is not null)
            {
                BlameLine(reason);
                return true;
            }

            LineCount += 1 + Lines(Record);
            Check();
            return true;
        }
    }

    int Lines(ReadOnlySpan<byte> record) => System.MemoryExtensions.Count(record, _dialect.LineEnd);

    void Check()
    {
        _isRecord = false;
        if (!IsFree && _fieldCount != _names.Count)
        {
            Blame(
                null, $"it has {_fieldCount} fields where {_names.Count} were expected", Input.Offset, _textLength,
                _recordLine);
        }
        else if (!Utf8.IsValid(Record))
        {
            Blame(BadColumn(), "it has bytes that are no UTF-8 text", Input.Offset, _textLength, _recordLine);
        }
        else
        {
            _isRecord = true;
        }
    }

    string? BadColumn()
    {
        for (var i = 0; i < _fieldCount && i < _names.Count; i++)
        {
            if (!Utf8.IsValid(Field(i)))
            {
                return _names[i];
            }
        }

        return null;
    }

    /// <summary>Gives up one line.</summary>
    void BlameLine(string reason)
    {
        _isRecord = false;
        _fieldCount = 0;
        var end = Input.Rest.IndexOf(_dialect.LineEnd);
        if (end >= 0)
        {
            _recordLength = end + 1;
            _textLength = TrimmedLength(end);
            LineCount++;
            Blame(null, reason, Input.Offset, _textLength, _recordLine);
            return;
        }

        var offset = Input.Offset;
        var next = Input.NextLine(offset, _dialect.LineEnd);
        Blame(null, reason, offset, next - offset, _recordLine);
        LineCount++;
        _recordLength = 0;
        _textLength = 0;
        Input.Seek(next);
    }

    /// <summary>Finds the fields of the record.</summary>
    /// <returns>Why it is none, or null.</returns>
    string? Part()
    {
        while (true)
        {
            var reason = TryPart(Input.Rest, Input.IsAtEnd, out var needsMore);
            if (!needsMore)
            {
                return reason;
            }

            if (!Input.More())
            {
                return Input.IsFull
                    ? $"it has more than {Input.MaxRecordBytes:N0} bytes, or a quote that is not closed"
                    : TryPart(Input.Rest, true, out _);
            }
        }
    }

    string? TryPart(ReadOnlySpan<byte> text, bool isEnd, out bool needsMore)
    {
        var position = 0;
        _fieldCount = 0;
        needsMore = false;
        while (true)
        {
            if (_fieldCount == _starts.Length)
            {
                Grow();
            }

            if (position < text.Length && text[position] == _dialect.Quote && _dialect.Quote != 0)
            {
                var reason = TryQuoted(text, isEnd, ref position, out needsMore);
                if (reason is not null || needsMore)
                {
                    return reason;
                }
            }
            else
            {
                var length = text[position..].IndexOfAny(_dialect.Delimiter, _dialect.LineEnd);
                if (length < 0)
                {
                    if (!isEnd)
                    {
                        needsMore = true;
                        return null;
                    }

                    length = text.Length - position;
                }

                _starts[_fieldCount] = position;
                _lengths[_fieldCount] = length;
                _isQuoted[_fieldCount++] = 0;
                position += length;
            }

            if (position < text.Length && text[position] == _dialect.Delimiter)
            {
                position++;
                continue;
            }

            EndAt(position, text.Length);
            return null;
        }
    }

    void EndAt(int position, int available)
    {
        _recordLength = Math.Min(position + 1, available);
        _textLength = position;
        var last = _fieldCount - 1;
        // The carriage return before the line feed is part of neither field nor record.
        if (_isQuoted[last] == 0 && _lengths[last] > 0 && Input.Rest[position - 1] == '\r')
        {
            _lengths[last]--;
        }

        _textLength = TrimmedLength(position);
    }

    int TrimmedLength(int length) => length > 0 && Input.Rest[length - 1] == '\r' ? length - 1 : length;

    string? TryQuoted(ReadOnlySpan<byte> text, bool isEnd, ref int position, out bool needsMore)
    {
        needsMore = false;
        var start = position + 1;
        var end = start;
        byte kind = 1;
        while (true)
        {
            var found = text[end..].IndexOf(_dialect.Quote);
            if (found < 0)
            {
                needsMore = !isEnd;
                return isEnd ? "a quote is opened and not closed" : null;
            }

            end += found;
            if (end + 1 < text.Length && text[end + 1] == _dialect.Quote)
            {
                kind = 2;
                end += 2;
                continue;
            }

            if (end + 2 >= text.Length && !isEnd)
            {
                needsMore = true;
                return null;
            }

            break;
        }

        _starts[_fieldCount] = start;
        _lengths[_fieldCount] = end - start;
        _isQuoted[_fieldCount++] = kind;
        position = end + 1;
        if (_dialect.LineEnd == '\n' && position + 1 < text.Length && text[position] == '\r'
            && text[position + 1] == '\n')
        {
            position++;
        }
        else if (_dialect.LineEnd == '\n' && position + 1 == text.Length && text[position] == '\r')
        {
            position++;
        }

        return position >= text.Length || text[position] == _dialect.Delimiter || text[position] == _dialect.LineEnd
            ? null : "text follows the closing quote of a field";
    }

    ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> field)
    {
        if (_unescaped.Length < field.Length)
        {
            _unescaped = new byte[field.Length * 2];
        }

        var length = 0;
        while (true)
        {
            var quote = field.IndexOf(_dialect.Quote);
            if (quote < 0)
            {
                field.CopyTo(_unescaped.AsSpan(length));
                return _unescaped.AsSpan(0, length + field.Length);
            }

            field[..(quote + 1)].CopyTo(_unescaped.AsSpan(length));
            length += quote + 1;
            field = field[(quote + 2)..];
        }
    }

    bool IsNull(ReadOnlySpan<byte> field)
    {
        foreach (var text in _nulls)
        {
            if (field.SequenceEqual(text.Span))
            {
                return true;
            }
        }

        return false;
    }

    void Grow()
    {
        if (_starts.Length > FactsTable.MaxColumns * 2)
        {
            // What no table can have need not be remembered; the count goes on.
            _fieldCount--;
            return;
        }

        Array.Resize(ref _starts, _starts.Length * 2);
        Array.Resize(ref _lengths, _lengths.Length * 2);
        Array.Resize(ref _isQuoted, _isQuoted.Length * 2);
    }
}
