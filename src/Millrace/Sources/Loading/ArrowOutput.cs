using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Writes the rows of a query as an Arrow file, batch by batch: DuckDB's vectors become Arrow's arrays without
/// a value being looked at.</summary>
static class ArrowOutput
{
    /// <returns>How many rows.</returns>
    /// <exception cref="MillraceException"><c>sql-failed</c>.</exception>
    public static async Task<long> WriteAsync(
        SqlSession session, string query, string path, CancellationToken cancellationToken)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = query;
        command.UseStreamingMode = true;
        using var registration = cancellationToken.Register(command.Cancel);
        try
        {
            using var batches = command.ExecuteArrowStream();
            var file = File.Create(path);
            await using (file.ConfigureAwait(false))
            {
                using var writer = new ArrowFileWriter(file, batches.Schema, leaveOpen: true);
                await writer.WriteStartAsync(cancellationToken).ConfigureAwait(false);
                var rows = 0L;
                while (await batches.ReadNextRecordBatchAsync(cancellationToken).ConfigureAwait(false) is { } batch)
                {
                    using (batch)
                    {
                        rows += batch.Length;
                        await writer.WriteRecordBatchAsync(batch, cancellationToken).ConfigureAwait(false);
                    }
                }

                await writer.WriteEndAsync(cancellationToken).ConfigureAwait(false);
                return rows;
            }
        }
        catch (DuckDBException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new MillraceException(
                ErrorKind.Unavailable, "sql-failed", $"The rows can't be read: {exception.Message.Trim()}",
                "'millrace fsck' tells whether the table's files are damaged.", exception);
        }
    }
}
