using Millrace.Pipelines;
using Millrace.Tables;
using Millrace.Tables.Checks;
using Millrace.Tests.SourcesRoom;

namespace Millrace.Tests.TablesRoom.Checks;

/// <summary>What does not pass its checks is never seen, whoever writes it, and is kept to be looked at.</summary>
public sealed class CheckPublicationTests
{
    const string Settings =
        """
        checks:
          orders:
            - not-null: id
            - range: {column: price, min: 0}
            - unique: id
            - row-count: {max: 1000}
            - {mean: {column: price, max: 100}, severity: warn}
        """;

    const string Good = "select i::bigint as id, i * 1.5::double as price from range(4) t(i)";
    const string Bad = "select 100::bigint as id, -1.0::double as price union all select null, 3";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_that_fails_is_not_published_and_stays_in_the_side_table()
    {
        await using var workspace = await CreateAsync();
        await workspace.AppendAsync("orders", Good);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.AppendAsync("orders", Bad));

        Assert.Equal(("check-failed", ErrorKind.Invalid), (failure.Code, failure.Kind));
        Assert.Equal(
            """
            2 of 5 checks of table 'orders' failed, so nothing was published of 2 new rows:
              not-null id: 1 of 2 rows have no value
                {"id":null,"price":3.0}
              range price: 1 of 2 rows are not in the range 0 or more
                {"price":-1.0,"id":100}
            """, failure.Message);
        Assert.Contains("select * from \"orders$rejected\"", failure.Hint, StringComparison.Ordinal);
        Assert.Equal(0, workspace.Log("orders")!.Version);
        Assert.Equal(["4"], await workspace.RowsAsync("select count(*) from orders"));
        Assert.Equal(
            ["100|-1", "null|3"], await workspace.RowsAsync("select id, price from \"orders$rejected\" order by id"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
        Assert.Equal(
            2, await workspace.CountAsync(
                "select count(*) from check_result r join version v on v.version_id = r.version_id "
                + "where r.table_name = 'orders' and r.outcome = 'failed' and v.name = 'orders$rejected'"));
    }

    [Fact]
    public async Task The_same_batch_again_makes_no_second_version_and_another_one_does()
    {
        await using var workspace = await CreateAsync();

        await FailsAsync(() => workspace.AppendAsync("orders", Bad));
        await FailsAsync(() => workspace.AppendAsync("orders", Bad));
        Assert.Equal(0, workspace.Log("orders$rejected")!.Version);
        await FailsAsync(() => workspace.AppendAsync("orders", "select -7::bigint as id, -2.0::double as price"));

        Assert.Equal(1, workspace.Log("orders$rejected")!.Version);
        Assert.Equal(["-7"], await workspace.RowsAsync("select id from \"orders$rejected\""));
        Assert.Null(workspace.Log("orders"));
        Assert.Equal(2, Directory.GetFiles(workspace.TableFolder("orders$rejected"), "*.parquet").Length);
    }

    [Fact]
    public async Task What_passes_is_published_with_its_results_and_what_only_warns_is_told()
    {
        await using var workspace = await CreateAsync();

        var version = await workspace.AppendAsync("orders", "select 1::bigint as id, 500.0::double as price");

        Assert.Equal(
            ["check 'mean price' of table 'orders': the mean is 500; 100 or less is expected."],
            CheckText.WarningsOf(version));
        Assert.Equal(
            5, await workspace.CountAsync(
                $"select count(*) from check_result where run_id = '{version.RunId}' and version_id = {version.Id}"));
        Assert.Equal(
            1, await workspace.CountAsync(
                "select count(*) from check_result where outcome = 'failed' and severity = 'warn' and observed = 500"));
    }

    [Fact]
    public async Task Every_way_into_a_table_is_checked()
    {
        await using var workspace = await CreateAsync();
        await workspace.AppendAsync("orders", Good);
        workspace.WriteFile("bad.csv", "id,price\n7,-4.0\n");
        var editor = workspace.Tables.Editor;

        await FailsAsync(() => editor.WriteAsync("orders", Bad, new(), cancellationToken: Stop));
        await FailsAsync(() => editor.UpdateAsync(
            "orders", new Dictionary<string, string> { ["price"] = "-price - 1" }, "id = 2", cancellationToken: Stop));
        await FailsAsync(() => editor.UpsertAsync(
            "orders", "select 2::bigint as id, -5.0::double as price", ["id"], cancellationToken: Stop));
        await FailsAsync(() => workspace.IngestAsync("orders", "bad.csv"));
        await FailsAsync(() => workspace.Tables.Frames.Sql(Bad).WriteAsync("orders", cancellationToken: Stop));
        await FailsAsync(() => editor.WriteAsync(
            "orders", Good, new() { Mode = TableMode.Overwrite, Checks = [Check.RowCount(5)] },
            cancellationToken: Stop));

        Assert.Equal(0, workspace.Log("orders")!.Version);
        Assert.Single(Directory.GetFiles(workspace.TableFolder("orders"), "*.parquet"));
        Assert.Equal(
            6, await workspace.CountAsync(
                "select count(*) from run where outcome = 'failed' and message like '%checks of%'"));
    }

    [Fact]
    public async Task Rows_that_were_there_before_the_check_do_not_keep_others_from_being_changed()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync(
            "orders", $"{Good} union all select -5, -5.0 union all select -6, -6.0 union all select null, -6.0");
        await CreateAsync(workspace);
        var editor = workspace.Tables.Editor;

        await editor.UpdateAsync(
            "orders", new Dictionary<string, string> { ["price"] = "9.0" }, "id = 1", cancellationToken: Stop);
        await editor.DeleteAsync("orders", "id = -5", cancellationToken: Stop);
        await FailsAsync(() => editor.UpdateAsync(
            "orders", new Dictionary<string, string> { ["price"] = "-9.0" }, "id = 3", cancellationToken: Stop));

        Assert.Equal(
            ["-6|-6", "0|0", "1|9", "2|3", "3|4.5", "null|-6"],
            await workspace.RowsAsync("select id, price from orders order by id"));
        Assert.Equal(["3|-9"], await workspace.RowsAsync("select id, price from \"orders$rejected\""));
    }

    [Fact]
    public async Task A_key_that_is_there_already_is_found_among_the_new_rows()
    {
        await using var workspace = await CreateAsync();
        await workspace.AppendAsync("orders", Good);

        var failure = await FailsAsync(() => workspace.AppendAsync(
            "orders", "select i::bigint as id, 1.0::double as price from range(3, 6) t(i)"));

        Assert.Contains(
            "unique id: 1 values stand in 2 rows\n    {\"id\":3,\"rows\":2}", failure.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_that_came_between_makes_the_whole_table_be_looked_at_again()
    {
        await using var workspace = await CreateAsync();
        await workspace.AppendAsync("orders", Good);
        var publication = await workspace.PublicationAsync(
            workspace.Stage("orders", TableMode.Append, "select 50::bigint as id, 1.0::double as price"));
        var audited = await workspace.Tables.Publisher.Audit.AuditAsync(publication, Stop);
        await workspace.AppendAsync("orders", "select 50::bigint as id, 2.0::double as price");
        await workspace.Tables.Publisher.BeginAsync(audited.Publication, Stop);

        var failure = await FailsAsync(() => workspace.Tables.Publisher.PutEntriesAsync(audited.Publication, audited));

        Assert.Contains("unique id", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, workspace.Log("orders")!.Version);
        Assert.Equal(["5"], await workspace.RowsAsync("select count(*) from orders"));
    }

    [Fact]
    public async Task A_change_of_rows_that_leaves_too_few_is_refused_and_keeps_nothing()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("orders", Good);
        await CreateAsync(workspace, "checks: {orders: [{row-count: {min: 3}}]}");

        await FailsAsync(() => workspace.Tables.Editor.DeleteAsync("orders", "id < 2", cancellationToken: Stop));
        await workspace.Tables.Editor.DeleteAsync("orders", "id < 1", cancellationToken: Stop);
        await workspace.Tables.Editor.OptimizeAsync("orders", new(), cancellationToken: Stop);

        Assert.Equal(["1", "2", "3"], await workspace.RowsAsync("select id from orders order by id"));
        Assert.Null(workspace.Log("orders$rejected"));
    }

    [Fact]
    public async Task Another_table_is_asked_as_the_same_publication_leaves_it()
    {
        await using var workspace = await CreateAsync(
            null, "checks: {lines: [{references: {columns: order_id, table: orders, to: id}}]}");
        await workspace.AppendAsync("orders", Good);
        const string Lines = "select 77::bigint as order_id";

        await FailsAsync(() => workspace.AppendAsync("lines", Lines));
        var publication = await workspace.PublicationAsync(
            workspace.Stage("lines", TableMode.Append, Lines),
            workspace.Stage("orders", TableMode.Append, "select 77::bigint as id, 1.0::double as price"));
        await workspace.Tables.PublishAsync(publication, Stop);

        Assert.Equal(["77"], await workspace.RowsAsync("select order_id from lines"));
    }

    [Fact]
    public async Task Checks_of_a_pipeline_are_asked_and_remembered()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var pipeline = Pipeline.Create("nightly", []);
        var limit = 0;
        pipeline.Add(new TaskDefinition
        {
            Name = "orders",
            Outputs = [new OutputDefinition("table", "orders") { Checks = [Check.RowCount(3)] }],
            Body = (context, stop) =>
            {
                using var session = context.OpenSql();
                context.Publish(context.Stage.Write(
                    session, "orders", TableMode.Overwrite, $"select i::bigint as id from range({limit}) t(i)", [],
                    cancellationToken: stop));
                return Task.CompletedTask;
            },
        });

        await FailsAsync(() => workspace.RunTaskAsync(pipeline, "orders"));
        limit = 3;
        await workspace.RunTaskAsync(pipeline, "orders");
        var report = await workspace.Tables.CheckAsync("orders", cancellationToken: Stop);

        Assert.Equal(["row-count"], report.Results.Select(result => result.Rule.Label));
        Assert.True(report.IsPassed);
        Assert.Equal(0, report.Version);
    }

    [Fact]
    public async Task Partitions_mapped_columns_and_times_without_a_zone_are_checked_and_kept()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync(
            "orders", "select 1::bigint as id, 'a' as part, ['x'] as tags", new()
            {
                PartitionColumns = ["part"],
                Properties = new Dictionary<string, string> { ["delta.columnMapping.mode"] = "name" },
            },
            cancellationToken: Stop);
        await workspace.Tables.Editor.RenameColumnAsync("orders", "id", "key", Stop);
        await CreateAsync(
            workspace, "checks: {orders: [{range: {column: key, max: 5}}, {set: {column: part, values: [a, b]}}]}");

        var failure = await FailsAsync(() => workspace.Tables.Editor.WriteAsync(
            "orders", "select 9::bigint as key, 'c' as part, ['y'] as tags", new(), cancellationToken: Stop));

        Assert.Contains("2 of 2 checks", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["9|c"], await workspace.RowsAsync("select key, part from \"orders$rejected\""));
        await workspace.Tables.Editor.WriteAsync(
            "orders", "select 4::bigint as key, 'b' as part, ['y'] as tags", new(), cancellationToken: Stop);
        Assert.Equal(["1|a", "4|b"], await workspace.RowsAsync("select key, part from orders order by key"));
    }

    [Fact]
    public async Task What_was_erased_is_not_read_in_results()
    {
        await using var workspace = await CreateAsync();
        await workspace.AppendAsync("orders", Good);
        await FailsAsync(() => workspace.Tables.Editor.WriteAsync("orders", Bad, new(), cancellationToken: Stop));

        await workspace.Catalog.WriteAsync(
            session =>
            {
                TableErasure.ForgetFigures(session, "orders");
                return 0;
            }, Stop);

        Assert.Equal(
            0, await workspace.CountAsync(
                "select count(*) from check_result where examples <> '[]' or message <> 'erased'"));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from run where message like '%price%'"));
        Assert.Equal(
            0, await workspace.CountAsync(
                "select count(*) from version where name = 'orders' and summary like '%checks%'"));
    }

    static Task<TestWorkspace> CreateAsync() => CreateAsync(null, Settings);

    /// <summary>A workspace with settings; it is opened again to read them.</summary>
    static async Task<TestWorkspace> CreateAsync(TestWorkspace? workspace, string settings = Settings)
    {
        workspace ??= await TestWorkspace.CreateAsync();
        await File.WriteAllTextAsync(Path.Combine(workspace.Folder, "millrace.yaml"), settings, Stop);
        await workspace.DieAndOpenAsync();
        return workspace;
    }

    static async Task<MillraceException> FailsAsync(Func<Task> publish)
    {
        var failure = await Assert.ThrowsAsync<MillraceException>(publish);
        Assert.Equal("check-failed", failure.Code);
        return failure;
    }
}
