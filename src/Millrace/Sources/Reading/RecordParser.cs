namespace Millrace.Sources.Reading;

/// <summary>Reads the records of a part of a file one after the other.</summary>
abstract class RecordParser(RangeReader input) : IDisposable
{
    protected RangeReader Input { get; } = input;

    /// <summary>No record that begins here or later belongs to the range.</summary>
    protected long RangeEnd { get; private set; }

    /// <summary>Records that were read, right or wrong.</summary>
    public long RecordCount { get; protected set; }

    /// <summary>Lines that were read.</summary>
    public long LineCount { get; protected set; }

    /// <summary>Where the next record begins in the file.</summary>
    public long Offset => Input.Offset;

    /// <summary>What is wrong with the record that was read last.</summary>
    public BadRecord Fault { get; private set; }

    /// <summary>The bytes of the record that was read last, when the window holds them.</summary>
    public abstract ReadOnlySpan<byte> Record { get; }

    public void Dispose() => Input.Dispose();

    /// <summary>Begins a range: the records that begin in it.</summary>
    public void Begin(long start, long end)
    {
        Input.Seek(start);
        RangeEnd = end;
        RecordCount = 0;
        LineCount = 0;
    }

    /// <summary>Reads the next record.</summary>
    /// <returns>False at the end of the range.</returns>
    public bool Next()
    {
        EndRecord();
        return Input.Offset < RangeEnd && NextRecord();
    }

    /// <summary>Adds the record's values to what is known of the columns.</summary>
    /// <returns>False when it is no record.</returns>
    public abstract bool Learn(FactsTable facts);

    /// <summary>Writes the record's values as a row.</summary>
    public abstract WriteOutcome Write(IReadOnlyList<VectorWriter> columns, int row);

    /// <summary>Leaves the record that was read.</summary>
    protected abstract void EndRecord();

    protected abstract bool NextRecord();

    protected void Blame(string? column, string reason, long offset, long length, long line) =>
        Fault = new BadRecord(offset, length, line, column, reason);
}
