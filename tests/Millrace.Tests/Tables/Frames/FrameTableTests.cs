using Millrace.Pipelines;
using Millrace.Tables;
using static Millrace.Tables.Frames.Expressions;

namespace Millrace.Tests.TablesRoom.Frames;

public sealed class FrameTableTests
{
    static readonly string[] Key = ["id"];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frame_written_to_a_table_knows_what_it_came_from()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var source = await workspace.AppendAsync("hours", TestWorkspace.HourlyRows, "id");
        var hours = await workspace.Tables.FrameAsync("hours", Stop);

        var version = await hours.Filter(Col("x") > 3).Select("id", ("twice", Col("x") * 2))
            .WriteAsync("doubled", keyColumns: Key, cancellationToken: Stop);

        Assert.Equal("table:doubled@v0", version.Label);
        Assert.Equal(["10"], await workspace.RowsAsync("select count(*) from doubled"));
        var why = await workspace.Lineage.WhyAsync(version.Id, cancellationToken: Stop);
        Assert.Equal([source.Id], why.Next.Select(node => node.Version.Id));
        Assert.Equal(["succeeded"], await OutcomesAsync(workspace));
        Assert.Equal(0, await workspace.Tables.PendingAsync(Stop));
    }

    [Fact]
    public async Task A_frame_of_a_version_does_not_see_later_ones()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as id");
        var before = await workspace.Tables.FrameAsync("t", Stop);
        await workspace.OverwriteAsync("t", "select 2::bigint as id");

        Assert.Equal(1L, await before.ValueAsync(Stop));
        Assert.Equal(1L, await (await workspace.Tables.FrameAsync("t@v0", Stop)).ValueAsync(Stop));
        Assert.Equal(2L, await (await workspace.Tables.FrameAsync("t", Stop)).ValueAsync(Stop));
        Assert.Equal(2L, await workspace.Tables.Frame(workspace.Tables.OpenAt("t", 1)).ValueAsync(Stop));
        Assert.Equal(
            3m,
            Convert.ToDecimal(await (await workspace.Tables.SqlFrameAsync(
                "select sum(t.id + o.id) as s from t, \"t@v0\" o", cancellationToken: Stop)).ValueAsync(Stop)));
        await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.FrameAsync("nothing", Stop));
    }

    [Fact]
    public async Task A_frame_may_overwrite_the_table_that_it_reads_and_append_to_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select i::bigint as id from range(3) r(i)");
        var frame = await workspace.Tables.FrameAsync("t", Stop);

        await frame.With("id", Col("id") + 10).WriteAsync("t", cancellationToken: Stop);
        await frame.WriteAsync("t", TableMode.Append, cancellationToken: Stop);

        Assert.Equal(["0", "1", "2", "10", "11", "12"], await workspace.RowsAsync("select id from t order by id"));
    }

    [Fact]
    public async Task A_write_that_fails_leaves_no_file_and_says_why_in_its_run()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var frame = workspace.Tables.Frames.Sql("select 1::bigint as id union all select 1");

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => frame.WriteAsync("t", keyColumns: Key, cancellationToken: Stop));

        Assert.Equal("duplicate-key", failure.Code);
        Assert.Equal(["failed"], await OutcomesAsync(workspace));
        Assert.Empty(Directory.GetFiles(workspace.TableFolder("t"), "*.parquet"));
        Assert.Null(workspace.Log("t"));
    }

    [Fact]
    public async Task An_append_of_other_columns_leaves_no_file()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as id");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.Frames
            .Sql("select 'a' as name").WriteAsync("t", TableMode.Append, cancellationToken: Stop));

        Assert.Equal("schema-mismatch", failure.Code);
        Assert.Single(Directory.GetFiles(workspace.TableFolder("t"), "*.parquet"));
    }

    [Fact]
    public async Task A_file_that_was_read_is_in_the_lineage()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var path = Path.Combine(workspace.Outside, "in.csv");
        await File.WriteAllTextAsync(path, "id,name\n1,a\n2,b\n", Stop);

        var version = await (await workspace.Tables.Frames.Csv(path).CacheAsync(Stop))
            .WriteAsync("names", cancellationToken: Stop);

        var why = await workspace.Lineage.WhyAsync(version.Id, cancellationToken: Stop);
        Assert.Equal([$"file:{path}"], why.Next.Select(node => $"{node.Version.Kind}:{node.Version.Name}"));
    }

    [Fact]
    public async Task A_task_reads_its_inputs_and_writes_its_outputs_as_frames()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("hours", TestWorkspace.HourlyRows, "id");
        var pipeline = Pipeline.Create("night", []);
        var hours = pipeline.Sql("hours", $"select 1", Key);
        pipeline.Add(new TaskDefinition
        {
            Name = "count",
            Inputs = [hours],
            Outputs = [new OutputDefinition("table", "counts")],
            Body = async (context, stop) => context.Publish(await context.Frame("hours").Agg(Count().As("n"))
                .StageAsync(context.Stage, "counts", cancellationToken: stop)),
        });

        var outcome = await workspace.RunTaskAsync(pipeline, "count");

        Assert.Equal("table:counts@v0", outcome.Versions[0].Label);
        Assert.Equal(["20"], await workspace.RowsAsync("select n from counts"));
    }

    static Task<List<string>> OutcomesAsync(TestWorkspace workspace) => workspace.Catalog.ReadAsync(
        session => session.Query(
            "select outcome from run where kind = 'command' and name like 'frame/%'", row => row.Text(0)),
        Stop);
}
