using System.Text.Json;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>Runs pipelines: asks a worker for the graph, then does each task when its inputs are there, unless its key
/// has a result.</summary>
public sealed class PipelineRunner
{
    readonly TableStore _tables;
    readonly WorkspacePaths _paths;
    readonly string _logsFolder;
    readonly TimeProvider _time;

    internal PipelineRunner(
        TableStore tables, TaskLedger ledger, WorkspacePaths paths, string logsFolder, TimeProvider time)
    {
        _tables = tables;
        Ledger = ledger;
        _paths = paths;
        _logsFolder = logsFolder;
        _time = time;
    }

    internal TaskLedger Ledger { get; }

    /// <summary>Runs a pipeline to its end. A task that fails is in the report; what does not depend on it goes on.
    ///</summary>
    /// <param name="pipeline">What to run.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told of everything that happens, from several threads.</param>
    /// <param name="cancellationToken">Kills the workers and frees what this run holds.</param>
    /// <exception cref="MillraceException">The pipeline can't be described: <c>parameter-missing</c>,
    /// <c>output-twice</c>, ….</exception>
    public async Task<PipelineReport> RunAsync(
        CompiledPipeline pipeline,
        RunOptions options,
        IProgress<TaskEvent> progress,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(options);
        var started = _time.GetTimestamp();
        using var pool = new WorkerPool(pipeline.Worker);
        var early = new List<string>();
        var reply = await pool.AskAsync(
            new WorkerRequest("describe", "", null), early.Add, null, cancellationToken).ConfigureAwait(false);
        var graph = reply.Graph!;
        CheckForced(graph, options);
        if (options.IsDryRun)
        {
            using var dry = new PipelineExecution(
                graph, pipeline.CodeHash, null, options, _tables, Ledger, pool, _paths, _logsFolder, progress, _time);
            return await dry.PlanAsync(cancellationToken).ConfigureAwait(false);
        }

        var run = new Run(
            Guid.CreateVersion7().ToString("N"), "pipeline", graph.Pipeline, null, null, pipeline.CodeHash,
            JsonSerializer.Serialize(
                new SortedDictionary<string, string>(
                    graph.Parameters.ToDictionary(), StringComparer.Ordinal),
                PipelinesJson.Default.SortedDictionaryStringString),
            RunOutcome.Running, null, _time.GetUtcNow(), null);
        await Ledger.StartAsync(run, cancellationToken).ConfigureAwait(false);
        using var execution = new PipelineExecution(
            graph, pipeline.CodeHash, run.Id, options, _tables, Ledger, pool, _paths, _logsFolder, progress, _time);
        try
        {
            var report = await execution.RunAsync(cancellationToken).ConfigureAwait(false);
            var failed = report.Tasks.Where(task => task.State == TaskState.Failed).Select(task => task.Task).ToList();
            await Ledger.EndAsync(
                run.Id, run.Id, failed.Count == 0 ? RunOutcome.Succeeded : RunOutcome.Failed,
                failed.Count == 0 ? null : "failed: " + string.Join(", ", failed), null).ConfigureAwait(false);
            return report with { Duration = _time.GetElapsedTime(started) };
        }
        catch (OperationCanceledException)
        {
            await Ledger.EndAsync(run.Id, run.Id, RunOutcome.Cancelled, null, null).ConfigureAwait(false);
            throw;
        }
    }

    static void CheckForced(GraphDescription graph, RunOptions options)
    {
        var unknown = options.Force.FirstOrDefault(name => name != "*" && graph.Tasks.All(task => task.Name != name));
        if (unknown is not null)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "task-unknown", $"Pipeline '{graph.Pipeline}' has no task '{unknown}'.",
                $"Its tasks are {string.Join(", ", graph.Tasks.Select(task => task.Name))}.");
        }
    }
}
