using Apache.Arrow;

namespace Millrace.Tables.Frames;

/// <summary>What a C# function made of the batches of a frame.</summary>
/// <remarks>The batches are read in order; as many as there are threads are worked on at once, and what comes of them
/// is kept in their order.</remarks>
sealed class MapFrameSource<T>(Frame input, Func<RecordBatch, IEnumerable<T>> function, RowSchema<T> schema)
    : FrameSource
{
    public override string Name => "map";

    public override string Label => $"Map to {typeof(T).Name} of:\n{input.Explain()}";

    public override async Task AttachAsync(SqlSession session, string view, CancellationToken cancellationToken)
    {
        var degree = input.Engine.Options.Threads;
        using var rows = schema.OpenTable(session, view);
        var batches = new List<RecordBatch>(degree);
        await foreach (var batch in input.BatchesAsync(cancellationToken).ConfigureAwait(false))
        {
            batches.Add(batch);
            if (batches.Count == degree)
                Work();
        }

        Work();

        void Work()
        {
            var made = new List<T>[batches.Count];
            try
            {
                Parallel.For(
                    0, batches.Count, new ParallelOptions { CancellationToken = cancellationToken },
                    i => made[i] = [.. function(batches[i])]);
            }
            catch (AggregateException exception)
            {
                throw Failed(exception.InnerExceptions[0]);
            }
            finally
            {
                foreach (var batch in batches)
                    batch.Dispose();
                batches.Clear();
            }

            foreach (var record in made.SelectMany(records => records))
                rows.Append(record);
        }
    }

    public override Task<IReadOnlyList<PublicationInput>> InputsAsync(
        TableStore tables, CancellationToken cancellationToken) => input.InputsAsync(tables, cancellationToken);

    protected override IReadOnlyList<FrameColumn> Describe() =>
        [.. schema.Schema.Columns.Select(column => new FrameColumn(column.Name, column.SqlType))];

    static Exception Failed(Exception cause) => cause is MillraceException or OperationCanceledException
        ? cause
        : new MillraceException(
            ErrorKind.Invalid, "map-failed", $"The function of Map failed: {cause.Message}",
            "Correct the function; it must take every row of its batch.", cause);
}
