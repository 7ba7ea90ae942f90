using System.Text.Json;
using Millrace.Catalog;
using Millrace.Lineage;

namespace Millrace.Pipelines;

/// <summary>The catalog's side of running tasks: results by key, attempts, and leases that keep two processes from
/// doing the same task, or from adding to the same output, at once.</summary>
sealed class TaskLedger(ICatalog catalog, ProcessBeats process) : IFactWriter
{
    const string FactKind = "task-result";

    public string Kind => FactKind;

    public static CatalogFact Fact(TaskResultFact fact) =>
        new(FactKind, JsonSerializer.SerializeToElement(fact, PipelinesJson.Default.TaskResultFact));

    /// <summary>Takes the leases and records run and attempt, unless the key has a result or somebody holds a lease.
    ///</summary>
    public Task<TaskStart> BeginAsync(
        Run run, string attemptId, IReadOnlyList<string> leases, bool isForced, CancellationToken cancellationToken) =>
        catalog.WriteAsync(
            session =>
            {
                if (!isForced && ResultRun(session, run.TaskKey!) is { } cached)
                {
                    return new TaskStart(cached, null);
                }

                foreach (var lease in leases)
                {
                    var holder = session.First(
                        "select process_id, host, pid, since from lease where name = @name",
                        row => new LeaseHolder(row.Text(0), row.Text(1), row.Int64(2), row.Time(3)), ("name", lease));
                    if (holder is not null)
                    {
                        return new TaskStart(null, holder);
                    }
                }

                LineageLog.StartRun(session, run);
                AddAttempt(session, run.Id, attemptId);
                foreach (var lease in leases)
                {
                    AddLease(session, lease, attemptId);
                }

                return new TaskStart(null, null);
            },
            cancellationToken);

    /// <summary>Records a run that has no key, such as the whole pipeline's, with a lease by which its death is
    /// noticed.</summary>
    public Task StartAsync(Run run, CancellationToken cancellationToken) => catalog.WriteAsync(
        session =>
        {
            LineageLog.StartRun(session, run);
            AddAttempt(session, run.Id, run.Id);
            AddLease(session, "run:" + run.Id, run.Id);
            return 0;
        },
        cancellationToken);

    /// <summary>Ends a run without publishing anything.</summary>
    public Task EndAsync(string runId, string attemptId, RunOutcome outcome, string? message, string? logPath) =>
        catalog.WriteAsync(session =>
        {
            LineageLog.EndRun(session, runId, outcome, message);
            EndAttempt(session, attemptId, outcome, message, logPath);
            session.Execute("delete from lease where attempt_id = @attempt", ("attempt", attemptId));
            return 0;
        });

    /// <summary>The run that made the result of a key, or null.</summary>
    public Task<string?> FindResultAsync(string key, CancellationToken cancellationToken) =>
        catalog.ReadAsync(session => ResultRun(session, key), cancellationToken);

    /// <summary>What a run wrote, by role.</summary>
    public Task<List<ThingVersion>> OutputsAsync(string runId, CancellationToken cancellationToken) =>
        catalog.ReadAsync(
            session => session.Query(
                """
                select v.version_id, v.kind, v.name, v.number, v.hash, v.run_id, v.created_at, v.summary
                from lineage_edge e join version v on v.version_id = e.version_id
                where e.run_id = @run and e.is_output = 1 order by e.role
                """,
                LineageGraph.ReadVersion, ("run", runId)),
            cancellationToken);

    /// <summary>What a shard staged when it was done before the task was cut off, or null.</summary>
    public Task<StagedResult?> FindShardAsync(string key, CancellationToken cancellationToken) => catalog.ReadAsync(
        session =>
            session.First("select outputs from task_result where task_key = @key", row => row.Text(0), ("key", key))
                is { } json ? JsonSerializer.Deserialize(json, PipelinesJson.Default.StagedResult) : null,
        cancellationToken);

    /// <summary>Keeps what a shard staged, so that it is not done again when the task is cut off.</summary>
    public Task KeepShardAsync(Run run, string pipeline, string task, StagedResult result) => catalog.WriteAsync(
        session =>
        {
            LineageLog.StartRun(session, run);
            AddResult(
                session, run.TaskKey!, pipeline, task, run.Id,
                JsonSerializer.Serialize(result, PipelinesJson.Default.StagedResult));
            return 0;
        });

    /// <summary>Frees what dead processes held, and calls their runs lost.</summary>
    public async Task<int> RecoverAsync(CancellationToken cancellationToken)
    {
        var dead = await catalog.ReadAsync(
            session => session.Query(
                """
                select name, attempt_id, process_id, host from lease
                where attempt_id not in (select attempt_id from publication_intent)
                """,
                row => new HeldLease(row.Text(0), row.Text(1), row.Text(2), row.Text(3)))
                .Where(lease => !process.IsAlive(session, lease.ProcessId, lease.Host)).ToList(),
            cancellationToken).ConfigureAwait(false);
        if (dead.Count == 0)
        {
            return 0;
        }

        return await catalog.WriteAsync(
            session =>
            {
                foreach (var lease in dead)
                {
                    session.Execute("delete from lease where name = @name and process_id = @process",
                        ("name", lease.Name), ("process", lease.ProcessId));
                    session.Execute(
                        """
                        update attempt set outcome = 'lost', ended_at = @now
                        where attempt_id = @attempt and outcome = 'running'
                        """,
                        ("attempt", lease.AttemptId), ("now", session.Now));
                    session.Execute(
                        """
                        update run set outcome = 'lost', message = 'its process ended', ended_at = @now
                        where outcome = 'running' and run_id in (select run_id from attempt where attempt_id = @attempt)
                        """,
                        ("attempt", lease.AttemptId), ("now", session.Now));
                }

                return dead.Count;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the holder still lives, as far as can be told here.</summary>
    public Task<bool> IsAliveAsync(LeaseHolder holder, CancellationToken cancellationToken) => catalog.ReadAsync(
        session => process.IsAlive(session, holder.ProcessId, holder.Host), cancellationToken);

    void IFactWriter.Check(CatalogSession session, string runId, JsonElement body)
    {
        var fact = body.Deserialize(PipelinesJson.Default.TaskResultFact)!;
        foreach (var lease in fact.Leases)
        {
            if (session.Count("select count(*) from lease where name = @name and attempt_id = @attempt",
                ("name", lease), ("attempt", fact.AttemptId)) == 0)
            {
                throw new MillraceException(
                    ErrorKind.Conflict, "lease-lost",
                    $"Another process took over task '{fact.Task}' while this one still ran it.",
                    "Nothing of this attempt is published; run the same command again.");
            }
        }
    }

    void IFactWriter.Write(CatalogSession session, string runId, JsonElement body)
    {
        var fact = body.Deserialize(PipelinesJson.Default.TaskResultFact)!;
        if (!fact.IsProvisional)
        {
            AddResult(session, fact.Key, fact.Pipeline, fact.Task, runId, "{}");
        }

        EndAttempt(session, fact.AttemptId, RunOutcome.Succeeded, null, null);
        // By name: to look for the attempt's would go through the leases of all tasks that wait for a worker.
        foreach (var lease in fact.Leases)
        {
            session.Execute(
                "delete from lease where name = @name and attempt_id = @attempt",
                ("name", lease), ("attempt", fact.AttemptId));
        }
    }

    static string? ResultRun(CatalogSession session, string key) => session.First(
        "select run_id from task_result where task_key = @key", row => row.Text(0), ("key", key));

    static void AddResult(
        CatalogSession session, string key, string pipeline, string task, string runId, string outputs) =>
        session.Execute(
            """
            insert into task_result (task_key, pipeline, task, run_id, outputs, finished_at)
            values (@key, @pipeline, @task, @run, @outputs, @now)
            on conflict (task_key) do update set run_id = @run, outputs = @outputs, finished_at = @now
            """,
            ("key", key), ("pipeline", pipeline), ("task", task), ("run", runId), ("outputs", outputs),
            ("now", session.Now));

    static void AddAttempt(CatalogSession session, string runId, string attemptId) => session.Execute(
        """
        insert into attempt (attempt_id, run_id, number, outcome, started_at)
        values (@attempt, @run, 1 + (select count(*) from attempt where run_id = @run), 'running', @now)
        """,
        ("attempt", attemptId), ("run", runId), ("now", session.Now));

    void AddLease(CatalogSession session, string name, string attemptId) => session.Execute(
        """
        insert into lease (name, attempt_id, process_id, host, pid, since)
        values (@name, @attempt, @process, @host, @pid, @now)
        """,
        ("name", name), ("attempt", attemptId), ("process", process.Id), ("host", process.Host),
        ("pid", Environment.ProcessId), ("now", session.Now));

    static void EndAttempt(
        CatalogSession session, string attemptId, RunOutcome outcome, string? message, string? logPath) =>
        session.Execute(
            """
            update attempt set outcome = @outcome, message = @message, log_path = @log, ended_at = @now
            where attempt_id = @attempt
            """,
            ("attempt", attemptId), ("outcome", LineageLog.Word(outcome)), ("message", message), ("log", logPath),
            ("now", session.Now));

    /// <remarks>A class: code of lists of it is there when the program starts.</remarks>
    sealed record HeldLease(string Name, string AttemptId, string ProcessId, string Host);
}
