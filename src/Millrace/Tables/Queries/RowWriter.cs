using System.Buffers;
using System.Text;

namespace Millrace.Tables.Queries;

/// <summary>Writes rows of texts in one of the formats of text. The family is closed.</summary>
abstract class RowWriter
{
    /// <summary>What is gathered before it is written.</summary>
    const int BufferBytes = 1 << 16;

    readonly ArrayBufferWriter<byte> _buffer = new(BufferBytes + 4096);

    /// <returns>How many rows.</returns>
    public static async Task<long> WriteAsync(
        SqlRows rows, SqlResultFormat format, Stream target, CancellationToken cancellationToken)
    {
        RowWriter writer = format switch
        {
            SqlResultFormat.Csv => new CsvRowWriter(),
            SqlResultFormat.Markdown => new MarkdownRowWriter(),
            _ => new JsonRowWriter(format == SqlResultFormat.Json),
        };
        var count = 0L;
        writer.Begin(rows.Columns);
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            for (var row = 0; row < rows.Count; row++)
            {
                writer.Row(rows, row, count++);
                if (writer._buffer.WrittenCount >= BufferBytes)
                    await writer.FlushAsync(target, cancellationToken).ConfigureAwait(false);
            }
        }

        writer.End();
        await writer.FlushAsync(target, cancellationToken).ConfigureAwait(false);
        await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }

    protected abstract void Begin(IReadOnlyList<SqlResultColumn> columns);

    /// <param name="rows">The batch.</param>
    /// <param name="row">The row in it.</param>
    /// <param name="number">The row among all, from 0.</param>
    protected abstract void Row(SqlRows rows, int row, long number);

    protected virtual void End()
    {
    }

    protected void Write(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    protected void Write(string text) => Encoding.UTF8.GetBytes(text, _buffer);

    async Task FlushAsync(Stream target, CancellationToken cancellationToken)
    {
        await target.WriteAsync(_buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        _buffer.ResetWrittenCount();
    }
}
