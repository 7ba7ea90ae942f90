namespace Millrace.Sources.Reading;

/// <summary>Reads a JSON object from each line.</summary>
sealed class JsonLinesParser(RangeReader input, IReadOnlyList<string> names) : JsonParser(input, names)
{
    int _ending;

    protected override void EndRecord()
    {
        base.EndRecord();
        Input.Skip(_ending);
        _ending = 0;
    }

    protected override bool NextRecord()
    {
        while (true)
        {
            var end = Input.LineEnd();
            RecordLine = ++LineCount;
            if (end < 0)
            {
                BlameLong();
                RecordCount++;
                return true;
            }

            _ending = Math.Min(1, Input.Rest.Length - end);
            if (Input.Rest[..end].IndexOfAnyExcept((byte)' ', (byte)'\r', (byte)'\t') < 0)
            {
                Input.Skip(end + _ending);
                _ending = 0;
                if (Input.Offset >= RangeEnd)
                {
                    return false;
                }

                continue;
            }

            if (Input.Rest[end - 1] == '\r')
            {
                end--;
                _ending++;
            }

            RecordLength = end;
            RecordCount++;
            return true;
        }
    }

    void BlameLong()
    {
        var offset = Input.Offset;
        var next = Input.NextLine(offset);
        Blame(
            null, $"the line has {next - offset:N0} bytes; {Input.MaxRecordBytes:N0} are allowed", offset,
            next - offset, RecordLine);
        IsBlamed = true;
        Input.Seek(next);
    }
}
