using Millrace.Catalog;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Pipelines;

/// <summary>Tasks and their attempts, for SQL.</summary>
static class PipelineTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog) =>
    [
        SystemTable.OfCatalog(
            catalog, "tasks", "A result of a task that is kept, so that the same work is not done again.",
            "task_result",
            (Text("task_key", "The hash of its code, parameters and input versions."), "task_key"),
            (Text("pipeline", "The pipeline."), "pipeline"),
            (Text("task", "The task."), "task"),
            (Text("run_id", "The run that gave the result."), "run_id"),
            (Text("outputs", "The versions that it gave, as JSON."), "outputs"),
            (Time("finished_at", "When."), "finished_at")),
        SystemTable.OfCatalog(
            catalog, "attempts", "One try of a task's run.", "attempt a join run r on r.run_id = a.run_id",
            (Text("attempt_id", "The attempt."), "a.attempt_id"),
            (Text("run_id", "The run."), "a.run_id"),
            (Text("task", "The name of the run."), "r.name"),
            (Int64("number", "1 for the first try."), "a.number"),
            (Text("outcome", "'running', 'succeeded', 'failed', 'cancelled' or 'lost'."), "a.outcome"),
            (Text("message", "Why it failed; null when it did not."), "a.message"),
            (Text("log_path", "The file with what it printed; null when it printed nothing."), "a.log_path"),
            (Time("started_at", "When it began."), "a.started_at"),
            (Time("ended_at", "When it ended; null while it runs."), "a.ended_at")),
        SystemTable.OfCatalog(
            catalog, "leases", "Who works on a task or an output now.", "lease",
            (Text("name", "What is worked on."), "name"),
            (Text("attempt_id", "The attempt."), "attempt_id"),
            (Text("host", "The machine."), "host"),
            (Int64("pid", "The process."), "pid"),
            (Time("since", "Since when."), "since")),
    ];
}
