using Millrace.Catalog;

namespace Millrace.Lineage;

/// <summary>Writes runs, versions, edges, refs and pins inside a transaction of the caller's: an output and what
/// explains it become visible together.</summary>
public static class LineageLog
{
    public static void StartRun(CatalogSession session, Run run) => session.Execute(
        """
        insert into run (
            run_id, kind, name, parent_id, task_key, code, parameters, outcome, message, started_at, ended_at)
        values (@id, @kind, @name, @parent, @key, @code, @parameters, @outcome, @message, @started, @ended)
        """,
        ("id", run.Id), ("kind", run.Kind), ("name", run.Name), ("parent", run.ParentId), ("key", run.TaskKey),
        ("code", run.Code), ("parameters", run.Parameters), ("outcome", Word(run.Outcome)), ("message", run.Message),
        ("started", CatalogTime.ToMicroseconds(run.StartedAt)),
        ("ended", run.EndedAt is { } ended ? CatalogTime.ToMicroseconds(ended) : null));

    public static void EndRun(CatalogSession session, string runId, RunOutcome outcome, string? message) =>
        session.Execute(
            "update run set outcome = @outcome, message = @message, ended_at = @now where run_id = @id",
            ("id", runId), ("outcome", Word(outcome)), ("message", message), ("now", session.Now));

    /// <summary>Records a version. One with the same kind, name and number, or for things other than tables with the
    /// same kind, name and hash, is the same version and is returned as it is.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="kind">A kind of <see cref="ThingName.Kinds"/>.</param>
    /// <param name="name">The thing's name.</param>
    /// <param name="number">For a table its Delta version; null to give the next free number.</param>
    /// <param name="hash">64 hex digits.</param>
    /// <param name="runId">The run that made it, or null for what came from outside.</param>
    /// <param name="summary">JSON object.</param>
    public static ThingVersion AddVersion(
        CatalogSession session, string kind, string name, long? number, string hash, string? runId, string summary)
    {
        var known = number is null
            ? session.First(
                $"{LineageGraph.VersionColumns} where kind = @kind and name = @name and hash = @hash "
                + "order by number desc",
                LineageGraph.ReadVersion, ("kind", kind), ("name", name), ("hash", hash))
            : session.First(
                $"{LineageGraph.VersionColumns} where kind = @kind and name = @name and number = @number",
                LineageGraph.ReadVersion, ("kind", kind), ("name", name), ("number", number));
        if (known is not null)
        {
            return known;
        }

        var next = number ?? 1 + session.Count(
            "select coalesce(max(number), 0) from version where kind = @kind and name = @name",
            ("kind", kind), ("name", name));
        var id = session.Count(
            """
            insert into version (kind, name, number, hash, run_id, created_at, summary)
            values (@kind, @name, @number, @hash, @run, @now, @summary) returning version_id
            """,
            ("kind", kind), ("name", name), ("number", next), ("hash", hash), ("run", runId), ("now", session.Now),
            ("summary", summary));
        return new ThingVersion(id, kind, name, next, hash, runId, CatalogTime.FromMicroseconds(session.Now), summary);
    }

    public static void AddEdge(CatalogSession session, LineageEdge edge) => session.Execute(
        """
        insert into lineage_edge (run_id, version_id, is_output, role)
        values (@run, @version, @output, @role) on conflict do nothing
        """,
        ("run", edge.RunId), ("version", edge.VersionId), ("output", edge.IsOutput), ("role", edge.Role));

    /// <summary>Moves a ref from <paramref name="expected"/> (null: it does not exist yet) to a version.</summary>
    /// <exception cref="MillraceException"><c>ref-moved</c>: somebody moved it first.</exception>
    public static void MoveRef(
        CatalogSession session, string kind, string thing, string name, long? expected, long versionId)
    {
        var current = RefTarget(session, kind, thing, name);
        if (current == versionId)
        {
            return;
        }

        if (current != expected)
        {
            throw new MillraceException(
                ErrorKind.Conflict, "ref-moved",
                $"'{kind}:{thing}@{name}' was moved by another process while this run looked at it.",
                "Run the same command again: it compares with the version that is there now.");
        }

        session.Execute(
            """
            insert into ref (kind, thing, name, version_id, moved_at) values (@kind, @thing, @name, @version, @now)
            on conflict (kind, thing, name) do update set version_id = @version, moved_at = @now
            """,
            ("kind", kind), ("thing", thing), ("name", name), ("version", versionId), ("now", session.Now));
    }

    /// <summary>The version that a ref points to, or null.</summary>
    public static long? RefTarget(CatalogSession session, string kind, string thing, string name) => session.First(
        "select version_id from ref where kind = @kind and thing = @thing and name = @name",
        row => (long?)row.Int64(0), ("kind", kind), ("thing", thing), ("name", name));

    public static void Pin(CatalogSession session, long versionId, string holder) => session.Execute(
        "insert into pin (version_id, holder, created_at) values (@version, @holder, @now) on conflict do nothing",
        ("version", versionId), ("holder", holder), ("now", session.Now));

    internal static string Word(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Running => "running",
        RunOutcome.Succeeded => "succeeded",
        RunOutcome.Failed => "failed",
        RunOutcome.Cancelled => "cancelled",
        _ => "lost",
    };
}
