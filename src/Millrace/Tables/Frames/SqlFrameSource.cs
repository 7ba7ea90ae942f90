namespace Millrace.Tables.Frames;

/// <summary>A query of the user's own, over tables and frames that it names.</summary>
sealed class SqlFrameSource(
    string sql, IReadOnlyList<(string View, FrameSource Source)> tables,
    IReadOnlyList<(string View, Frame Frame)> frames, FrameEngine engine) : FrameSource
{
    const int MaxShown = 60;

    public override string Name => "query";

    public override string Label
    {
        get
        {
            var line = string.Join(' ', sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            return $"Sql {(line.Length > MaxShown ? line[..MaxShown] + "…" : line)}";
        }
    }

    // A query may end in a comment.
    public override string Relation(string view) => $"({sql}\n)";

    public override async Task AttachAsync(SqlSession session, string view, CancellationToken cancellationToken)
    {
        foreach (var (name, source) in tables)
            await source.AttachAsync(session, name, cancellationToken).ConfigureAwait(false);
        foreach (var (name, frame) in frames)
        {
            var query = frame.Query(name + " ");
            foreach (var (source, inner) in query.Sources)
                await source.AttachAsync(session, inner, cancellationToken).ConfigureAwait(false);
            session.Execute($"create or replace temp view {SqlName.Quote(name)} as {query.Sql}", cancellationToken);
        }
    }

    public override async Task<IReadOnlyList<PublicationInput>> InputsAsync(
        TableStore store, CancellationToken cancellationToken)
    {
        var inputs = new List<PublicationInput>();
        foreach (var (_, source) in tables)
            inputs.AddRange(await source.InputsAsync(store, cancellationToken).ConfigureAwait(false));
        foreach (var (_, frame) in frames)
            inputs.AddRange(await frame.InputsAsync(store, cancellationToken).ConfigureAwait(false));
        return inputs;
    }

    protected override IReadOnlyList<FrameColumn> Describe()
    {
        using var session = engine.OpenSession();
        foreach (var (name, source) in tables)
            FrameEngine.AttachShape(session, name, source.Columns);
        foreach (var (name, frame) in frames)
            FrameEngine.AttachShape(session, name, frame.Schema());
        return FrameEngine.Describe(session, $"select * from {Relation("")}");
    }
}
