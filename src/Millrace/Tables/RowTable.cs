using DuckDB.NET.Data;

namespace Millrace.Tables;

/// <summary>A temporary table that records are put into, one by one; they are there when it is disposed.</summary>
sealed class RowTable<T>(DuckDBAppender appender, IReadOnlyList<Action<IDuckDBAppenderRow, T>> columns) : IDisposable
{
    public void Append(T record)
    {
        var row = appender.CreateRow();
        foreach (var append in columns)
            append(row, record);
        row.EndRow();
    }

    public void Dispose() => appender.Dispose();
}
