using System.Diagnostics;
using System.Globalization;
using Millrace.Pipelines;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.PipelinesRoom;

public sealed class PipelineRunnerTests(SmallPipeline small) : IClassFixture<SmallPipeline>
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_run_does_nothing_and_a_changed_parameter_only_what_depends_on_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var first = await RunAsync(workspace, new RunOptions(), "--factor", "2");
        Assert.All(first.Tasks, task => Assert.Equal(TaskState.Succeeded, task.State));
        Assert.Equal(["1560"], await workspace.RowsAsync("select total from total"));
        Assert.Equal(["40|20540"], await workspace.RowsAsync("select count(*), sum(square)::bigint from mapped"));

        var second = await RunAsync(workspace, new RunOptions(), "--factor", "2");
        Assert.All(second.Tasks, task => Assert.Equal(TaskState.Cached, task.State));
        Assert.Equal(first.Tasks.Select(task => task.Key), second.Tasks.Select(task => task.Key));

        var third = await RunAsync(workspace, new RunOptions(), "--factor", "3");
        Assert.Equal(
            ["scaled", "total"],
            third.Tasks.Where(task => task.State == TaskState.Succeeded).Select(task => task.Task));
        Assert.Equal(["2340"], await workspace.RowsAsync("select total from total"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from lease"));
    }

    [Fact]
    public async Task A_result_that_is_there_says_when_its_table_is_another_one_now()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, new RunOptions(), "--factor", "2");
        await RunAsync(workspace, new RunOptions(), "--factor", "3");

        var again = await RunAsync(workspace, new RunOptions(), "--factor", "2");

        Assert.All(again.Tasks, task => Assert.Equal(TaskState.Cached, task.State));
        Assert.Contains(
            "'millrace table restore total@v0'", Assert.Single(again.Task("total").Warnings), StringComparison.Ordinal);
        Assert.Empty(again.Task("numbers").Warnings);
        Assert.Equal(["2340"], await workspace.RowsAsync("select total from total"));
    }

    [Fact]
    public async Task A_result_whose_rows_a_vacuum_took_is_made_again()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, new RunOptions(), "--factor", "2");
        await RunAsync(workspace, new RunOptions(), "--factor", "3");
        await workspace.Tables.Editor.VacuumAsync("total", TimeSpan.Zero, isDryRun: false, Stop);

        var again = await RunAsync(workspace, new RunOptions(), "--factor", "2");

        Assert.Equal(TaskState.Cached, again.Task("scaled").State);
        Assert.Equal(TaskState.Succeeded, again.Task("total").State);
        Assert.Equal(["1560"], await workspace.RowsAsync("select total from total"));
    }

    [Fact]
    public async Task What_code_prints_goes_to_the_attempt_log_and_not_into_the_protocol()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var report = await RunAsync(workspace, new RunOptions());

        Assert.True(report.IsSuccess);
        var logs = string.Concat(Directory
            .EnumerateFiles(Path.Join(workspace.Folder, ".millrace", "logs", report.RunId), "*.log")
            .Select(File.ReadAllText));
        Assert.Contains("scaled says hello", logs);
        Assert.Contains("scaled complains", logs);
        Assert.Contains("no line end", logs);
    }

    [Fact]
    public async Task A_task_that_fails_stops_what_needs_it_and_nothing_else()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Mark(workspace, "fail");

        var report = await RunAsync(workspace, new RunOptions());

        Assert.Equal(TaskState.Failed, report.Task("scaled").State);
        Assert.Equal(TaskState.Skipped, report.Task("total").State);
        Assert.Equal(TaskState.Succeeded, report.Task("other").State);
        Assert.Equal(TaskState.Succeeded, report.Task("mapped").State);
        var error = report.Task("scaled").Error!;
        Assert.Equal("task-failed", error.Code);
        Assert.Contains("bad luck", error.Message);
        Assert.Contains($"small.cs, line {SmallPipeline.LineOfFailure}", error.Message);
        Assert.Equal(1, await workspace.CountAsync(
            "select count(*) from run where kind = 'pipeline' and outcome = 'failed' and message = 'failed: scaled'"));

        Unmark(workspace, "fail");
        var next = await RunAsync(workspace, new RunOptions());
        Assert.Equal(
            ["scaled", "total"],
            next.Tasks.Where(task => task.State == TaskState.Succeeded).Select(task => task.Task));
    }

    [Fact]
    public async Task A_worker_that_dies_fails_its_task_and_frees_what_it_held()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Mark(workspace, "die");

        var report = await RunAsync(workspace, new RunOptions());

        Assert.Equal("worker-died", report.Task("scaled").Error!.Code);
        Assert.Equal(TaskState.Succeeded, report.Task("mapped").State);
        Assert.Equal(0, await workspace.CountAsync("select count(*) from lease"));
        Unmark(workspace, "die");
        Assert.True((await RunAsync(workspace, new RunOptions())).IsSuccess);
    }

    [Fact]
    public async Task A_dry_run_writes_nothing_and_force_runs_what_is_cached()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var dry = await RunAsync(workspace, new RunOptions { IsDryRun = true });
        Assert.All(dry.Tasks, task => Assert.Equal(TaskState.WouldRun, task.State));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from run"));

        await RunAsync(workspace, new RunOptions());
        var planned = await RunAsync(workspace, new RunOptions { IsDryRun = true, Force = ["scaled"] });
        Assert.Equal(
            ["scaled", "total"],
            planned.Tasks.Where(task => task.State == TaskState.WouldRun).Select(task => task.Task));
        var forced = await RunAsync(workspace, new RunOptions { Force = ["scaled"] });
        Assert.Equal(
            ["scaled"], forced.Tasks.Where(task => task.State == TaskState.Succeeded).Select(task => task.Task));
        Assert.Equal("xx", File.ReadAllText(Path.Join(workspace.Outside, "scaled-ran")));
        Assert.Equal(0, workspace.Log("scaled")!.Version);
        await FailsAsync("task-unknown", workspace, new RunOptions { Force = ["scald"] });
    }

    [Fact]
    public async Task A_task_that_forgets_an_output_is_told_which()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Mark(workspace, "forget");

        var error = (await RunAsync(workspace, new RunOptions())).Task("scaled").Error!;

        Assert.Equal("output-missing", error.Code);
        Assert.Contains("table 'scaled'", error.Message);
    }

    [Fact]
    public async Task Shards_that_were_done_before_one_failed_are_not_done_again()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Mark(workspace, "fail-map");
        var options = new RunOptions { Parallelism = 1 };

        var report = await RunAsync(workspace, options);
        Assert.Equal(TaskState.Failed, report.Task("mapped").State);
        Assert.Contains("the second shard fails", report.Task("mapped").Error!.Message);
        Assert.Null(workspace.Log("mapped"));
        var done = Directory.GetFiles(workspace.Outside, "row-*");
        Assert.NotEmpty(done);
        Assert.Single(done.Select(file => file[^1]).Distinct());

        Unmark(workspace, "fail-map");
        Assert.True((await RunAsync(workspace, options)).IsSuccess);

        var rows = Directory.GetFiles(workspace.Outside, "row-*");
        Assert.Equal(40, rows.Length);
        Assert.All(rows, file => Assert.Equal("x", File.ReadAllText(file)));
        Assert.Equal(["40"], await workspace.RowsAsync("select count(distinct id) from mapped"));
    }

    [Fact]
    public async Task Cancelling_kills_the_workers_and_frees_the_leases()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Mark(workspace, "hang");
        using var stop = new CancellationTokenSource();
        var events = new Events(told =>
        {
            if (told.Unit == "hanging") stop.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => workspace.Open.Pipelines.RunAsync(
            small.With("--folder", workspace.Outside), new RunOptions(), events, stop.Token));

        var worker = int.Parse(File.ReadAllText(Path.Join(workspace.Outside, "pid")), CultureInfo.InvariantCulture);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(worker));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from lease"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from run where outcome = 'running'"));
        Assert.Equal(1, await workspace.CountAsync(
            "select count(*) from run where kind = 'pipeline' and outcome = 'cancelled'"));
        Assert.Null(workspace.Log("scaled"));
    }

    [Fact]
    public async Task A_thousand_tasks_that_do_nothing_are_all_done()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var report = await RunAsync(workspace, new RunOptions(), "--noops", "1000");

        Assert.True(report.IsSuccess);
        Assert.Equal(1005, report.Tasks.Count);
        Assert.Equal(1000, await workspace.CountAsync("select count(*) from task_result where task like 'noop%'"));
    }

    [Fact]
    public async Task A_wrong_parameter_is_told_before_anything_runs()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        await FailsAsync("parameter-value", workspace, new RunOptions(), "--factor", "two");
        await FailsAsync("parameter-unknown", workspace, new RunOptions(), "--fctor", "2");
        await FailsAsync("parameter-syntax", workspace, new RunOptions(), "factor");
        Assert.Equal(0, await workspace.CountAsync("select count(*) from run"));
    }

    [Fact]
    public async Task The_hash_of_the_code_changes_with_the_code_and_not_with_comments()
    {
        var (before, commented) = await small.HashesAsync(
            "commented", "var factor =", "// A comment.\n\n/* and\nanother */ var factor =");
        Assert.Equal(before, commented);

        var (_, changed) = await small.HashesAsync("changed", "row * row", "row * 7");
        Assert.NotEqual(before, changed);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => small.CompileAsync("wrong", "\nvar x = nothing;\n"));
        Assert.Equal("pipeline-compile", failure.Code);
        Assert.Contains("small.cs(2,9)", failure.Message);
    }

    Task<PipelineReport> RunAsync(TestWorkspace workspace, RunOptions options, params string[] parameters) =>
        workspace.Open.Pipelines.RunAsync(
            small.With(["--folder", workspace.Outside, .. parameters]), options, new Events(_ => { }), Stop);

    async Task FailsAsync(string code, TestWorkspace workspace, RunOptions options, params string[] parameters) =>
        Assert.Equal(
            code,
            (await Assert.ThrowsAsync<MillraceException>(() => RunAsync(workspace, options, parameters))).Code);

    static void Mark(TestWorkspace workspace, string name) =>
        File.WriteAllText(Path.Join(workspace.Outside, name), "");

    static void Unmark(TestWorkspace workspace, string name) => File.Delete(Path.Join(workspace.Outside, name));

    sealed class Events(Action<TaskEvent> tell) : IProgress<TaskEvent>
    {
        public void Report(TaskEvent value) => tell(value);
    }
}
