using Millrace.Sources.Loading;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Databases;

/// <summary>Writes the rows of a database as Parquet files of about one size. Where a file ends depends on the rows
/// alone.</summary>
sealed class RowsWriter(
    string table,
    IngestPlan plan,
    TableStage stage,
    string name,
    Func<SqlSession> openSession,
    RowQuarantine quarantine,
    Action<long, long> report,
    CancellationToken cancellationToken)
{
    const string FunctionName = "millrace_rows";
    const long PartBytes = 256L << 20;

    readonly string _select = string.Join(", ", plan.Columns.Select((column, i) =>
        $"cast(c{i} as {new TableColumn(column.Name, column.Delta).SqlType}) as {SqlName.Quote(column.Name)}"));

    DatabaseRows _rows = null!;
    long _partEnd;
    long _written;
    long _reported;
    bool _isEnded;

    /// <exception cref="MisfitException">A row does not fit a plan that was a guess.</exception>
    /// <exception cref="MillraceException"><c>ingest-mismatch</c>.</exception>
    public RowsResult Write(DatabaseRows rows)
    {
        _rows = rows;
        var files = new List<DataFile>();
        var values = new long[plan.Columns.Count];
        try
        {
            for (var part = 0; !_isEnded; part++)
            {
                var before = _written;
                var writers = plan.Columns.Select((_, i) => rows.CreateWriter(i)).ToList();
                _partEnd = rows.ByteCount + PartBytes;
                using var session = openSession();
                using var function = new RowFunction(session, FunctionName, writers, Fill);
                var number = $"{name}{part:D5}";
                var file = function.Run(() => stage.WriteFile(
                    session, table, plan.Schema, $"select {_select} from {FunctionName}()", number,
                    cancellationToken));
                if (file is not null)
                {
                    files.Add(file);
                }

                List<long> counts = [.. writers.Select(writer => writer.ValueCount)];
                IngestProof.Check(table, plan, file, _written - before, counts);
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] += counts[i];
                }
            }

            return new RowsResult(files, values, rows.RowCount, _written, rows.ByteCount);
        }
        catch
        {
            stage.Drop(table, files);
            throw;
        }
    }

    int Fill(IReadOnlyList<VectorWriter> columns, int capacity)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var row = 0;
        while (row < capacity && !_isEnded && _rows.ByteCount < _partEnd)
        {
            if (!_rows.Next())
            {
                _isEnded = true;
                break;
            }

            var outcome = _rows.Write(columns, row);
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

        _written += row;
        report(_rows.ByteCount - _reported, row);
        _reported = _rows.ByteCount;
        return row;
    }

    void Refuse(WriteOutcome outcome)
    {
        var fault = _rows.Fault;
        if (outcome == WriteOutcome.Misfit && !plan.QuarantinesMisfits
            && !plan.Columns.Any(column => column.IsGiven && column.SourceName == fault.Column))
        {
            throw new MisfitException($"{fault.Column}: {fault.Reason}");
        }

        quarantine.Add(_rows.RowCount, fault, _rows.ToJson());
    }
}
