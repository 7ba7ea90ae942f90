using Millrace.Tables;
using Millrace.Tables.Statements;

namespace Millrace.Tests.TablesRoom.Statements;

/// <summary>Rows that SQL inserts, changes and deletes.</summary>
public sealed class SqlRowTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_are_inserted_by_order_and_what_is_not_named_is_null()
    {
        await using var workspace = await WithTableAsync();

        var whole = await RunAsync(workspace, "insert into t values (1, 'a', 1.5), (2, 'b', null)");
        var some = await RunAsync(workspace, "insert into t (name, id) select 'c', 3");
        var named = await RunAsync(workspace, "insert into t by name select 2.5 as x, 4 as ID");
        await RunAsync(workspace, "insert into t default values");

        Assert.Equal((2L, 1L, 1L), (whole.InsertedRows, some.InsertedRows, named.InsertedRows));
        Assert.Equal(
            ["1|a|1.5", "2|b|null", "3|c|null", "4|null|2.5", "null|null|null"],
            await workspace.RowsAsync("select * from t order by id nulls last"));
        Assert.Equal(4, workspace.Log("t")!.Version);
    }

    [Fact]
    public async Task Values_are_cast_as_DuckDB_inserts_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(
            workspace,
            "create table t (i integer, d date, s varchar, x decimal(9,2), at_time timestamp, l double[], "
            + "r struct(a int))");

        await RunAsync(
            workspace,
            "insert into t values ('7', '2026-01-02', 12, '1.005', '2026-01-02 03:04:05', [1, 2], {a: '3'})");
        await RunAsync(workspace, "insert into t select 1.6, date '2026-01-03', true, 2, null, [], null");

        Assert.Equal(
            ["7|2026-01-02|12|1.01|2026-01-02 03:04:05+00|[1.0, 2.0]|{'a': 3}",
                "2|2026-01-03|true|2.00|null|[]|null"],
            await workspace.RowsAsync(
                "select i, d::varchar, s, x::varchar, at_time::varchar, l::varchar, r::varchar from t order by d"));
    }

    [Theory]
    [InlineData("insert into t values (1, 'a', 2), (2, 'b', 'no number')", "'x' (double)")]
    [InlineData("insert into t select 1, 'a', 'no number'", "'x' (double)")]
    [InlineData("insert into t (x, id) values (1, 99999999999999999999)", "'id' (long)")]
    [InlineData("insert into t (id) select 1e30", "'id' (long)")]
    [InlineData("update t set name = 'b', x = name", "'x' (double)")]
    public async Task A_value_that_does_not_fit_names_its_column_and_writes_nothing(string sql, string column)
    {
        await using var workspace = await WithTableAsync("(0, 'zero', 0.5)");
        var before = workspace.Log("t")!.Version;

        var refused = await Assert.ThrowsAsync<MillraceException>(() => RunAsync(workspace, sql));

        Assert.Equal("value-unfit", refused.Code);
        Assert.Contains($"A value for column {column} of table 't'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, workspace.Log("t")!.Version);
    }

    [Theory]
    [InlineData("insert into t values (1, 'a')", "sql-failed")]
    [InlineData("insert into t select 1, 'a'", "column-count")]
    [InlineData("insert into t (id) select 1, 2", "column-count")]
    [InlineData("insert into t (id, ID) select 1, 2", "column-twice")]
    [InlineData("insert into t (nosuch) select 1", "column-unknown")]
    [InlineData("insert into t by name select 1 as nosuch", "column-unknown")]
    [InlineData("insert into nosuch select 1", "table-missing")]
    [InlineData("insert into t select * from nosuch", "table-missing")]
    [InlineData("insert into t (name) values ('no key')", "constraint-violated")]
    [InlineData("update t set nosuch = 1", "column-unknown")]
    [InlineData("update t set id = 1, ID = 2", "column-twice")]
    [InlineData("update t set id = null", "constraint-violated")]
    [InlineData("update t set id = nosuch", "sql-failed")]
    [InlineData("delete from t where nosuch", "sql-failed")]
    [InlineData("delete from t where id = $nosuch", "sql-parameter")]
    public async Task What_can_not_be_written_is_refused(string sql, string code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t (id bigint not null, name varchar, x double)");
        await RunAsync(workspace, "insert into t values (0, 'zero', 0.5)");

        var refused = await Assert.ThrowsAsync<MillraceException>(() => RunAsync(workspace, sql));

        Assert.Equal(code, refused.Code);
        Assert.Equal(["0|zero|0.5"], await workspace.RowsAsync("select * from t"));
    }

    [Fact]
    public async Task An_overwrite_takes_the_place_of_all_rows()
    {
        await using var workspace = await WithTableAsync("(1, 'a', 1), (2, 'b', 2)");

        await RunAsync(workspace, "insert overwrite t select id + 10, name, x from t where id = 2");

        Assert.Equal(["12|b|2"], await workspace.RowsAsync("select * from t"));
        Assert.Equal(["2"], await workspace.RowsAsync("select count(*) from t@v1"));
    }

    [Fact]
    public async Task Rows_are_updated_with_the_help_of_other_tables()
    {
        await using var workspace = await WithTableAsync("(1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
        await RunAsync(workspace, "create table s as select 2::bigint as id, 'new' as name union all select 9, 'none'");

        var joined = await RunAsync(
            workspace, "update t as p set name = s.name || p.name, x = x * 10 from s where p.id = s.id");
        var subquery = await RunAsync(
            workspace, "update t set x = (select max(x) from t) where id not in (select id from s)");
        var common = await RunAsync(
            workspace, "with w as (select 3 as k) update t set name = 'three' from w where t.id = w.k");

        Assert.Equal((1L, 2L, 1L), (joined.UpdatedRows, subquery.UpdatedRows, common.UpdatedRows));
        Assert.Equal(
            ["1|a|20", "2|newb|20", "3|three|20"], await workspace.RowsAsync("select * from t order by id"));
    }

    [Fact]
    public async Task A_row_that_would_get_different_values_is_left_as_it_is()
    {
        await using var workspace = await WithTableAsync("(1, 'a', 1)");

        var refused = await Assert.ThrowsAsync<MillraceException>(() => RunAsync(
            workspace, "update t set x = s.v from (values (1, 2), (1, 3)) as s(k, v) where id = k"));
        var same = await RunAsync(
            workspace, "update t set x = s.v from (values (1, 2), (1, 2)) as s(k, v) where id = k");

        Assert.Equal("update-ambiguous", refused.Code);
        Assert.Equal(1, same.UpdatedRows);
    }

    [Fact]
    public async Task Rows_are_deleted_with_the_help_of_other_tables()
    {
        await using var workspace = await WithTableAsync("(1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4)");

        var used = await RunAsync(workspace, "delete from t d using range(2, 4) as r(k) where d.id = r.k");
        var versioned = await RunAsync(workspace, "delete from t where id = (select min(id) from t@v1)");
        var all = await RunAsync(workspace, "truncate t");

        Assert.Equal((2L, 1L, 1L), (used.DeletedRows, versioned.DeletedRows, all.DeletedRows));
        Assert.Equal(["0"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task Rows_are_merged()
    {
        await using var workspace = await WithTableAsync("(1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (5, 'e', 5)");
        await RunAsync(
            workspace,
            "create table s as from (values (1::bigint, 'A'), (2, 'gone'), (3, 'keep'), (4, 'D')) as v(id, name)");

        var merged = await RunAsync(
            workspace,
            """
            merge into t as a using s as i on a.id = i.id
            when matched and i.name = 'keep' then do nothing
            when matched and i.name = 'gone' then delete
            when matched then update set name = i.name, x = (select count(*) from s)
            when not matched then insert (id, name, x) values (i.id, lower(i.name), default)
            when not matched by source and a.x > $least then update set name = 'alone'
            """,
            new SqlParameter("least", 4));

        Assert.Equal((1L, 2L, 1L), (merged.InsertedRows, merged.UpdatedRows, merged.DeletedRows));
        Assert.Equal(
            ["1|A|4", "3|c|3", "4|d|null", "5|alone|5"], await workspace.RowsAsync("select * from t order by id"));
    }

    [Fact]
    public async Task Values_of_the_caller_go_where_the_text_names_them()
    {
        await using var workspace = await WithTableAsync("(1, 'a', 1), (2, 'b', 2)");
        SqlParameter[] values = [new("id", 2), new("name", "it's; --"), new("unused", null)];

        await RunAsync(workspace, "insert into t values ($id + 1, $name, null)", values);
        await RunAsync(workspace, "update t set name = $name where id = $id", values);
        await RunAsync(workspace, "delete from t where id < $id", values);

        Assert.Equal(["2|it's; --", "3|it's; --"], await workspace.RowsAsync("select id, name from t order by id"));
    }

    [Fact]
    public async Task Each_statement_is_a_run_with_what_it_read()
    {
        await using var workspace = await WithTableAsync("(1, 'a', 1)");
        await RunAsync(workspace, "create table s as select 1 as k");
        await RunAsync(workspace, "insert into s select 2");

        var edit = await RunAsync(workspace, "delete from t where id in (select k from s@v0)");

        var why = await workspace.Lineage.WhyAsync(edit.Version!.Id, cancellationToken: Stop);
        Assert.Equal("table delete t", why.Run!.Name);
        Assert.Contains("s@v0", why.Run.Parameters, StringComparison.Ordinal);
        Assert.Contains(why.Next, input => input.Version is { Name: "s", Number: 0 });
    }

    [Fact]
    public async Task Names_with_any_characters_are_only_names()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        const string Column = "\"a\"\"; drop table t; --\n'$x$\"";
        await RunAsync(workspace, $"create table t (id int, {Column} varchar)");

        await RunAsync(workspace, $"insert into t (id, {Column}) values (1, 'x'), (2, 'y')");
        await RunAsync(workspace, $"update t set {Column} = 'z' where {Column} = 'x'");
        await RunAsync(
            workspace,
            "merge into t using (select 2 as id, 'w' as v) s on t.id = s.id "
            + $"when matched then update set {Column} = v");

        Assert.Equal(["1|z", "2|w"], await workspace.RowsAsync("select * from t order by 1"));
    }

    [Fact]
    public async Task Writers_of_the_same_rows_come_one_after_the_other()
    {
        await using var workspace = await WithTableAsync("(1, 'a', 0)");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(
            _ => Task.Run(() => RunAsync(workspace, "update t set x = (select max(x) from t) + 1"), Stop)));

        Assert.Equal(["4"], await workspace.RowsAsync("select x from t"));
    }

    static async Task<TestWorkspace> WithTableAsync(string? rows = null)
    {
        var workspace = await TestWorkspace.CreateAsync();
        await RunAsync(workspace, "create table t (id bigint, name varchar, x double)");
        if (rows is not null)
            await RunAsync(workspace, $"insert into t values {rows}");
        return workspace;
    }

    static async Task<TableEdit> RunAsync(TestWorkspace workspace, string sql, params SqlParameter[] parameters) =>
        (await workspace.Tables.Sql.RunAsync(StatementParser.Parse(sql), parameters, Stop)).Edits[0];
}
