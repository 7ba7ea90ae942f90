using Millrace.Catalog;
using Millrace.Pipelines;

namespace Millrace.Benchmarks;

/// <summary>What a task costs that does nothing, beside GNU make and beside what the disk allows.</summary>
/// <remarks>Every round has a workspace of its own, or its tasks would come from cache. Workers are processes of the
/// published binary, started anew in each run, as <c>millrace run</c> does; the scheduler is measured in this process
/// and as that whole command.</remarks>
static class TaskBenchmarks
{
    const int Rounds = 3;
    const int WritesPerTask = 2;

    static readonly byte[] Line = new byte[64];

    public static async Task RunAsync()
    {
        var folder = Path.Join(Environment.CurrentDirectory, $"bench-tasks-{Environment.ProcessId}");
        // Elsewhere, or the build files of a repository around the current folder would be the compiled pipeline's too.
        var caches = Directory.CreateTempSubdirectory("millrace-bench-").FullName;
        Directory.CreateDirectory(folder);
        try
        {
            await MeasureAsync(folder, caches);
        }
        finally
        {
            Directory.Delete(caches, recursive: true);
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task MeasureAsync(string folder, string caches)
    {
        var layers = new NoopGraph(LayerCount: 10, LayerSize: 100);
        var flat = new NoopGraph(LayerCount: 1, LayerSize: 1000);
        var report = new BenchmarkReport(
            "tasks",
            "Tasks: what one costs that does nothing",
            $"C# tasks on 2 worker processes, whose start is in the time; each publishes one version, durable. "
            + "DAG: 10 layers of 100 tasks with gates between them.",
            Rounds,
            [ReportColumn.Cpu, ReportColumn.PerTask]);

        var program = await PublishedProgram.BuildAsync();
        var file = Path.Join(folder, "noop.cs");
        await File.WriteAllTextAsync(file, NoopGraph.PipelineText);
        var compiler = new PipelineCompiler(
            Path.GetDirectoryName(program)!, Path.Join(caches, "millrace", "pipelines"));
        var (assembly, codeHash) = await compiler.CompileAsync(file);

        var dag = report.Add(
            "DAG of 1,009 tasks",
            layers.TaskCount,
            round => ScheduleAsync(Path.Join(folder, $"dag-{round}"), layers),
            round => CreateAsync(Path.Join(folder, $"dag-{round}")));
        var independent = report.Add(
            "1,000 independent tasks",
            flat.TaskCount,
            round => ScheduleAsync(Path.Join(folder, $"flat-{round}"), flat),
            round => CreateAsync(Path.Join(folder, $"flat-{round}")));
        var command = report.Add(
            "DAG of 1,009 tasks, whole command `millrace run`",
            layers.TaskCount,
            round => PublishedProgram.ExecuteAsync(
                program, folder,
                ["run", file, "--workspace", Path.Join(folder, $"run-{round}"), .. layers.Parameters],
                ("XDG_CACHE_HOME", caches)),
            round => CreateAsync(Path.Join(folder, $"run-{round}")));
        var again = report.Add(
            "the same again, all from cache",
            layers.TaskCount,
            round => PublishedProgram.ExecuteAsync(
                program, folder,
                ["run", file, "--workspace", Path.Join(folder, $"run-{round}"), .. layers.Parameters],
                ("XDG_CACHE_HOME", caches)));
        var make = report.Add(
            "DAG of 1,009 tasks, `make -j2`",
            layers.TaskCount,
            round => PublishedProgram.ExecuteAsync("make", Path.Join(folder, $"make-{round}"), ["-j2"]),
            round =>
            {
                Directory.CreateDirectory(Path.Join(folder, $"make-{round}"));
                return File.WriteAllTextAsync(Path.Join(folder, $"make-{round}", "Makefile"), layers.Makefile());
            });
        var append = report.Add(
            "1,009 × append + fsync of one file",
            layers.TaskCount,
            round => AppendAsync(Path.Join(folder, $"append-{round}"), layers.TaskCount));
        var single = report.Add(
            "1,009 catalog commits, one after the other",
            layers.TaskCount,
            round => CommitAsync(Path.Join(folder, $"single-{round}.db"), layers.TaskCount, isGrouped: false));
        var grouped = report.Add(
            "2 × 1,009 catalog writes in group commits",
            layers.TaskCount,
            round => CommitAsync(
                Path.Join(folder, $"grouped-{round}.db"), layers.TaskCount * WritesPerTask, isGrouped: true));

        foreach (var limit in new[] { make, append, single, grouped })
            report.Compare("DAG", dag, limit);
        report.Compare("DAG, whole command", command, make);
        report.Compare("DAG from cache", again, make);
        report.Compare("independent tasks", independent, single);
        await report.RunAsync();

        async Task ScheduleAsync(string path, NoopGraph graph)
        {
            await using var workspace = await Workspace.OpenAsync(path);
            var worker = new WorkerCommand(
                program, ["worker", assembly, Pipeline.WorkerMark, folder, .. graph.Parameters]);
            var result = await workspace.Pipelines.RunAsync(
                new CompiledPipeline(worker, codeHash), new RunOptions { Parallelism = 2 }, new Silence());
            if (result.Tasks.Count != graph.TaskCount || result.Tasks.Any(task => task.State != TaskState.Succeeded))
                throw new InvalidOperationException($"The run in '{path}' did not do all {graph.TaskCount} tasks.");
        }
    }

    /// <summary>Makes a workspace with its catalog, so that the time holds no migration.</summary>
    static async Task CreateAsync(string path)
    {
        Workspace.Create(path);
        await using var workspace = await Workspace.OpenAsync(path);
    }

    /// <summary>Has the binary built from the sources as they are.</summary>
    static Task AppendAsync(string path, int count)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        for (var i = 0; i < count; i++)
        {
            RandomAccess.Write(file, Line, (long)i * Line.Length);
            DurableFile.Sync(file, path);
        }
        return Task.CompletedTask;
    }

    static async Task CommitAsync(string path, int count, bool isGrouped)
    {
        await using var catalog = SqliteCatalog.Open(path);
        if (isGrouped)
        {
            await Task.WhenAll(Enumerable.Range(0, count).Select(WriteAsync));
            return;
        }
        for (var i = 0; i < count; i++)
            await WriteAsync(i);

        Task WriteAsync(int number) => catalog.WriteAsync(
            session => session.Execute(
                """
                insert into publication_intent (attempt_id, process_id, host, created_at, payload)
                values (@attempt, 'noop', 'noop', @now, '{}')
                """,
                ("attempt", $"{number}"), ("now", session.Now)),
            CancellationToken.None);
    }

    sealed class Silence : IProgress<TaskEvent>
    {
        public void Report(TaskEvent value)
        {
        }
    }
}
