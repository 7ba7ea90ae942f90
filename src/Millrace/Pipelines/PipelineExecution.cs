using System.Collections.Concurrent;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>One run of a graph. Each task counts the inputs that it still waits for; when a task ends, the counts of
/// those that use it go down, so that scheduling costs what happens, not what is pending.</summary>
sealed class PipelineExecution : IDisposable
{
    readonly GraphDescription _graph;
    readonly TaskRunner _runner;
    readonly IProgress<TaskEvent> _progress;
    readonly string? _runId;
    readonly TimeProvider _time;
    readonly ConcurrentDictionary<string, TaskReport> _reports = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _waiting = new(StringComparer.Ordinal);
    readonly Dictionary<string, List<TaskDescription>> _users = new(StringComparer.Ordinal);
    readonly Lock _lock = new();

    public PipelineExecution(
        GraphDescription graph,
        string codeHash,
        string? runId,
        RunOptions options,
        TableStore tables,
        TaskLedger ledger,
        WorkerPool pool,
        WorkspacePaths paths,
        string logsFolder,
        IProgress<TaskEvent> progress,
        TimeProvider time)
    {
        _graph = graph;
        _runId = runId;
        _progress = progress;
        _time = time;
        _runner = new TaskRunner(
            graph.Pipeline, codeHash, runId ?? "", options, tables, ledger, pool, paths, logsFolder, progress, time);
        foreach (var task in graph.Tasks)
        {
            var needs = task.Inputs.Select(input => input.Task).Distinct().ToList();
            _waiting[task.Name] = needs.Count;
            foreach (var need in needs)
            {
                if (!_users.TryGetValue(need, out var users))
                {
                    _users[need] = users = [];
                }

                users.Add(task);
            }
        }
    }

    public void Dispose() => _runner.Dispose();

    public async Task<PipelineReport> RunAsync(CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var remaining = _graph.Tasks.Count;
        foreach (var task in _graph.Tasks.Where(task => _waiting[task.Name] == 0).ToList())
        {
            Start(task);
        }

        if (remaining > 0)
        {
            await done.Task.ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return Report();

        void Start(TaskDescription task) => Task.Run(() => OneAsync(task), CancellationToken.None).ContinueWith(
            ended =>
            {
                // OneAsync turns every failure into a report; what still gets here is a fault of this class.
                if (ended.Exception is { } fault)
                {
                    done.TrySetException(fault.InnerExceptions);
                }
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        async Task OneAsync(TaskDescription task)
        {
            var report = await DoAsync(task, cancellationToken).ConfigureAwait(false);
            _reports[task.Name] = report;
            var ready = new List<TaskDescription>();
            lock (_lock)
            {
                ready.AddRange(_users.GetValueOrDefault(task.Name, []).Where(user => --_waiting[user.Name] == 0));
                remaining--;
                if (remaining == 0)
                {
                    done.TrySetResult();
                }
            }

            ready.ForEach(Start);
        }
    }

    /// <summary>Says what would run, as far as can be known without running it.</summary>
    public async Task<PipelineReport> PlanAsync(CancellationToken cancellationToken)
    {
        foreach (var task in _graph.Tasks)
        {
            var areInputsKnown = task.Inputs.All(input => _reports[input.Task].State == TaskState.Cached);
            var report = areInputsKnown
                ? await _runner.PlanAsync(task, Inputs(task), cancellationToken).ConfigureAwait(false)
                : Ended(task, TaskState.WouldRun, null);
            _reports[task.Name] = report;
        }

        return Report();
    }

    async Task<TaskReport> DoAsync(TaskDescription task, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Ended(task, TaskState.Cancelled, null);
        }

        var missing = task.Inputs.Select(input => input.Task).FirstOrDefault(
            need => _reports[need].State is not (TaskState.Succeeded or TaskState.Cached));
        if (missing is not null)
        {
            _progress.Report(new TaskEvent(task.Name, task.Title, TaskState.Skipped, $"needs '{missing}'"));
            return Ended(task, TaskState.Skipped, null);
        }

        var started = _time.GetTimestamp();
        try
        {
            var report = await _runner.RunAsync(task, Inputs(task), cancellationToken).ConfigureAwait(false);
            return report with { Duration = _time.GetElapsedTime(started) };
        }
        catch (OperationCanceledException)
        {
            _progress.Report(new TaskEvent(task.Name, task.Title, TaskState.Cancelled));
            return Ended(task, TaskState.Cancelled, null);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The rim of a task: its failure is an outcome of the run, not the end of the other tasks.
            var error = exception as MillraceException ?? new MillraceException(
                ErrorKind.Unavailable, "task-fault", $"{exception.GetType().Name}: {exception.Message}",
                "This is a fault of Millrace itself; run again, and report it with the log if it stays.", exception);
            _progress.Report(new TaskEvent(task.Name, task.Title, TaskState.Failed, error.Message));
            return Ended(task, TaskState.Failed, error) with { Duration = _time.GetElapsedTime(started) };
        }
    }

    // An object's name is its hash, which nobody knows before; a task makes one object at most (see Pipeline.Add).
    Dictionary<string, ThingVersion> Inputs(TaskDescription task) => task.Inputs.ToDictionary(
        input => input.Name,
        input => _reports[input.Task].Outputs.First(
            output => output.Kind == input.Kind && (output.Name == input.Name || input.Kind == "object")),
        StringComparer.Ordinal);

    PipelineReport Report() => new(
        _graph.Pipeline,
        _runId,
        _graph.Parameters,
        [.. _graph.Tasks.Select(task => _reports[task.Name])],
        TimeSpan.Zero);

    static TaskReport Ended(TaskDescription task, TaskState state, MillraceException? error) =>
        new(task.Name, task.Title, state, null, null, [], [], TimeSpan.Zero, error);
}
