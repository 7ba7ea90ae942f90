using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>Rows that a server computes. They are taken into a file first, so that nothing is seen of an answer that is
/// not whole, and then are rows like all others.</summary>
sealed class EngineFrameSource(
    ClickHouseEngine engine, IReadOnlyList<FrameColumn> columns, IReadOnlyList<FrameSource> origins,
    Func<CancellationToken, Task<EngineQuery>> prepare, string label) : FrameSource
{
    public override string Name => "engine";

    public override string Label => $"Engine {engine.Name}: {label}";

    public override async Task AttachAsync(SqlSession session, string view, CancellationToken cancellationToken)
    {
        var query = await prepare(cancellationToken).ConfigureAwait(false);
        await engine.TakeAsync(query, session, view, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<IReadOnlyList<PublicationInput>> InputsAsync(
        TableStore tables, CancellationToken cancellationToken)
    {
        var inputs = new List<PublicationInput>();
        foreach (var origin in origins)
            inputs.AddRange(await origin.InputsAsync(tables, cancellationToken).ConfigureAwait(false));
        return [.. inputs.DistinctBy(input => (input.VersionId, input.External?.Name, input.External?.Hash))];
    }

    /// <summary>The engine and what it was asked, for the run.</summary>
    public override async Task<(string Engine, string Sql)?> RanOnAsync(CancellationToken cancellationToken) =>
        (engine.Name, (await prepare(cancellationToken).ConfigureAwait(false)).Shown);

    protected override IReadOnlyList<FrameColumn> Describe() => columns;
}
