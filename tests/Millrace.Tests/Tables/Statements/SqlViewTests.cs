using Millrace.Tables.Statements;

namespace Millrace.Tests.TablesRoom.Statements;

/// <summary>Views: queries that have names.</summary>
public sealed class SqlViewTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_view_is_read_like_a_table_and_follows_it()
    {
        await using var workspace = await WithTableAsync();

        await RunAsync(workspace, "create view big (k, twice) as select id, id * 2 from t where id > 1 -- big ones");
        await RunAsync(workspace, "create view sums as select sum(twice) as s from BIG");
        await RunAsync(workspace, "insert into t values (10)");

        Assert.Equal(["2|4", "10|20"], await workspace.RowsAsync("select * from big order by k"));
        Assert.Equal(["24"], await workspace.RowsAsync("select s from sums"));
        Assert.Equal(["big", "sums"], (await workspace.Tables.Views.ListAsync(Stop)).Select(view => view.Name));
    }

    [Fact]
    public async Task A_view_over_a_version_keeps_it()
    {
        await using var workspace = await WithTableAsync();
        await RunAsync(workspace, "create view earlier as select count(*) as n from t@v0");

        await RunAsync(workspace, "delete from t");

        Assert.Equal(["3"], await workspace.RowsAsync("select n from earlier"));
    }

    [Fact]
    public async Task Statements_that_write_read_views_and_know_their_tables()
    {
        await using var workspace = await WithTableAsync();
        await RunAsync(workspace, "create view big as select id from t where id > 1");

        var made = await RunAsync(workspace, "create table u as select * from big");

        var why = await workspace.Lineage.WhyAsync(made.Edits[0].Version!.Id, cancellationToken: Stop);
        Assert.Contains(why.Next, input => input.Version.Name == "t");
    }

    [Theory]
    [InlineData("create view t as select 1", "table-exists")]
    [InlineData("create view big as select 1", "view-exists")]
    [InlineData("create or replace view big as select * from bigger", "view-cycle")]
    [InlineData("create or replace view big as select * from big", "view-cycle")]
    [InlineData("create view v as select * from nosuch", "table-missing")]
    [InlineData("create view v as select nosuch from t", "sql-failed")]
    [InlineData("create view v as select", "sql-syntax")]
    [InlineData("create view v as insert into t values (1)", "sql-statement")]
    [InlineData("create view v as select 1 where $p", "view-parameter")]
    [InlineData("create table big (a int)", "view-exists")]
    [InlineData("insert into big values (1)", "view-not-writable")]
    [InlineData("drop table big", "view-not-writable")]
    [InlineData("drop view big", "view-needed")]
    [InlineData("drop view nosuch", "view-missing")]
    [InlineData("drop table t", "view-needed")]
    public async Task What_would_not_hold_is_refused(string sql, string code)
    {
        await using var workspace = await WithTableAsync();
        await RunAsync(workspace, "create view big as select id from t where id > 1");
        await RunAsync(workspace, "create view bigger as select id from big where id > 2");

        var refused = await Assert.ThrowsAsync<MillraceException>(() => RunAsync(workspace, sql));

        Assert.Equal(code, refused.Code);
        Assert.Equal(["3"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task Views_are_replaced_left_and_dropped()
    {
        await using var workspace = await WithTableAsync();
        await RunAsync(workspace, "create view v as select 1 as a");

        await RunAsync(workspace, "create or replace view v as select 2 as a");
        var left = await RunAsync(workspace, "create view if not exists v as select 3 as a");

        Assert.Single(left.Skipped);
        Assert.Equal(["2"], await workspace.RowsAsync("select a from v"));
        await RunAsync(workspace, "drop view v");
        Assert.Single((await RunAsync(workspace, "drop view if exists v")).Skipped);
        await RunAsync(workspace, "drop table t");
        await RunAsync(workspace, "create view t as select 1 as id");
        Assert.Equal(["1"], await workspace.RowsAsync("select id from t"));
    }

    static async Task<TestWorkspace> WithTableAsync()
    {
        var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t as select i as id from range(3) r(i)");
        return workspace;
    }

    static Task<StatementResult> RunAsync(TestWorkspace workspace, string sql) =>
        workspace.Tables.Sql.RunAsync(StatementParser.Parse(sql), cancellationToken: Stop);
}
