using Millrace.Tables;
using Millrace.Tables.Statements;

namespace Millrace.Tests.TablesRoom.Statements;

/// <summary>Tables that SQL makes, changes and drops.</summary>
public sealed class SqlTableTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_keeps_what_was_said_of_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        await RunAsync(
            workspace,
            """
            create table t (id bigint not null comment 'key', part varchar, x double check (x >= 0))
            partitioned by (PART) comment 'about t' tblproperties ('delta.enableChangeDataFeed' = 'true')
            """);

        var table = workspace.Log("t")!;
        Assert.Equal(["id long", "part string", "x double"], table.Schema.Columns.Select(c => $"{c.Name} {c.Type}"));
        Assert.Equal(("about t", "part"), (table.Metadata.Description, table.PartitionColumns[0]));
        Assert.Equal("x >= 0", table.Metadata.Configuration["delta.constraints.t_check1"]);
        Assert.True(table.Metadata.Is("delta.enableChangeDataFeed"));
        await RefusedAsync(workspace, "insert into t values (1, 'a', -1)", "constraint-violated");
        await RefusedAsync(workspace, "insert into t values (null, 'a', 1)", "constraint-violated");
        await RefusedAsync(workspace, "create table T (id int)", "table-exists");
        await RefusedAsync(workspace, "create table u (id int, ID int)", "column-twice");
        await RefusedAsync(workspace, "create table u (id int check (nosuch > 1))", "constraint-unreadable");
        await RefusedAsync(workspace, "create table u (id int check (id in (select id from t)))", "sql-unsupported");
        await RefusedAsync(
            workspace, "alter table t add constraint c check (exists (from read_text('/etc/hosts')))",
            "sql-unsupported");
        await RefusedAsync(
            workspace, "create table u (id int) with ('millrace.clonedFrom' = 't')", "property-unsupported");
        Assert.Equal(
            "There is a table 't' already; it stays as it is.",
            (await ResultAsync(workspace, "create table if not exists t (a int)")).Skipped[0]);
    }

    [Fact]
    public async Task A_replaced_table_has_new_columns_and_its_old_versions()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t partitioned by (p) as select i as id, i % 2 as p from range(4) r(i)");

        await RunAsync(workspace, "create or replace table t as select max(id) as most, 'new' as name from t");
        await RunAsync(workspace, "insert into t values (7, 'more')");

        Assert.Equal(["3|new", "7|more"], await workspace.RowsAsync("select * from t order by 1"));
        Assert.Equal(["4|6"], await workspace.RowsAsync("select count(*), sum(id) from t@v0"));
        Assert.Empty(workspace.Log("t")!.PartitionColumns);
    }

    [Fact]
    public async Task A_dropped_table_leaves_the_list_and_keeps_its_history()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select i as id from range(3) r(i)");

        var drop = await RunAsync(workspace, "drop table t");

        Assert.Equal(("DROP TABLE", 3L), (drop.Operation, drop.DeletedRows));
        Assert.Empty(await workspace.Tables.ListAsync(Stop));
        await RefusedAsync(workspace, "insert into t values (1)", "table-missing");
        await RefusedAsync(workspace, "drop table t", "table-missing");
        Assert.Equal(
            "There is no table 't'.", (await ResultAsync(workspace, "drop table if exists t")).Skipped[0]);
        await Assert.ThrowsAsync<MillraceException>(() => workspace.RowsAsync("select * from t"));
        Assert.Equal("table-dropped", Assert.Throws<MillraceException>(() => workspace.Tables.OpenNewest("t")).Code);
        Assert.Equal(3, workspace.Tables.OpenNewest("t", 0).RowCount);
        Assert.Equal(["3"], await workspace.RowsAsync("select count(*) from t@v0"));
    }

    [Fact]
    public async Task A_name_that_was_dropped_is_used_again_and_goes_on_counting()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t (id bigint not null, p int) partitioned by (p)");
        await RunAsync(workspace, "insert into t values (1, 1)");
        await RunAsync(workspace, "drop table t");

        var made = await RunAsync(workspace, "create table t (name varchar)");
        await RunAsync(workspace, "insert into t values ('a')");

        Assert.Equal(3, made.Version!.Number);
        Assert.Equal(["a"], await workspace.RowsAsync("select * from t"));
        Assert.Equal(["1|1"], await workspace.RowsAsync("select * from t@v1"));
        Assert.Equal("t", Assert.Single(await workspace.Tables.ListAsync(Stop)).Name);
        await using var again = await workspace.DieAndOpenAsync();
        Assert.Equal("t", Assert.Single(await again.Tables.ListAsync(Stop)).Name);
    }

    [Fact]
    public async Task A_drop_that_was_cut_off_is_completed()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select 1 as id");
        var before = workspace.Log("t")!;
        var publication = await workspace.PublicationAsync(new StagedTable("t", TableMode.Append, before.Schema, [], [])
        {
            Change = new TableChange("DROP TABLE", "{}", before.Version)
            {
                Removed = before.Files,
                Metadata = before.Metadata with
                {
                    Configuration = new Dictionary<string, string> { ["millrace.dropped"] = "true" },
                },
            },
        });
        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        await workspace.Tables.Publisher.PutEntriesAsync(publication);

        await using var again = await workspace.DieAndOpenAsync();

        Assert.Empty(await again.Tables.ListAsync(Stop));
        Assert.Equal(0, await again.Tables.PendingAsync(Stop));
    }

    [Fact]
    public async Task Rows_that_were_cut_off_before_a_drop_do_not_bring_the_table_back()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select 1 as id");
        var publication = await workspace.PublicationAsync(workspace.Stage("t", TableMode.Append, "select 2 as id"));
        await workspace.Tables.Publisher.BeginAsync(publication, Stop);
        await workspace.Tables.Publisher.PutEntriesAsync(publication);
        await RunAsync(workspace, "drop table t");

        await using var again = await workspace.DieAndOpenAsync();

        Assert.Equal(0, await again.Tables.PendingAsync(Stop));
        Assert.Empty(await again.Tables.ListAsync(Stop));
        Assert.Equal(2, again.Tables.OpenNewest("t", 1).RowCount);
    }

    [Fact]
    public async Task Progress_of_applications_begins_anew_in_a_table_that_takes_a_dropped_name()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select 1 as id");
        await workspace.Tables.Editor.WriteAsync(
            "t", "select 2 as id", new TableWrite { Progress = ("loader", 7) }, cancellationToken: Stop);
        await RunAsync(workspace, "drop table t");
        await RunAsync(workspace, "create table t (id int)");

        var edit = await workspace.Tables.Editor.WriteAsync(
            "t", "select 3 as id", new TableWrite { Progress = ("loader", 1) }, cancellationToken: Stop);

        Assert.Equal(1, edit.InsertedRows);
    }

    [Fact]
    public async Task A_pipeline_may_write_to_a_name_that_was_dropped()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t (id bigint not null, p int) partitioned by (p)");
        await RunAsync(workspace, "drop table t");

        await workspace.AppendAsync("t", "select 'x' as name");

        Assert.Equal(["x"], await workspace.RowsAsync("select * from t"));
        Assert.Empty(workspace.Log("t")!.PartitionColumns);
    }

    [Fact]
    public async Task A_dropped_table_is_brought_back()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select 1 as id");
        await RunAsync(workspace, "drop table t");

        await RunAsync(workspace, "restore table t to version as of 0");

        Assert.Equal(["1"], await workspace.RowsAsync("select * from t"));
        Assert.Equal("t", Assert.Single(await workspace.Tables.ListAsync(Stop)).Name);
    }

    [Fact]
    public async Task A_dropped_table_is_vacuumed_and_checked()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select 1 as id");
        await RunAsync(workspace, "drop table t");

        var kept = (await ResultAsync(workspace, "vacuum t")).Vacuum!;
        var vacuum = (await ResultAsync(workspace, "vacuum t retain 0 hours")).Vacuum!;

        Assert.Empty(kept.Files);
        Assert.Single(vacuum.Files);
        var check = new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones);
        Assert.Empty((await check.CheckAsync(Stop)).Problems);
        Assert.Empty(await workspace.Tables.RootsAsync(Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task Objects_of_a_dropped_table_stay_until_its_versions_go()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var hash = await workspace.Open.Objects.PutAsync(new MemoryStream([1, 2, 3]), Stop);
        await RunAsync(workspace, $"create table t as select 'object:{hash}' as url");
        await RunAsync(workspace, "drop table t");

        Assert.Single(await workspace.Tables.RootsAsync(Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task Two_that_make_one_table_are_told_apart()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var made = await Task.WhenAll(Enumerable.Range(0, 3).Select(number => Task.Run(async () =>
        {
            try
            {
                await RunAsync(workspace, $"create table t as select {number} as id");
                return "";
            }
            catch (MillraceException refused)
            {
                return refused.Code;
            }
        })));

        Assert.Equal(["", "table-exists", "table-exists"], made.Order());
    }

    [Fact]
    public async Task Columns_and_rules_are_altered()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select 1 as id, 'a' as name");

        await RunAsync(workspace, "alter table t add columns (x double, y date comment 'why')");
        await RunAsync(workspace, "alter table t add column if not exists X int");
        await RunAsync(workspace, "alter table t set tblproperties (delta.columnMapping.mode = 'name')");
        await RunAsync(workspace, "alter table t rename column name to title");
        await RunAsync(workspace, "alter table t drop column if exists y");
        await RunAsync(workspace, "alter table t drop column if exists nosuch");
        await RunAsync(workspace, "alter table t alter column id set not null");
        await RunAsync(workspace, "alter table t alter id type bigint");
        await RunAsync(workspace, "alter table t add constraint small check (id < 10)");
        await RunAsync(workspace, "comment on column t.x is 'the x'");
        await RunAsync(workspace, "comment on table t is 'about'");

        var table = workspace.Log("t")!;
        Assert.Equal(["id long", "title string", "x double"], table.Schema.Columns.Select(c => $"{c.Name} {c.Type}"));
        Assert.False(table.Schema.Columns[0].IsNullable);
        Assert.Equal("about", table.Metadata.Description);
        await RefusedAsync(workspace, "insert into t values (11, 'b', 1)", "constraint-violated");
        await RunAsync(workspace, "alter table t drop constraint small");
        await RunAsync(workspace, "alter table t drop constraint if exists small");
        await RunAsync(workspace, "insert into t values (11, 'b', 1)");
        await RefusedAsync(workspace, "alter table t alter x set not null", "constraint-violated");
        await RefusedAsync(workspace, "alter table nosuch add column a int", "table-missing");
        Assert.Single((await ResultAsync(workspace, "alter table if exists nosuch add column a int")).Skipped);
    }

    [Fact]
    public async Task Upkeep_has_its_statements()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select 2 as id, 'b' as name");
        await RunAsync(workspace, "insert into t values (1, 'a')");

        var optimized = await RunAsync(workspace, "optimize t zorder by (id)");
        using var history = (await ResultAsync(workspace, "describe history t limit 2")).Query!;

        Assert.Equal(("OPTIMIZE", 2, 1), (optimized.Operation, optimized.RemovedFiles, optimized.AddedFiles));
        Assert.Equal(
            ["2 OPTIMIZE", "1 WRITE"],
            history.Session.Rows(history.Text, reader => $"{reader.GetInt64(0)} {reader.GetString(2)}"));
    }

    static async Task<TableEdit> RunAsync(TestWorkspace workspace, string sql) =>
        (await ResultAsync(workspace, sql)).Edits[0];

    static Task<StatementResult> ResultAsync(TestWorkspace workspace, string sql) =>
        workspace.Tables.Sql.RunAsync(StatementParser.Parse(sql), cancellationToken: Stop);

    static async Task RefusedAsync(TestWorkspace workspace, string sql, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<MillraceException>(() => RunAsync(workspace, sql))).Code);
}
