using Millrace.Lineage;
using Millrace.Tables;
using Millrace.Tables.Checks;

namespace Millrace.Pipelines;

/// <summary>Does one task: key, lease, work, publication.</summary>
sealed class TaskRunner(
    string pipeline,
    string codeHash,
    string pipelineRunId,
    RunOptions options,
    TableStore tables,
    TaskLedger ledger,
    WorkerPool pool,
    WorkspacePaths paths,
    string logsFolder,
    IProgress<TaskEvent> progress,
    TimeProvider time) : IDisposable
{
    static readonly TimeSpan LeasePoll = TimeSpan.FromMilliseconds(200);

    readonly ResultTables _results = new(tables);
    readonly SemaphoreSlim _slots = new(Math.Max(1, options.Parallelism));

    public void Dispose() => _slots.Dispose();

    /// <exception cref="MillraceException">The task's failure.</exception>
    public async Task<TaskReport> RunAsync(
        TaskDescription task, Dictionary<string, ThingVersion> inputs, CancellationToken cancellationToken)
    {
        var sources = await ProbeAsync(task, cancellationToken).ConfigureAwait(false);
        var key = TaskKey.Of(task, codeHash, inputs, sources);
        var attemptId = Guid.CreateVersion7().ToString("N");
        var run = NewRun(task.Name, pipelineRunId, key, task);
        var leases = Leases(task, key);
        if (await BeginAsync(task, run, attemptId, leases, options.Forces(task.Name), cancellationToken)
            .ConfigureAwait(false) is { } cached)
        {
            var outputs = await ledger.OutputsAsync(cached, cancellationToken).ConfigureAwait(false);
            if (await _results.LookAsync(outputs, cancellationToken).ConfigureAwait(false) is { } notices)
            {
                progress.Report(new TaskEvent(
                    task.Name, task.Title, TaskState.Cached, notices.Count > 0 ? notices[0] : null));
                return new TaskReport(
                    task.Name, task.Title, TaskState.Cached, key, cached, outputs, notices, TimeSpan.Zero, null);
            }

            // What it made can't be read any more.
            await BeginAsync(task, run, attemptId, leases, isForced: true, cancellationToken).ConfigureAwait(false);
        }

        using var log = new AttemptLog(logsFolder, pipelineRunId, task.Name);
        try
        {
            var order = await OrderAsync(task, run.Id, attemptId, inputs, cancellationToken).ConfigureAwait(false);
            var result = task.Sql is not null
                ? await RunSqlAsync(task, order, cancellationToken).ConfigureAwait(false)
                : task.ShardCount > 0
                    ? await RunShardsAsync(task, order, key, log, cancellationToken).ConfigureAwait(false)
                    : await RunBodyAsync(task, order, log, null, cancellationToken).ConfigureAwait(false);
            var publication = Publication(task, run, attemptId, key, leases, order, sources, result);
            var versions = await tables.PublishAsync(publication, cancellationToken).ConfigureAwait(false);
            foreach (var warning in result.Warnings.Concat(versions.SelectMany(CheckText.WarningsOf)))
            {
                progress.Report(new TaskEvent(task.Name, task.Title, TaskState.Running, warning));
            }

            progress.Report(new TaskEvent(task.Name, task.Title, TaskState.Succeeded));
            return new TaskReport(
                task.Name, task.Title, TaskState.Succeeded, key, run.Id, versions, result.Warnings, TimeSpan.Zero,
                null);
        }
        catch (MillraceException exception) when (exception.Code == TablePublisher.UnfinishedCode)
        {
            // The run is not over: its leases stay until this process ends, and the next one completes it.
            throw;
        }
        catch (Exception exception)
        {
            var outcome = exception is OperationCanceledException ? RunOutcome.Cancelled : RunOutcome.Failed;
            await ledger.EndAsync(run.Id, attemptId, outcome, exception.Message, log.Path).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether a task would run.</summary>
    public async Task<TaskReport> PlanAsync(
        TaskDescription task, Dictionary<string, ThingVersion> inputs, CancellationToken cancellationToken)
    {
        var sources = await ProbeAsync(task, cancellationToken).ConfigureAwait(false);
        var key = TaskKey.Of(task, codeHash, inputs, sources);
        var cached = options.Forces(task.Name)
            ? null : await ledger.FindResultAsync(key, cancellationToken).ConfigureAwait(false);
        var outputs = cached is null
            ? [] : await ledger.OutputsAsync(cached, cancellationToken).ConfigureAwait(false);
        var notices = cached is null ? []
            : await _results.LookAsync(outputs, cancellationToken).ConfigureAwait(false);
        return cached is null || notices is null
            ? new TaskReport(task.Name, task.Title, TaskState.WouldRun, key, null, [], [], TimeSpan.Zero, null)
            : new TaskReport(
                task.Name, task.Title, TaskState.Cached, key, cached, outputs, notices, TimeSpan.Zero, null);
    }

    /// <summary>Waits until this process may run the task.</summary>
    /// <returns>The run that already made its result, or null.</returns>
    async Task<string?> BeginAsync(
        TaskDescription task,
        Run run,
        string attemptId,
        IReadOnlyList<string> leases,
        bool isForced,
        CancellationToken cancellationToken)
    {
        LeaseHolder? told = null;
        while (true)
        {
            var start = await ledger.BeginAsync(
                run, attemptId, leases, isForced, cancellationToken).ConfigureAwait(false);
            if (start.Holder is not { } holder)
            {
                return start.CachedRunId;
            }

            if (!await ledger.IsAliveAsync(holder, cancellationToken).ConfigureAwait(false))
            {
                await tables.RecoverAsync(cancellationToken).ConfigureAwait(false);
                // What is freed is taken in the next round; a publication that can't be completed now keeps its lease.
                await ledger.RecoverAsync(cancellationToken).ConfigureAwait(false);
            }

            if (told != holder)
            {
                told = holder;
                progress.Report(new TaskEvent(
                    task.Name, task.Title, TaskState.Waiting,
                    $"waits for process {holder.Pid} on {holder.Machine}, which has run it or writes its output since "
                    + $"{holder.Since:HH:mm:ss} UTC"));
            }

            await Task.Delay(LeasePoll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    async Task<IReadOnlyList<ExternalVersion>> ProbeAsync(TaskDescription task, CancellationToken cancellationToken)
    {
        if (!task.HasProbe)
        {
            return [];
        }

        using var log = new AttemptLog(logsFolder, pipelineRunId.Length > 0 ? pipelineRunId : "plan", task.Name);
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var reply = await pool.AskAsync(
                new WorkerRequest("probe", task.Name, null), log.Write, null, cancellationToken).ConfigureAwait(false);
            return reply.Sources!;
        }
        finally
        {
            _slots.Release();
        }
    }

    async Task<TaskOrder> OrderAsync(
        TaskDescription task,
        string runId,
        string attemptId,
        Dictionary<string, ThingVersion> inputs,
        CancellationToken cancellationToken)
    {
        var references = new Dictionary<string, ThingVersion>(StringComparer.Ordinal);
        foreach (var reference in task.References)
        {
            if (await tables.Lineage.RefAsync(reference.Kind, reference.Name, reference.Ref, cancellationToken)
                .ConfigureAwait(false) is { } version)
            {
                references[reference.Role] = version;
            }
        }

        var previous = new Dictionary<string, ThingVersion>(StringComparer.Ordinal);
        foreach (var output in task.Outputs.Where(output => output.IsIncremental))
        {
            if ((await tables.Lineage.VersionsAsync(output.Kind, output.Name, cancellationToken).ConfigureAwait(false))
                .FirstOrDefault() is { } version && !TableStore.IsDrop(version))
            {
                previous[output.Name] = version;
            }
        }

        return new TaskOrder(attemptId, runId, 0, 1, inputs, references, previous, paths);
    }

    async Task<StagedResult> RunSqlAsync(TaskDescription task, TaskOrder order, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        progress.Report(new TaskEvent(task.Name, task.Title, TaskState.Running));
        try
        {
            return await Task.Run(
                () =>
                {
                    using var session = tables.OpenSession();
                    foreach (var (name, version) in order.Inputs)
                    {
                        session.Attach(name, tables.Open(version));
                    }

                    var output = task.Outputs[0];
                    var staged = tables.StageOf(order.AttemptId).Write(
                        session, output.Name, TableMode.Overwrite, task.Sql!, output.KeyColumns ?? [],
                        cancellationToken: cancellationToken) with
                    { Checks = output.Checks };
                    return new StagedResult([new PublishedTable(output.Name, staged, "{}")], [], [], [], [], false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    async Task<StagedResult> RunBodyAsync(
        TaskDescription task,
        TaskOrder order,
        AttemptLog log,
        Action<WorkerReply>? shardProgress,
        CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        progress.Report(new TaskEvent(task.Name, task.Title, TaskState.Running));
        try
        {
            var reply = await pool.AskAsync(
                new WorkerRequest("task", task.Name, order), log.Write, shardProgress ?? Tell, cancellationToken)
                .ConfigureAwait(false);
            return reply.Result!;
        }
        finally
        {
            _slots.Release();
        }

        void Tell(WorkerReply reply) => progress.Report(new TaskEvent(
            task.Name, task.Title, TaskState.Running, null, reply.Done, reply.Total, reply.Unit ?? ""));
    }

    async Task<StagedResult> RunShardsAsync(
        TaskDescription task, TaskOrder order, string key, AttemptLog log, CancellationToken cancellationToken)
    {
        var done = new long[task.ShardCount];
        var total = new long[task.ShardCount];
        // The first shard to fail stops the others; what they staged before is kept for the next attempt.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var shards = Enumerable.Range(0, task.ShardCount).Select(index => ShardAsync(index, stop)).ToArray();
        try
        {
            await Task.WhenAll(shards).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Cancelled because another shard failed: that failure is the task's.
            await Array.Find(shards, shard => shard.IsFaulted)!.ConfigureAwait(false);
        }

        return ShardMerge.Merge([.. shards.Select(shard => shard.Result)]);

        async Task<StagedResult> ShardAsync(int index, CancellationTokenSource stopAll)
        {
            var shardKey = TaskKey.OfShard(key, order.Previous.Values, index, task.ShardCount);
            var kept = options.Forces(task.Name)
                ? null : await ledger.FindShardAsync(shardKey, stopAll.Token).ConfigureAwait(false);
            if (kept is not null && ShardMerge.IsThere(kept, paths.Tables))
            {
                return kept;
            }

            try
            {
                var run = NewRun($"{task.Name}[{index}]", order.RunId, shardKey, task);
                var result = await RunBodyAsync(
                    task, order with { ShardIndex = index, ShardCount = task.ShardCount }, log, Tell, stopAll.Token)
                    .ConfigureAwait(false);
                await ledger.KeepShardAsync(
                    run with { Outcome = RunOutcome.Succeeded, EndedAt = time.GetUtcNow() }, pipeline,
                    $"{task.Name}[{index}]", result).ConfigureAwait(false);
                return result;
            }
            catch
            {
                await stopAll.CancelAsync().ConfigureAwait(false);
                throw;
            }

            void Tell(WorkerReply reply)
            {
                done[index] = reply.Done;
                total[index] = reply.Total;
                progress.Report(new TaskEvent(
                    task.Name, task.Title, TaskState.Running, null, done.Sum(), total.Sum(), reply.Unit ?? ""));
            }
        }
    }

    Run NewRun(string name, string parentId, string key, TaskDescription task) => new(
        Guid.CreateVersion7().ToString("N"), "task", $"{pipeline}/{name}", parentId, key, task.Version ?? codeHash,
        System.Text.Json.JsonSerializer.Serialize(
            new SortedDictionary<string, string>(task.Parameters.ToDictionary(), StringComparer.Ordinal),
            PipelinesJson.Default.SortedDictionaryStringString),
        RunOutcome.Running, null, time.GetUtcNow(), null);

    // The key keeps the same task from running twice; the outputs keep two tasks from adding to one table at once.
    static List<string> Leases(TaskDescription task, string key) =>
        [key, .. task.Outputs.Select(output => $"{output.Kind}:{output.Name}").Order(StringComparer.Ordinal)];

    Publication Publication(
        TaskDescription task,
        Run run,
        string attemptId,
        string key,
        IReadOnlyList<string> leases,
        TaskOrder order,
        IReadOnlyList<ExternalVersion> sources,
        StagedResult result)
    {
        var missing = task.Outputs.FirstOrDefault(output =>
            !result.Tables.Any(table => output.Kind == "table" && table.Role == output.Name)
            && !result.Versions.Any(version => version.Kind == output.Kind && version.Role == output.Name));
        if (missing is not null)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "output-missing",
                $"Task '{task.Name}' ended without publishing its output {missing.Kind} '{missing.Name}'.",
                "Publish it in the task's body, with no rows if there are none, or don't declare it.");
        }

        var inputs = order.Inputs.Select(input => new PublicationInput(input.Key, input.Value.Id, null))
            .Concat(order.References.Select(input => new PublicationInput(
                LineageNode.ReferenceMark + input.Key, input.Value.Id, null)))
            .Concat(order.Previous.Select(input => new PublicationInput(
                LineageNode.PreviousRole, input.Value.Id, null)))
            .Concat(sources.Concat(result.Sources).Select(
                source => new PublicationInput(source.Kind, null, source)));
        return new Publication(
            attemptId, run.Id, result.Tables, [.. inputs], result.Versions,
            [.. result.Facts, TaskLedger.Fact(new TaskResultFact(
                key, pipeline, task.Name, attemptId, leases, result.IsProvisional))]);
    }
}
