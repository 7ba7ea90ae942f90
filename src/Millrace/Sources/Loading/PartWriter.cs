using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Reads the records of a part and writes them as one Parquet file. Sketch: bytes of the file become values in
/// DuckDB's vectors at once, and leave them as Parquet; nothing is kept but one row group.</summary>
sealed class PartWriter(
    IngestSettings settings,
    IngestPlan plan,
    TableStage stage,
    QuarantineSink quarantine,
    Action<long, long> report,
    CancellationToken cancellationToken)
{
    const string FunctionName = "millrace_source";

    readonly List<RangeResult> _results = [];
    RecordParser? _parser;
    InputFile? _file;
    SourcePart _part = null!;
    int _rangeIndex = -1;
    long _bad;
    long _reported;

    /// <summary>Writes a part in a session of its own.</summary>
    /// <exception cref="MisfitException">A record does not fit the plan.</exception>
    public PartResult Write(SqlSession session, SourcePart part)
    {
        _part = part;
        var writers = plan.Columns.Select(column => new VectorWriter(column.Type)).ToList();
        try
        {
            if (writers.Count == 0)
            {
                // No column is known, so every record is told to be none.
                Fill(writers, 1);
                return new PartResult(null, [], _results);
            }

            using var function = new RowFunction(session, FunctionName, writers, Fill);
            var file = function.Run(() => stage.WriteFile(
                session, settings.Table, plan.Schema, $"select {Select()} from {FunctionName}()",
                $"{part.Number:D5}", cancellationToken));
            var result = new PartResult(file, [.. writers.Select(writer => writer.ValueCount)], _results);
            IngestProof.Check(settings.Table, plan, result);
            return result;
        }
        finally
        {
            _parser?.Dispose();
        }
    }

    string Select() => string.Join(", ", plan.Columns.Select((column, i) =>
        $"cast(c{i} as {new TableColumn(column.Name, column.Delta).SqlType}) as {SqlName.Quote(column.Name)}"));

    int Fill(IReadOnlyList<VectorWriter> columns, int capacity)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var row = 0;
        while (row < capacity)
        {
            if (_rangeIndex < 0 || !_parser!.Next())
            {
                if (!NextRange())
                {
                    break;
                }

                continue;
            }

            var outcome = _parser.Write(columns, row);
            if (outcome == WriteOutcome.Written)
            {
                row++;
                continue;
            }

            foreach (var column in columns)
            {
                column.Clear(row);
            }

            Refuse(outcome);
        }

        Report(row);
        return row;
    }

    void Refuse(WriteOutcome outcome)
    {
        var fault = _parser!.Fault;
        if (outcome == WriteOutcome.Misfit && !plan.QuarantinesMisfits
            && !plan.Columns.Any(column => column.IsGiven && column.SourceName == fault.Column))
        {
            throw new MisfitException($"{fault.Column}: {fault.Reason}");
        }

        _bad++;
        quarantine.Add(_part.Ranges[_rangeIndex], fault, _parser.Record);
    }

    bool NextRange()
    {
        CloseRange();
        if (++_rangeIndex >= _part.Ranges.Count)
        {
            _rangeIndex = _part.Ranges.Count - 1;
            return false;
        }

        var range = _part.Ranges[_rangeIndex];
        if (!ReferenceEquals(_file, range.File))
        {
            _parser?.Dispose();
            _parser = ParserFactory.Create(range.File, settings, plan.SourceNames);
            _file = range.File;
        }

        _parser!.Begin(range.Start, range.End);
        _reported = range.Start;
        return true;
    }

    void CloseRange()
    {
        if (_rangeIndex < 0 || _results.Count > _rangeIndex)
        {
            return;
        }

        var rows = _parser!.RecordCount - _bad;
        _results.Add(new RangeResult(
            _part.Ranges[_rangeIndex], _parser.Offset, _parser.RecordCount, rows, _bad, _parser.LineCount));
        _bad = 0;
    }

    void Report(int rows)
    {
        var offset = _parser?.Offset ?? 0;
        report(Math.Max(0, offset - _reported), rows);
        _reported = offset;
    }
}
