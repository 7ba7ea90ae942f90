using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Commands that ask for what is not there: the message names it and the next step.</summary>
public sealed class BadCommandTests(TestRun run)
{
    [Fact]
    public async Task A_pipeline_that_does_not_compile_is_told_with_file_and_line()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);
        await File.WriteAllTextAsync(
            scratch["broken.cs"],
            """
            var job = Pipeline.Create("broken", args);
            var rows = job.Sqll("rows", $"select 1 as n", key: ["n"]);
            return await job.RunAsync();
            """,
            TestContext.Current.CancellationToken);

        var result = (await cli.RunAsync("run", "broken.cs")).Ended(2);

        result.Says("pipeline-compile", "broken.cs", "(2,16)", "CS1061", "hint:");
        Assert.Equal("[]\n", (await cli.RunAsync("run", "list", "--json")).Ended(0).Output);
    }

    [Fact]
    public async Task A_pipeline_file_that_is_not_there_is_named()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);
        (await cli.RunAsync("init")).Ended(0);

        var result = (await cli.RunAsync("run", "absent.cs")).Ended(3);

        result.Says("pipeline-missing", "absent.cs", "hint:");
    }

    [Fact]
    public async Task An_unknown_parameter_is_answered_with_those_there_are()
    {
        using var job = await run.AfterFirstNightAsync();

        var result = (await job.NightAsync(TestRun.SecondNight, "--sight", "x")).Ended(2);

        result.Says("parameter-unknown", "'--sight'", "hint: Its parameters are --database, --date, --leaky, --site.");
    }

    [Fact]
    public async Task A_missing_parameter_is_named_with_an_example()
    {
        using var job = await run.AfterFirstNightAsync();

        var result = (await job.Cli.RunAsync("run", run.Nightly, "--workspace", job.Workspace)).Ended(2);

        result.Says("parameter-missing", "'--date'", "hint: Add it, such as '--date 2026-03-15'.");
    }

    [Fact]
    public async Task A_parameter_that_is_no_day_is_told_what_one_looks_like()
    {
        using var job = await run.AfterFirstNightAsync();

        var result = (await job.NightAsync("tomorrow")).Ended(2);

        result.Says("parameter-value", "'--date'", "'tomorrow'", "hint: It must be a day, such as 2026-03-15.");
    }

    [Theory]
    [InlineData("why", "photo_exmples", "Did you mean 'table:photo_examples'")]
    [InlineData("why", "model:photo-populrity@production", "'model:photo-popularity'?")]
    [InlineData("impact", "file:logs/events-2026-03-99.jsonl.gz", "Did you mean 'file:logs/events-2026-03-")]
    public async Task An_unknown_thing_is_answered_with_what_was_meant(string verb, string thing, string hint)
    {
        using var job = await run.AfterFirstNightAsync();

        var result = (await job.Cli.RunAsync(verb, thing, "--workspace", job.Workspace)).Ended(3);

        result.Says("thing-unknown", $"Nothing here is called '{thing.Split('@')[0]}'", hint);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task An_unknown_row_is_answered_with_a_query_for_the_rows_there_are()
    {
        using var job = await run.AfterFirstNightAsync();

        var result = (await job.Cli.RunAsync(
            "why", "table:photo_examples#987654", "--workspace", job.Workspace)).Ended(3);

        result.Says("row-unknown", "photo_id = 987654", "hint: Try 'millrace sql");
    }

    [Fact]
    public async Task A_command_outside_of_a_workspace_says_how_to_make_one()
    {
        using var scratch = new ScratchFolder();

        var result = (await run.Cli(scratch.Path).RunAsync("table", "list")).Ended(3);

        result.Says("workspace-missing", "millrace init");
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Path));
    }
}
