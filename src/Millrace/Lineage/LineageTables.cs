using Millrace.Catalog;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Lineage;

/// <summary>Runs, versions and the edges between them, for SQL.</summary>
static class LineageTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog) =>
    [
        Runs(catalog), Versions(catalog), Edges(catalog, isOutput: false), Edges(catalog, isOutput: true),
        SystemTable.OfCatalog(
            catalog, "refs", "A name that points to a version.", "ref f join version v on v.version_id = f.version_id",
            (Text("kind", "The kind of the thing."), "f.kind"),
            (Text("thing", "The thing's name."), "f.thing"),
            (Text("name", "The name, such as 'production'."), "f.name"),
            (Int64("version_id", "The version that it points to."), "f.version_id"),
            (Int64("number", "That version's number: N of 'vN'."), "v.number"),
            (Text("hash", "That version's hash."), "v.hash"),
            (Time("moved_at", "When it was moved there."), "f.moved_at")),
        SystemTable.OfCatalog(
            catalog, "pins", "A version that must stay readable, and who needs it.",
            "pin p join version v on v.version_id = p.version_id",
            (Int64("version_id", "The version."), "p.version_id"),
            (Text("kind", "The kind of the thing."), "v.kind"),
            (Text("name", "The thing's name."), "v.name"),
            (Int64("number", "The version's number."), "v.number"),
            (Text("holder", "Who needs it."), "p.holder"),
            (Time("created_at", "Since when."), "p.created_at")),
    ];

    /// <summary>The versions of things of one kind, with what their summaries say.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="about">What a row is.</param>
    /// <param name="kind">The kind of the things.</param>
    /// <param name="figures">Columns whose values are those members of the summary.</param>
    public static SystemTable OfKind(
        ICatalog catalog, string name, string about, string kind,
        params IReadOnlyList<(SystemColumn Column, string Member)> figures)
    {
        SystemColumn[] columns =
        [
            Text("name", "The thing's name."),
            Int64("number", "The version's number: N of 'vN'."),
            Text("hash", "The version's identity: SHA-256 of the content."),
            Boolean("is_newest", "Whether no later version is there."),
            Int64("version_id", "The version, as run_inputs and run_outputs name it."),
            Text("run_id", "The run that made it; null for none."),
            Time("created_at", "When it was recorded."),
            .. figures.Select(figure => figure.Column),
            Text("summary", "Everything that was noted about it, as JSON."),
        ];
        return new SystemTable(
            name, about, columns,
            async (add, cancellationToken) => Add(
                await catalog.ReadAsync(
                    session => session.Query(
                        $"{LineageGraph.VersionColumns} where kind = @kind order by name, number desc",
                        LineageGraph.ReadVersion, ("kind", kind)),
                    cancellationToken).ConfigureAwait(false),
                figures, add));
    }

    static void Add(
        List<ThingVersion> versions, IReadOnlyList<(SystemColumn Column, string Member)> figures,
        Action<object?[]> add)
    {
        var before = "";
        foreach (var version in versions)
        {
            using var summary = System.Text.Json.JsonDocument.Parse(version.Summary);
            add([
                version.Name, version.Number, version.Hash, version.Name != before, version.Id, version.RunId,
                version.CreatedAt, .. figures.Select(figure => SystemValue.Of(
                    summary.RootElement, figure.Member, figure.Column.Type)),
                version.Summary,
            ]);
            before = version.Name;
        }
    }

    static SystemTable Runs(ICatalog catalog) => SystemTable.OfCatalog(
        catalog, "runs", "One execution: of a pipeline, a task, a training or a command.", "run",
        (Text("run_id", "The run."), "run_id"),
        (Text("kind", "What was run: such as 'pipeline', 'task' or 'command'."), "kind"),
        (Text("name", "The name of what was run."), "name"),
        (Text("parent_id", "The run that it is a part of; null for none."), "parent_id"),
        (Text("task_key", "For a task: the hash of its code, parameters and inputs; else null."), "task_key"),
        (Text("code", "The version of the code."), "code"),
        (Text("parameters", "JSON."), "parameters"),
        (Text("outcome", "'running', 'succeeded', 'failed', 'cancelled' or 'lost'."), "outcome"),
        (Text("message", "Why it failed; null when it did not."), "message"),
        (Time("started_at", "When it began."), "started_at"),
        (Time("ended_at", "When it ended; null while it runs."), "ended_at"),
        (Double("seconds", "How long it took; null while it runs."),
            "cast(ended_at - started_at as double precision) / 1000000"));

    static SystemTable Versions(ICatalog catalog) => SystemTable.OfCatalog(
        catalog, "versions", "A version of anything that has versions.", "version",
        (Int64("version_id", "The version."), "version_id"),
        (Text("kind", "'table', 'file', 'object', 'dataset', 'model', 'feature' or 'source'."), "kind"),
        (Text("name", "The thing's name."), "name"),
        (Int64("number", "The version's number: N of 'vN'."), "number"),
        (Text("hash", "Its identity: SHA-256 of the content."), "hash"),
        (Text("run_id", "The run that made it; null for what came from outside."), "run_id"),
        (Time("created_at", "When it was recorded."), "created_at"),
        (Text("summary", "What was noted about it, as JSON."), "summary"));

    static SystemTable Edges(ICatalog catalog, bool isOutput) => SystemTable.OfCatalog(
        catalog, isOutput ? "run_outputs" : "run_inputs",
        isOutput
            ? "A version that a run made: an edge of the lineage."
            : "A version that a run read: an edge of the lineage.",
        $"lineage_edge e join version v on v.version_id = e.version_id where e.is_output = {(isOutput ? 1 : 0)}",
        (Text("run_id", "The run."), "e.run_id"),
        (Int64("version_id", "The version."), "e.version_id"),
        (Text("role", isOutput ? "The output's name." : "What it was to the run."), "e.role"),
        (Text("kind", "The kind of the thing."), "v.kind"),
        (Text("name", "The thing's name."), "v.name"),
        (Int64("number", "The version's number."), "v.number"),
        (Text("hash", "The version's hash."), "v.hash"));
}
