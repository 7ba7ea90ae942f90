using Apache.Arrow;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Queries;

/// <summary>The rows of a query as texts, batch by batch as they are computed and in constant memory. Whoever opens it
/// disposes it.</summary>
public sealed class SqlRows : IDisposable
{
    readonly ArrowReader _reader;
    RecordBatch? _batch;
    BinaryArray[] _cells = [];

    internal SqlRows(ArrowReader reader, IReadOnlyList<SqlResultColumn> columns)
    {
        _reader = reader;
        Columns = columns;
    }

    public IReadOnlyList<SqlResultColumn> Columns { get; }

    /// <summary>Rows of the batch.</summary>
    public int Count => _batch?.Length ?? 0;

    /// <summary>Reads the next batch; false at the end.</summary>
    /// <exception cref="MillraceException"><c>sql-failed</c>, <c>memory-limit</c>, <c>disk-full</c>.</exception>
    public async ValueTask<bool> ReadAsync()
    {
        _batch?.Dispose();
        _batch = await _reader.ReadAsync().ConfigureAwait(false);
        _cells = _batch is null ? [] : [.. _batch.Arrays.Cast<BinaryArray>()];
        return _batch is not null;
    }

    public bool IsNull(int column, int row) => _cells[column].IsNull(row);

    /// <summary>UTF-8, valid until the next batch is read; nothing for null.</summary>
    public ReadOnlySpan<byte> Cell(int column, int row) => _cells[column].GetBytes(row);

    public void Dispose()
    {
        _batch?.Dispose();
        _reader.Dispose();
    }
}
