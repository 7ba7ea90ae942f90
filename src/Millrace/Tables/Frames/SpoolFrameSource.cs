using Millrace.Tables.Delta;

namespace Millrace.Tables.Frames;

/// <summary>Rows that were computed once, in a Parquet file of the process's temporary folder. The file goes when no
/// frame can read it any more, at the latest with the folder.</summary>
sealed class SpoolFrameSource(
    string path, IReadOnlyList<FrameColumn> columns, long rowCount, IReadOnlyList<FrameSource> origins) : FrameSource
{
    ~SpoolFrameSource()
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder may be gone already; what is left there is swept with it.
        }
    }

    public override string Name => "cache";

    public override string Label => $"Cache ({rowCount:N0} rows)";

    public override string Relation(string view) =>
        $"read_parquet({SqlName.Text(DataScan.Literal(path))}, hive_partitioning = false)";

    public override Task AttachAsync(SqlSession session, string view, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public override async Task<IReadOnlyList<PublicationInput>> InputsAsync(
        TableStore tables, CancellationToken cancellationToken)
    {
        var inputs = new List<PublicationInput>();
        foreach (var origin in origins)
            inputs.AddRange(await origin.InputsAsync(tables, cancellationToken).ConfigureAwait(false));
        return inputs;
    }

    protected override IReadOnlyList<FrameColumn> Describe() => columns;
}
