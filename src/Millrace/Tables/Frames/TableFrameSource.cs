
namespace Millrace.Tables.Frames;

/// <summary>A version of a table.</summary>
sealed class TableFrameSource(TableSnapshot snapshot) : FrameSource
{
    public TableSnapshot Snapshot => snapshot;

    public override string Name => $"{snapshot.Name}@v{snapshot.Version}";

    public override string Label =>
        $"Table {Name} ({snapshot.RowCount:N0} rows in {snapshot.Files.Count:N0} files)";

    public override Task AttachAsync(SqlSession session, string view, CancellationToken cancellationToken)
    {
        session.Attach(view, snapshot);
        return Task.CompletedTask;
    }

    public override async Task<IReadOnlyList<PublicationInput>> InputsAsync(
        TableStore tables, CancellationToken cancellationToken)
    {
        var versions = await tables.Lineage.VersionsAsync("table", snapshot.Name, cancellationToken)
            .ConfigureAwait(false);
        var known = versions.Find(version => version.Number == snapshot.Version);
        return
        [
            known is not null
                ? new PublicationInput(snapshot.Name, known.Id, null)
                : new PublicationInput(
                    snapshot.Name, null,
                    new ExternalVersion("source", Name, snapshot.Identity().ToString(), "{}")),
        ];
    }

    protected override IReadOnlyList<FrameColumn> Describe() =>
        [.. snapshot.Schema.Columns.Select(column => new FrameColumn(column.Name, column.SqlType))];
}
