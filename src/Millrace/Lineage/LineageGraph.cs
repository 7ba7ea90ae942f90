using Millrace.Catalog;

namespace Millrace.Lineage;

/// <summary>Answers questions about runs and versions.</summary>
public sealed class LineageGraph(ICatalog catalog)
{
    // Versions further on are named, but not what lies behind them.
    const int MaxNodes = 20_000;

    internal const string VersionColumns =
        "select version_id, kind, name, number, hash, run_id, created_at, summary from version";

    const string RunColumns = """
        select run_id, kind, name, parent_id, task_key, code, parameters, outcome, message, started_at, ended_at
        from run
        """;

    /// <summary>Finds the one version that a name means.</summary>
    /// <exception cref="MillraceException"><c>thing-unknown</c>, <c>thing-ambiguous</c>, <c>version-unknown</c>.
    /// </exception>
    public Task<ThingVersion> ResolveAsync(ThingName name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => Resolve(session, name), cancellationToken);

    /// <summary>The chain upstream of a version, down to what came from outside.</summary>
    /// <param name="versionId">The version asked about.</param>
    /// <param name="withHistory">Whether to follow also what a run added to or compared with: the versions before its
    /// own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<LineageNode> WhyAsync(
        long versionId, bool withHistory = false, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => new Walk(session).Up(Version(session, versionId), withHistory), cancellationToken);

    /// <summary>Everything that was made from a version.</summary>
    public Task<LineageNode> ImpactAsync(long versionId, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(session => new Walk(session).Down(Version(session, versionId)), cancellationToken);

    /// <summary>The version that a ref points to, or null.</summary>
    public Task<ThingVersion?> RefAsync(
        string kind, string thing, string name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => LineageLog.RefTarget(session, kind, thing, name) is { } id ? Version(session, id) : null,
            cancellationToken);

    /// <summary>The versions of a thing, newest first.</summary>
    public Task<List<ThingVersion>> VersionsAsync(
        string kind, string name, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                $"{VersionColumns} where kind = @kind and name = @name order by number desc",
                ReadVersion, ("kind", kind), ("name", name)),
            cancellationToken);

    /// <summary>The versions of any thing whose content has a hash, newest first; at most 100.</summary>
    public Task<List<ThingVersion>> OfHashAsync(string hash, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                $"{VersionColumns} where hash = @hash order by version_id desc limit 100", ReadVersion, ("hash", hash)),
            cancellationToken);

    /// <summary>The newest version of every thing but objects and files, by kind and name.</summary>
    public Task<List<ThingVersion>> NewestAsync(CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session => session.Query(
            $"{VersionColumns} v where kind not in ('object', 'file') and number = "
            + "(select max(number) from version n where n.kind = v.kind and n.name = v.name) order by kind, name",
            ReadVersion),
        cancellationToken);

    /// <summary>Runs, newest first.</summary>
    /// <param name="kind">Only of this kind, or null.</param>
    /// <param name="parentId">Only parts of this run, or null.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<List<Run>> RunsAsync(
        string? kind, string? parentId, int limit, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                $"{RunColumns} where (@kind = '' or kind = @kind) and (@parent = '' or parent_id = @parent) "
                + "order by started_at desc, run_id desc limit @limit",
                ReadRun, ("kind", kind ?? ""), ("parent", parentId ?? ""), ("limit", limit)),
            cancellationToken);

    /// <summary>The run whose id is, or begins with, <paramref name="id"/>.</summary>
    /// <exception cref="MillraceException"><c>run-unknown</c>, <c>run-ambiguous</c>.</exception>
    public Task<Run> RunAsync(string id, CancellationToken cancellationToken = default) => catalog.ReadAsync(
        session =>
        {
            var found = session.Query(
                $"{RunColumns} where run_id >= @id and run_id < @after order by run_id limit 4",
                ReadRun, ("id", id), ("after", id + "g"));
            return found.Count switch
            {
                1 => found[0],
                0 => throw new MillraceException(
                    ErrorKind.NotFound, "run-unknown", $"No run has an id that begins with '{id}'.",
                    "'millrace run list' shows the runs."),
                _ => throw new MillraceException(
                    ErrorKind.Invalid, "run-ambiguous", $"Several runs have an id that begins with '{id}'.",
                    $"Give more of it, such as {string.Join(" or ", found.Select(run => $"'{run.Id}'"))}."),
            };
        },
        cancellationToken);

    internal static ThingVersion ReadVersion(CatalogRow row) => new(
        row.Int64(0), row.Text(1), row.Text(2), row.Int64(3), row.Text(4), row.TextOrNull(5), row.Time(6), row.Text(7));

    internal static Run ReadRun(CatalogRow row) => new(
        row.Text(0), row.Text(1), row.Text(2), row.TextOrNull(3), row.TextOrNull(4), row.Text(5), row.Text(6),
        Outcome(row.Text(7)), row.TextOrNull(8), row.Time(9), row.IsNull(10) ? null : row.Time(10));

    static RunOutcome Outcome(string word) =>
        Enum.GetValues<RunOutcome>().First(outcome => LineageLog.Word(outcome) == word);

    static ThingVersion Version(CatalogSession session, long id) =>
        session.First($"{VersionColumns} where version_id = @id", ReadVersion, ("id", id))
        ?? throw new MillraceException(
            ErrorKind.NotFound, "version-unknown", $"The catalog has no version with the id {id}.",
            "'millrace fsck' checks the catalog.");

    static ThingVersion Resolve(CatalogSession session, ThingName thing)
    {
        var kinds = session.Query(
            "select distinct kind from version where name = @name and (@kind = '' or kind = @kind) order by kind",
            row => row.Text(0), ("name", thing.Name), ("kind", thing.Kind ?? ""));
        if (kinds.Count == 0)
        {
            throw Unknown(session, thing);
        }

        if (kinds.Count > 1)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "thing-ambiguous", $"'{thing.Name}' is the name of {kinds.Count} things.",
                $"Say which: {string.Join(" or ", kinds.Select(kind => $"'{(thing with { Kind = kind })}'"))}.");
        }

        return Versions(session, thing with { Kind = kinds[0] });
    }

    static ThingVersion Versions(CatalogSession session, ThingName thing)
    {
        const string OfThing = $"{VersionColumns} where kind = @kind and name = @name";
        var byRef = thing.Version is null
            ? null
            : LineageLog.RefTarget(session, thing.Kind!, thing.Name, thing.Version);
        var found = byRef is { } id ? Version(session, id)
            : thing.Version is null
                ? session.First(
                    $"{OfThing} order by number desc limit 1", ReadVersion, ("kind", thing.Kind), ("name", thing.Name))
            : thing.VersionNumber is { } number
                ? session.First($"{OfThing} and number = @number", ReadVersion,
                    ("kind", thing.Kind), ("name", thing.Name), ("number", number))
            : thing.HashPrefix is { } prefix ? VersionOfHash(session, thing, prefix)
            : thing.Time is { } time
                ? session.First($"{OfThing} and created_at <= @time order by number desc limit 1", ReadVersion,
                    ("kind", thing.Kind), ("name", thing.Name), ("time", CatalogTime.ToMicroseconds(time)))
            : null;
        if (found is not null)
        {
            return found;
        }

        var newest = session.Count("select max(number) from version where kind = @kind and name = @name",
            ("kind", thing.Kind), ("name", thing.Name));
        var refs = session.Query("select name from ref where kind = @kind and thing = @name order by name",
            row => "@" + row.Text(0), ("kind", thing.Kind), ("name", thing.Name));
        throw new MillraceException(
            ErrorKind.NotFound, "version-unknown", $"'{thing.Kind}:{thing.Name}' has no version '{thing.Version}'.",
            $"Its newest is v{newest}"
            + (refs.Count > 0 ? $"; its names are {string.Join(", ", refs)}." : ".")
            + " A version is vN, a name, at least 8 hex digits of its hash, or a UTC time.");
    }

    static ThingVersion? VersionOfHash(CatalogSession session, ThingName thing, string prefix)
    {
        // The newest of each hash: the same content may have come back under a later number.
        var found = session.Query(
            $"{VersionColumns} where kind = @kind and name = @name and hash >= @from and hash < @to "
            + "order by number desc",
            ReadVersion, ("kind", thing.Kind), ("name", thing.Name), ("from", prefix), ("to", prefix + "g"))
            .DistinctBy(version => version.Hash).ToList();
        return found.Count <= 1 ? found.FirstOrDefault() : throw new MillraceException(
            ErrorKind.Invalid, "thing-ambiguous",
            $"The hashes of {found.Count} versions of '{thing.Kind}:{thing.Name}' begin with '{prefix}'.",
            "Give more digits, or say which: "
            + $"{string.Join(" or ", found.Take(5).Select(version => $"'{version.Label}'"))}.");
    }

    static MillraceException Unknown(CatalogSession session, ThingName thing)
    {
        var names = session.Query("select distinct kind, name from version where kind <> 'object' limit 5000",
            row => (Label: $"{row.Text(0)}:{row.Text(1)}", Name: row.Text(1)));
        var wanted = thing.Kind is null ? thing.Name : $"{thing.Kind}:{thing.Name}";
        var near = names
            .Select(known => (known.Label, Distance: Math.Min(
                Nearness.Distance(wanted, known.Label), Nearness.Distance(thing.Name, known.Name))))
            .Where(candidate => candidate.Distance <= 1 + (thing.Name.Length / 4))
            .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Label, StringComparer.Ordinal)
            .Take(3).Select(candidate => $"'{candidate.Label}'").ToList();
        return new MillraceException(
            ErrorKind.NotFound, "thing-unknown", $"Nothing here is called '{wanted}'.",
            near.Count > 0
                ? $"Did you mean {string.Join(" or ", near)}?"
                : "'millrace table list' shows the tables, 'millrace run list' the runs.");
    }

    /// <summary>One answer; keeps what was shown so that a diamond is printed once.</summary>
    /// <remarks>It keeps its own stack: a table that grows every hour for years has a chain that is longer than a
    /// thread's.</remarks>
    sealed class Walk(CatalogSession session)
    {
        readonly HashSet<long> _seen = [];

        public LineageNode Up(ThingVersion version, bool withHistory) => Follow(
            new Step(version, MadeBy(version), ""),
            step => step.Run is null ? [] : [.. session.Query(
                """
                select v.version_id, v.kind, v.name, v.number, v.hash, v.run_id, v.created_at, v.summary, e.role
                from lineage_edge e join version v on v.version_id = e.version_id
                where e.run_id = @run and e.is_output = 0 and e.version_id <> @version
                order by case v.kind when 'file' then 1 else 0 end, v.kind, v.name, v.number, e.role
                """,
                row => (Version: ReadVersion(row), Role: row.Text(8)),
                ("run", step.Run.Id), ("version", step.Version.Id))
                .Select(input => withHistory || !LineageNode.IsHistoryRole(input.Role)
                    ? new Step(input.Version, MadeBy(input.Version), input.Role)
                    : new Step(input.Version, null, input.Role, IsNamedOnly: true))]);

        public LineageNode Down(ThingVersion version) => Follow(
            new Step(version, null, ""),
            step => [.. session.Query(
                """
                select v.version_id, v.kind, v.name, v.number, v.hash, v.run_id, v.created_at, v.summary,
                       o.role, o.run_id
                from lineage_edge i
                join lineage_edge o on o.run_id = i.run_id and o.is_output = 1
                join version v on v.version_id = o.version_id
                where i.version_id = @version and i.is_output = 0 and i.role not like '@%' and o.version_id <> @version
                    -- A run that left an output as it was did not make it.
                    and v.run_id = o.run_id
                order by v.kind, v.name, v.number, o.role
                """,
                row => (Version: ReadVersion(row), Role: row.Text(8), RunId: row.Text(9)),
                ("version", step.Version.Id))
                .Select(output => new Step(output.Version, RunOf(output.RunId), output.Role))]);

        LineageNode Follow(Step start, Func<Step, List<Step>> next)
        {
            var answer = new List<LineageNode>();
            var open = new Stack<(Step Step, List<LineageNode> Siblings)>([(start, answer)]);
            while (open.TryPop(out var top))
            {
                var (step, siblings) = top;
                var isSeen = !step.IsNamedOnly && !_seen.Add(step.Version.Id);
                var below = isSeen || step.IsNamedOnly || _seen.Count > MaxNodes ? [] : next(step);
                var nodes = new List<LineageNode>(below.Count);
                siblings.Add(new LineageNode(step.Version, step.Run, step.Role, nodes, isSeen && step.Run is not null));
                for (var i = below.Count - 1; i >= 0; i--)
                {
                    open.Push((below[i], nodes));
                }
            }

            return answer[0];
        }

        Run? MadeBy(ThingVersion version) => version.RunId is null ? null : RunOf(version.RunId);

        Run? RunOf(string id) => session.First($"{RunColumns} where run_id = @id", ReadRun, ("id", id));

        readonly record struct Step(ThingVersion Version, Run? Run, string Role, bool IsNamedOnly = false);
    }
}
