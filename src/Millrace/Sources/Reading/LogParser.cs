using System.Text;
using System.Text.Unicode;

namespace Millrace.Sources.Reading;

/// <summary>Reads a record from each line by a regular expression: its named groups are the columns.</summary>
/// <remarks>The expression runs without backtracking, so that no line can make it slow.</remarks>
sealed class LogParser : RecordParser
{
    /// <summary>The common log format of web servers.</summary>
    public const string Common =
        """^(?<host>\S+) (?<ident>\S+) (?<user>\S+) \[(?<time>[^\]]+)\] "(?<request>(?:[^"\\]|\\.)*)" """
        + """(?<status>\d{3}|-) (?<size>\d+|-)$""";

    /// <summary>The same, with referrer and user agent.</summary>
    public const string Combined =
        """^(?<host>\S+) (?<ident>\S+) (?<user>\S+) \[(?<time>[^\]]+)\] "(?<request>(?:[^"\\]|\\.)*)" """
        + """(?<status>\d{3}|-) (?<size>\d+|-) "(?<referrer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)"$""";

    readonly LogPattern _pattern;
    readonly int[] _map;
    readonly int[] _absent;
    readonly string?[] _fields;
    readonly IReadOnlyList<string> _names;
    byte[] _text = new byte[256];
    int _length;
    int _ending;
    bool _isRecord;

    /// <param name="input">The file.</param>
    /// <param name="pattern">The expression.</param>
    /// <param name="map">For each of its columns its place among the table's.</param>
    /// <param name="columnCount">How many columns the table has.</param>
    public LogParser(RangeReader input, LogPattern pattern, int[] map, int columnCount)
        : base(input)
    {
        _pattern = pattern;
        _map = map;
        _names = pattern.Columns;
        _fields = new string?[_names.Count];
        _absent = [.. Enumerable.Range(0, columnCount).Except(map)];
    }

    public override ReadOnlySpan<byte> Record => Input.Rest[.._length];

    public override bool Learn(FactsTable facts)
    {
        for (var i = 0; _isRecord && i < _fields.Length; i++)
        {
            if (_fields[i] is { Length: > 0 } text)
            {
                facts[_map[i]].AddText(Bytes(text));
            }
            else if (_fields[i] is not null)
            {
                facts[_map[i]].AddEmptyText();
            }
        }

        return _isRecord;
    }

    public override WriteOutcome Write(IReadOnlyList<VectorWriter> columns, int row)
    {
        if (!_isRecord)
        {
            return WriteOutcome.Bad;
        }

        for (var i = 0; i < _fields.Length; i++)
        {
            var text = _fields[i];
            if (_map[i] < 0)
            {
                if (text is not null)
                {
                    Blame(_names[i], "the table has no such column", Input.Offset, _length, LineCount);
                    return WriteOutcome.Misfit;
                }

                continue;
            }

            var column = columns[_map[i]];
            if (text is null || (text.Length == 0 && column.IsEmptyNull))
            {
                column.WriteNull(row);
            }
            else if (!column.TryWrite(row, Bytes(text)))
            {
                Blame(
                    _names[i], $"the value does not fit the type {column.Type.Delta}", Input.Offset, _length,
                    LineCount);
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
        Input.Skip(_length + _ending);
        _length = 0;
        _ending = 0;
    }

    protected override bool NextRecord()
    {
        while (true)
        {
            var end = Input.LineEnd();
            LineCount++;
            if (end < 0)
            {
                BlameLong();
                return true;
            }

            _ending = Math.Min(1, Input.Rest.Length - end);
            if (end > 0 && Input.Rest[end - 1] == '\r')
            {
                end--;
                _ending++;
            }

            _length = end;
            if (end > 0)
            {
                RecordCount++;
                Match();
                return true;
            }

            EndRecord();
            if (Input.Offset >= RangeEnd)
            {
                return false;
            }
        }
    }

    void Match()
    {
        _isRecord = Utf8.IsValid(Record);
        if (!_isRecord)
        {
            Blame(null, "it has bytes that are no UTF-8 text", Input.Offset, _length, LineCount);
            return;
        }

        _isRecord = _pattern.TryMatch(Encoding.UTF8.GetString(Record), _fields);
        if (!_isRecord)
        {
            Blame(null, "it does not match the pattern of the log", Input.Offset, _length, LineCount);
        }
    }

    void BlameLong()
    {
        var offset = Input.Offset;
        var next = Input.NextLine(offset);
        Blame(
            null, $"the line has {next - offset:N0} bytes; {Input.MaxRecordBytes:N0} are allowed", offset,
            next - offset, LineCount);
        RecordCount++;
        _isRecord = false;
        Input.Seek(next);
    }

    ReadOnlySpan<byte> Bytes(string text)
    {
        if (_text.Length < text.Length * 3)
        {
            _text = new byte[text.Length * 3];
        }

        return _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text));
    }
}
