using Apache.Arrow;
using Apache.Arrow.C;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Reads Arrow's IPC, file or stream, by way of a Parquet file: each batch is checked before native code sees
/// it.</summary>
static class ArrowInput
{
    const string View = "millrace_arrow";

    /// <summary>Writes the batches of a file aside.</summary>
    /// <returns>Where.</returns>
    /// <exception cref="MillraceException"><c>source-damaged</c>.</exception>
    public static unsafe string ToParquet(
        SqlSession session, InputFile file, string temporaryFolder, CancellationToken cancellationToken)
    {
        var target = Path.Combine(temporaryFolder, $"arrow-{Guid.NewGuid():N}.parquet");
        try
        {
            using var input = File.OpenRead(file.Path);
            using var batches = Open(input);
            // Here its faults are exceptions; native code would take them for a schema.
            if (batches.Schema is null)
            {
                throw new InvalidDataException("it has no schema.");
            }

            using var stream = new CheckedBatches(batches, cancellationToken);
            var exported = CArrowArrayStream.Create();
            try
            {
                CArrowArrayStreamExporter.ExportArrayStream(stream, exported);
                if (DuckLibrary.duckdb_arrow_scan(
                    session.Connection.NativeConnection.DangerousGetHandle(), View, (nint)exported) != 0)
                {
                    throw new InvalidDataException("its schema has a type that can't be read.");
                }

                try
                {
                    session.Execute(
                        $"copy (select * from {View}) to {SqlName.Text(target)} (format parquet)", cancellationToken);
                }
                catch (MillraceException) when (stream.Failure is not null)
                {
                    throw new InvalidDataException(stream.Failure.Message, stream.Failure);
                }
            }
            finally
            {
                session.Execute($"drop view if exists {View}", CancellationToken.None);
                CArrowArrayStream.Free(exported);
            }

            return target;
        }
        catch (Exception exception) when (exception is not (MillraceException or OperationCanceledException))
        {
            // The reader of Arrow meets broken bytes with exceptions of many kinds.
            throw new MillraceException(
                ErrorKind.Corrupt, "source-damaged", $"'{file.Name}' can't be read as Arrow: {exception.Message}",
                "Fetch or write the file again. Nothing was added.", exception);
        }
    }

    static IArrowArrayStream Open(FileStream input)
    {
        Span<byte> magic = stackalloc byte[6];
        var isFile = input.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length
            && magic.SequenceEqual("ARROW1"u8);
        input.Position = 0;
        var codecs = new CompressionCodecFactory();
        return isFile ? new ArrowFileReader(input, codecs) : new ArrowStreamReader(input, codecs);
    }

    /// <summary>Batches whose arrays keep within their buffers.</summary>
    sealed class CheckedBatches(IArrowArrayStream source, CancellationToken cancellationToken) : IArrowArrayStream
    {
        public Exception? Failure { get; private set; }

        public Schema Schema => source.Schema;

        public async ValueTask<RecordBatch> ReadNextRecordBatchAsync(CancellationToken token = default)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                var batch = await source.ReadNextRecordBatchAsync(cancellationToken).ConfigureAwait(false);
                foreach (var array in batch?.Arrays ?? [])
                {
                    ArrowCheck.Check(array.Data);
                }

                return batch!;
            }
            catch (Exception exception)
            {
                Failure = exception;
                throw;
            }
        }

        public void Dispose()
        {
            // The file's owner closes it.
        }
    }
}
