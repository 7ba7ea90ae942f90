using System.Text;

namespace Millrace.Sources.Reading;

/// <summary>The lines of a text, each held only as far as a limit: a longer one is counted and not kept.</summary>
/// <param name="reader">The text.</param>
/// <param name="limit">Characters of a line that are kept.</param>
sealed class BoundedLines(TextReader reader, int limit)
{
    const int BufferSize = 1 << 16;

    readonly char[] _buffer = new char[BufferSize];
    readonly StringBuilder _line = new();
    int _start;
    int _end;

    /// <summary>Characters of the line that was read last, kept or not.</summary>
    public long Length { get; private set; }

    /// <summary>The next line without its end, up to the limit; null behind the last.</summary>
    public string? Next()
    {
        _line.Clear();
        Length = 0;
        if (_start == _end && !Fill())
        {
            return null;
        }

        do
        {
            var rest = _buffer.AsSpan(_start, _end - _start);
            var end = rest.IndexOfAny('\r', '\n');
            Take(end < 0 ? rest : rest[..end]);
            if (end < 0)
            {
                _start = _end;
                continue;
            }

            _start += end + 1;
            // The two of a line's end may lie in two blocks.
            if (rest[end] == '\r' && (_start < _end || Fill()) && _buffer[_start] == '\n')
            {
                _start++;
            }

            return _line.ToString();
        }
        while (_start < _end || Fill());

        return _line.ToString();
    }

    void Take(ReadOnlySpan<char> text)
    {
        Length += text.Length;
        _line.Append(text[..Math.Min(text.Length, Math.Max(0, limit - _line.Length))]);
    }

    bool Fill()
    {
        _start = 0;
        _end = reader.ReadBlock(_buffer, 0, BufferSize);
        return _end > 0;
    }
}
