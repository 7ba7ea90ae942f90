using System.Buffers;

namespace Millrace.Sources.Reading;

/// <summary>Reads the JSON objects of an array, or objects that stand one behind the other over any number of lines.
/// </summary>
/// <remarks>It looks for where an object ends by counting brackets outside of texts, so that one with a fault inside
/// costs itself alone.</remarks>
sealed class JsonArrayParser(RangeReader input, IReadOnlyList<string> names) : JsonParser(input, names)
{
    static readonly SearchValues<byte> Between = SearchValues.Create(" \t\r\n,[]"u8);
    static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    static readonly SearchValues<byte> Endings = SearchValues.Create("\"{}[],\n"u8);

    int _position;
    int _depth;
    bool _isInText;

    protected override bool NextRecord()
    {
        if (!SkipBetween())
        {
            return false;
        }

        RecordLine = LineCount + 1;
        RecordCount++;
        _position = 0;
        _depth = 0;
        _isInText = false;
        while (!TryEnd())
        {
            if (!Input.More())
            {
                return BlameRest();
            }
        }

        RecordLength = _position;
        LineCount += System.MemoryExtensions.Count(Record, (byte)'\n');
        return true;
    }

    /// <summary>Goes over what stands between records.</summary>
    bool SkipBetween()
    {
        while (true)
        {
            var rest = Input.Rest;
            var next = rest.IndexOfAnyExcept(Between);
            var skipped = next < 0 ? rest.Length : next;
            LineCount += System.MemoryExtensions.Count(rest[..skipped], (byte)'\n');
            Input.Skip(skipped);
            if (next >= 0)
            {
                return true;
            }

            if (!Input.More())
            {
                return false;
            }
        }
    }

    /// <summary>Looks for the end of the value from where it stopped.</summary>
    bool TryEnd()
    {
        var rest = Input.Rest;
        while (true)
        {
            var found = _isInText
                ? rest[_position..].IndexOfAny((byte)'"', (byte)'\\')
                : rest[_position..].IndexOfAny(_depth > 0 ? Structure : Endings);
            if (found < 0)
            {
                _position = rest.Length;
                return false;
            }

            _position += found;
            switch (rest[_position])
            {
                case (byte)'\\':
                    if (_position + 1 >= rest.Length)
                    {
                        return false;
                    }

                    _position++;
                    break;
                case (byte)'"':
                    _isInText = !_isInText;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                case (byte)'}' or (byte)']' when --_depth > 0:
                    break;
                case (byte)'}':
                    _position++;
                    return true;
                default:
                    // A value that is no object ends before what parts it from the next.
                    _position += _depth == 0 && rest[_position] == ']' && _position > 0 && rest[0] == '[' ? 1 : 0;
                    return true;
            }

            _position++;
        }
    }

    /// <summary>The value has no end: it is all that is left.</summary>
    bool BlameRest()
    {
        var offset = Input.Offset;
        if (Input.IsAtEnd && _depth == 0 && !_isInText)
        {
            RecordLength = Input.Rest.Length;
            return true;
        }

        Blame(
            null,
            Input.IsAtEnd ? "the object has no end, so it is all that is left of the file"
                : $"the object has more than {Input.MaxRecordBytes:N0} bytes, so it is all that is left of the file",
            offset, Input.Length - offset, RecordLine);
        IsBlamed = true;
        Input.Seek(Input.Length);
        return true;
    }
}
