namespace Millrace.Sources.Loading;

/// <summary>Places in a file where a record may begin, found while its bytes go by: the start of a line, and of a line
/// before which the number of quotes is even.</summary>
/// <remarks>A line start with an even number of quotes before it begins a record of every file that keeps to RFC 4180.
/// For others it is a guess, which is checked when the part before it has been read.</remarks>
sealed class FileMarks
{
    const long Spacing = 4 << 20;

    readonly List<long> _lines = [];
    readonly List<long> _evenLines = [];
    long _offset;
    long _nextLine = Spacing;
    long _nextEvenLine = Spacing;
    bool _isOdd;

    /// <summary>Starts of lines.</summary>
    public IReadOnlyList<long> Lines => _lines;

    /// <summary>Starts of lines outside of quotes.</summary>
    public IReadOnlyList<long> EvenLines => _evenLines;

    /// <summary>Takes the next bytes of the file.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        AddLines(bytes);
        AddEvenLines(bytes);
        _offset += bytes.Length;
    }

    void AddLines(ReadOnlySpan<byte> bytes)
    {
        while (_nextLine <= _offset + bytes.Length)
        {
            var from = (int)Math.Max(0, _nextLine - _offset);
            var end = bytes[from..].IndexOf((byte)'\n');
            if (end < 0)
            {
                return;
            }

            var mark = _offset + from + end + 1;
            _lines.Add(mark);
            _nextLine = mark + Spacing;
        }
    }

    void AddEvenLines(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (true)
        {
            var ahead = (int)Math.Clamp(_nextEvenLine - _offset - position, 0, bytes.Length - position);
            _isOdd ^= (bytes.Slice(position, ahead).Count((byte)'"') & 1) != 0;
            position += ahead;
            if (position == bytes.Length)
            {
                return;
            }

            while (true)
            {
                var next = bytes[position..].IndexOfAny((byte)'"', (byte)'\n');
                if (next < 0)
                {
                    return;
                }

                position += next + 1;
                if (bytes[position - 1] == '"')
                {
                    _isOdd = !_isOdd;
                }
                else if (!_isOdd)
                {
                    _evenLines.Add(_offset + position);
                    _nextEvenLine = _offset + position + Spacing;
                    break;
                }
            }
        }
    }
}
