using System.Runtime.CompilerServices;
using Apache.Arrow;
using Millrace.Catalog;

namespace Millrace.Tables.Frames;

/// <summary>Rows: here a frame is computed.</summary>
public sealed partial class Frame
{
    /// <summary>The rows as Arrow batches of up to 2,048, as they are computed and in constant memory. The caller
    /// disposes each batch; it may be kept after the loop.</summary>
    /// <remarks>A sum of whole numbers comes as <c>decimal128(38, 0)</c>.</remarks>
    /// <exception cref="MillraceException">Faults of the frame; <c>sql-failed</c>, <c>memory-limit</c>,
    /// <c>disk-full</c>.</exception>
    public async IAsyncEnumerable<RecordBatch> BatchesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var query = Query();
        using var session = await OpenAsync(query, Engine.Options.Threads, cancellationToken).ConfigureAwait(false);
        using var reader = await Task.Run(
            () => new ArrowReader(session, query.Sql, cancellationToken), cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false) is { } batch)
            yield return batch;
        // A cache's file must be there as long as it is read.
        GC.KeepAlive(query);
    }

    /// <summary>The rows as records, as they are computed and in constant memory.</summary>
    /// <param name="map">Makes a record of a row, by its columns' names or places.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    /// <exception cref="MillraceException">As for <see cref="BatchesAsync"/>; and of the row, <c>value-null</c>,
    /// <c>value-kind</c>, <c>value-too-large</c>, <c>column-unknown</c>.</exception>
    public async IAsyncEnumerable<T> RecordsAsync<T>(
        Func<RowReader, T> map, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        RowReader? row = null;
        await foreach (var batch in BatchesAsync(cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                row ??= new RowReader(batch.Schema);
                row.Attach(batch);
                for (var i = 0; i < batch.Length; i++)
                {
                    row.MoveTo(i);
                    yield return map(row);
                }
            }
        }
    }

    /// <summary>The rows as a list of records.</summary>
    public async Task<List<T>> ToListAsync<T>(Func<RowReader, T> map, CancellationToken cancellationToken = default)
    {
        var list = new List<T>();
        await foreach (var record in RecordsAsync(map, cancellationToken).ConfigureAwait(false))
            list.Add(record);
        return list;
    }

    /// <summary>How many rows there are.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken = default) =>
        (await Agg(("count", Expressions.Count())).ToListAsync(row => row.Int64(0), cancellationToken)
            .ConfigureAwait(false))[0];

    /// <summary>The value of a frame that has one row and one column, such as an aggregate; null for null.</summary>
    /// <exception cref="MillraceException"><c>frame-not-single</c>.</exception>
    public async Task<object?> ValueAsync(CancellationToken cancellationToken = default)
    {
        var columns = Columns().Count;
        var rows = columns == 1
            ? await Head(2).ToListAsync(row => row.Value(0), cancellationToken).ConfigureAwait(false) : [];
        return rows.Count == 1 ? rows[0] : throw new MillraceException(
            ErrorKind.Invalid, "frame-not-single",
            $"The frame has {(columns == 1 ? rows.Count == 0 ? "no row" : "several rows" : $"{columns} columns")}, "
            + "and one value was asked for.",
            "Aggregate it to one row with Agg, or Select one column.");
    }

    /// <summary>The first rows as a table to read.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="cancellationToken">Interrupts the query.</param>
    public async Task<string> ShowAsync(int rows = 20, CancellationToken cancellationToken = default)
    {
        var query = Head(rows + 1L);
        var cells = await query.ToListAsync(
            row => Enumerable.Range(0, row.Names.Count).Select(row.Value).ToArray(), cancellationToken)
            .ConfigureAwait(false);
        return FrameText.Write(query.Schema(), cells, rows);
    }

    /// <summary>Computes the frame once, into a file of the process's temporary folder, and gives a frame that reads
    /// it.</summary>
    public async Task<Frame> CacheAsync(CancellationToken cancellationToken = default)
    {
        var path = Path.Combine(Engine.TemporaryFolder, $"frame-{Guid.CreateVersion7():N}.parquet");
        var columns = Schema();
        var rowCount = await CopyAsync(path, "format parquet, compression lz4", cancellationToken)
            .ConfigureAwait(false);
        return Engine.FromSource(new SpoolFrameSource(
            path, columns, rowCount, [.. Query().Sources.Select(source => source.Source)]));
    }

    /// <summary>Writes the rows as a Parquet file, in the place of one that is there; no reader sees half of it.
    /// </summary>
    /// <returns>How many rows.</returns>
    /// <exception cref="MillraceException">As for <see cref="BatchesAsync"/>, and <c>not-writable</c>.</exception>
    public Task<long> WriteParquetAsync(string path, CancellationToken cancellationToken = default) =>
        WriteFileAsync(path, "format parquet, compression zstd", cancellationToken);

    /// <summary>Writes the rows as delimited text with a header, in the place of a file that is there.</summary>
    /// <returns>How many rows.</returns>
    public Task<long> WriteCsvAsync(string path, char delimiter = ',', CancellationToken cancellationToken = default) =>
        WriteFileAsync(
            path, $"format csv, header, delimiter {SqlName.Text(delimiter.ToString())}", cancellationToken);

    /// <summary>Writes the rows as JSON, an object a line, in the place of a file that is there.</summary>
    /// <returns>How many rows.</returns>
    public Task<long> WriteJsonAsync(string path, CancellationToken cancellationToken = default) =>
        WriteFileAsync(path, "format json", cancellationToken);

    /// <summary>Applies a function to batches of rows and makes rows of what it gives. Nothing runs until rows are
    /// asked for, and it runs again each time; <see cref="CacheAsync"/> keeps the result.</summary>
    /// <param name="function">Called on several threads at once, with different batches, which it must not keep.
    /// </param>
    /// <param name="schema">How what it gives becomes rows.</param>
    public Frame MapBatches<T>(Func<RecordBatch, IEnumerable<T>> function, RowSchema<T> schema)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(schema);
        return Engine.FromSource(new MapFrameSource<T>(this, function, schema));
    }

    /// <summary>Applies a function to each row; otherwise as <see cref="MapBatches"/>.</summary>
    public Frame Map<T>(Func<RowReader, T> function, RowSchema<T> schema)
    {
        ArgumentNullException.ThrowIfNull(function);
        return MapBatches(
            batch =>
            {
                var row = new RowReader(batch.Schema);
                row.Attach(batch);
                var records = new List<T>(batch.Length);
                for (var i = 0; i < batch.Length; i++)
                {
                    row.MoveTo(i);
                    records.Add(function(row));
                }

                return records;
            },
            schema);
    }

    /// <summary>Runs something over the frame's query in a session that has its sources.</summary>
    internal async Task<T> WithSessionAsync<T>(
        Func<SqlSession, string, T> run, int threads, CancellationToken cancellationToken)
    {
        var query = Query();
        using var session = await OpenAsync(query, threads, cancellationToken).ConfigureAwait(false);
        var result = await Task.Run(() => run(session, query.Sql), cancellationToken).ConfigureAwait(false);
        GC.KeepAlive(query);
        return result;
    }

    async Task<SqlSession> OpenAsync(FrameQuery query, int threads, CancellationToken cancellationToken)
    {
        var session = Engine.OpenSession(threads);
        try
        {
            foreach (var (source, view) in query.Sources)
                await source.AttachAsync(session, view, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    async Task<long> WriteFileAsync(string path, string format, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        var aside = Path.Combine(Path.GetDirectoryName(full)!, $".{Guid.CreateVersion7():N}.millrace-aside");
        try
        {
            var rows = await CopyAsync(aside, format, cancellationToken).ConfigureAwait(false);
            using (var handle = File.OpenHandle(aside, FileMode.Open, FileAccess.ReadWrite))
                DurableFile.Sync(handle, aside);
            DurableFile.Publish(aside, full);
            return rows;
        }
        catch
        {
            if (File.Exists(aside))
                File.Delete(aside);
            throw;
        }
    }

    Task<long> CopyAsync(string path, string format, CancellationToken cancellationToken) => WithSessionAsync(
        (session, sql) =>
        {
            var copy = $"copy ({sql}\n) to {SqlName.Text(path)} ({format}";
            // Only of Parquet does DuckDB say how many rows there are, however many.
            return format.StartsWith("format parquet", StringComparison.Ordinal)
                ? session.Query(
                    $"{copy}, return_stats true)", [],
                    reader => reader.Read() ? checked((long)reader.GetFieldValue<ulong>(1)) : 0, cancellationToken)
                : session.Execute($"{copy})", cancellationToken);
        },
        Engine.Options.Threads, cancellationToken);
}
