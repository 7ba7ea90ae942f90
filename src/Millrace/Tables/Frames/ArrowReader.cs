using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;

namespace Millrace.Tables.Frames;

/// <summary>Reads the rows of a query as Arrow batches of up to 2,048 rows, which is what DuckDB works in; its vectors
/// become Arrow arrays without a value being looked at.</summary>
sealed class ArrowReader : IDisposable
{
    readonly DuckDBCommand _command;
    readonly CancellationTokenRegistration _registration;
    readonly CancellationToken _cancellationToken;
    readonly IArrowArrayStream _stream;

    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>memory-limit</c>, <c>disk-full</c>.</exception>
    public ArrowReader(
        SqlSession session, string sql, CancellationToken cancellationToken,
        IReadOnlyList<SqlParameter>? parameters = null)
    {
        _cancellationToken = cancellationToken;
        _command = session.Connection.CreateCommand();
        _command.CommandText = sql;
        _command.UseStreamingMode = true;
        foreach (var parameter in parameters ?? [])
            _command.Parameters.Add(new DuckDBParameter(parameter.Name, parameter.Value ?? DBNull.Value));
        _registration = cancellationToken.Register(_command.Cancel);
        try
        {
            _stream = _command.ExecuteArrowStream();
        }
        catch (Exception exception)
        {
            _registration.Dispose();
            _command.Dispose();
            if (exception is DuckDBException failure)
                throw Translate(failure);
            throw;
        }
    }

    public Schema Schema => _stream.Schema;

    /// <summary>The next batch, which the caller disposes; null at the end.</summary>
    public async ValueTask<RecordBatch?> ReadAsync()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await _stream.ReadNextRecordBatchAsync(_cancellationToken).ConfigureAwait(false);
        }
        catch (DuckDBException failure)
        {
            throw Translate(failure);
        }
    }

    public void Dispose()
    {
        _registration.Dispose();
        _stream.Dispose();
        _command.Dispose();
    }

    Exception Translate(DuckDBException failure) => _cancellationToken.IsCancellationRequested
        ? new OperationCanceledException("The query was cancelled.", failure, _cancellationToken)
        : SqlSession.Translate(failure);
}
