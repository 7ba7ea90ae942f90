using System.Text.Json;
using Microsoft.Data.Sqlite;
using Millrace.Objects;
using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

public sealed class SqliteIngestTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Types_come_from_all_values()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (a integer, b real, c text, d text, e text, f, g numeric, h text)",
            "insert into t values (1, 1.5, 'x', '2026-03-01', '2026-03-01 10:00:00', null, 2, 'größe 🐈')",
            "insert into t values (9007199254740993, 2, '', '2026-03-02', '2026-03-01T10:00:00.25', null, 2.5, "
            + "cast(x'610062' as text))",
            "insert into t values (null, null, null, null, null, null, null, null)");

        var report = await workspace.TakeAsync("t");

        Assert.Equal(3, report.Rows);
        Assert.Equal(
            ["a long", "b double", "c string", "d date", "e timestamp", "f string", "g double", "h string"],
            report.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Equal(
            ["1|1.5|x|2026-03-01|2026-03-01 10:00:00+00|null|2.0|größe 🐈",
                "9007199254740993|2.0||2026-03-02|2026-03-01 10:00:00.25+00|null|2.5|a\0b",
                "null|null|null|null|null|null|null|null"],
            await workspace.RowsAsync(
                "select a, b::varchar, c, d::varchar, e::varchar, f, g::varchar, h from t order by a"));
    }

    [Theory]
    [InlineData("1", "'a'", "string", "\"a\"|1")]
    [InlineData("1", "2.5", "double", "1.0|2.5")]
    [InlineData("9007199254740993", "0.5", "string", "0.5|9007199254740993")]
    [InlineData("1.5", "'2'", "string", "\"2\"|1.5")]
    [InlineData("'2026-01-01'", "5", "string", "\"2026-01-01\"|5")]
    [InlineData("'2026-01-01'", "'no'", "string", "2026-01-01|no")]
    public async Task A_value_that_comes_late_widens_its_column_and_none_is_changed(
        string early, string late, string type, string values)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (id integer primary key, v)",
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 12000) "
            + $"insert into t select i, {early} from n",
            $"insert into t values (20000, {late})");

        var report = await workspace.TakeAsync("t");

        Assert.Equal(12_001, report.Rows);
        Assert.Equal(type, report.Columns[1].Type);
        Assert.Equal(
            [values],
            await workspace.RowsAsync("select string_agg(distinct v::varchar, '|' order by v::varchar) from t"));
    }

    [Fact]
    public async Task A_column_without_values_is_what_it_is_declared_as()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (id integer, a integer, b double, c varchar(5), d)", "insert into t (id) values (1)");
        var report = await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });
        Assert.Equal(
            ["id long", "a long", "b double", "c string", "d string"],
            report.Columns.Select(column => $"{column.Name} {column.Type}"));
        workspace.Sqlite("insert into t values (2, 7, 1.5, 'x', null)");

        await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });

        Assert.Equal(["2|7|1.5|x"], await workspace.RowsAsync("select id, a, b::varchar, c from t where id = 2"));
    }

    [Fact]
    public async Task Bytes_become_objects_that_a_sweep_keeps()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (id integer, picture blob)", "insert into t values (1, x'010203'), (2, x''), (3, null)");

        await workspace.TakeAsync("t");

        var urls = await workspace.RowsAsync("select picture from t order by id");
        Assert.True(ObjectUrl.TryParse(urls[0], out var hash));
        Assert.Equal(ContentHash.Of([1, 2, 3]), hash);
        Assert.True(ObjectUrl.TryParse(urls[1], out var empty));
        Assert.Equal(ContentHash.Of([]), empty);
        Assert.Equal("null", urls[2]);
        Assert.NotNull(Assert.Single(workspace.Log("t")!.Files).ObjectList);
        using var stream = workspace.Open.Objects.OpenRead(hash);
        Assert.Equal(3, stream.Length);
    }

    [Fact]
    public async Task Rows_that_can_not_be_kept_are_in_the_quarantine_and_the_counts_agree()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (id integer, v)",
            "insert into t values (1, 'a'), (2, x'ff00'), (3, cast(x'ff41' as text)), (4, 'b')");

        var report = await workspace.TakeAsync("t");

        Assert.Equal((4, 2, 2), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["2|v|it has bytes in a column of the type string|{\"id\":2,\"v\":{\"base64\":\"/wA=\"}}",
                "3|v|it has bytes that are no UTF-8 text|{\"id\":3,\"v\":{\"base64\":\"/0E=\"}}"],
            await workspace.RowsAsync("select line, column_name, reason, raw from \"t$quarantine\" order by line"));
        var version = (await workspace.Lineage.VersionsAsync("table", "t", Stop))[0];
        using var summary = JsonDocument.Parse(version.Summary);
        var ingest = summary.RootElement.GetProperty("ingest");
        Assert.Equal(4, ingest.GetProperty("records").GetInt64());
        Assert.Equal(2, ingest.GetProperty("rows").GetInt64());
    }

    [Fact]
    public async Task A_given_type_quarantines_what_does_not_fit()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (id integer, price, flag)",
            "insert into t values (1, 2.5, 1), (2, 'cheap', 0), (3, '3', 1), (4, 1, 7)");

        var report = await workspace.TakeAsync("t", settings => settings with
        {
            Types = new Dictionary<string, string> { ["price"] = "decimal(10,2)", ["flag"] = "boolean" },
        });

        Assert.Equal((2, 2), (report.Rows, report.Quarantined));
        Assert.Equal(["1|2.50|True", "3|3.00|True"], await workspace.RowsAsync("select id, price, flag from t"));
    }

    [Fact]
    public async Task The_same_rows_are_added_once_and_changed_ones_are_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite("create table t (id integer)", "insert into t values (1), (2)");
        await workspace.TakeAsync("t");

        var again = await workspace.TakeAsync("t");

        Assert.Null(again.Version);
        Assert.Contains("not added again", again.Notices[0]);
        workspace.Sqlite("insert into t values (3)");
        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.TakeAsync("t"));
        Assert.Equal("source-loaded", failure.Code);
        Assert.Equal(["2"], await workspace.RowsAsync("select count(*) from t"));
        Assert.Single(Directory.GetFiles(workspace.TableFolder("t"), "*.parquet"));
        await workspace.TakeAsync("t", settings => settings with { Mode = TableMode.Overwrite });
        Assert.Equal(["3"], await workspace.RowsAsync("select count(*) from t"));
        await workspace.TakeAsync("t", settings => settings with { IsRepeated = true });
        Assert.Equal(["6"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_cursor_takes_new_rows_late_ones_and_none_twice()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (id integer, at text, v)",
            "insert into t values (1, '2026-03-01 10:00:00', 'a'), (2, '2026-03-01 11:00:00', 'b'), (3, null, 'c')");
        await TakeNewAsync(workspace);

        var nothing = await TakeNewAsync(workspace);
        workspace.Sqlite(
            "insert into t values (4, '2026-03-01 11:00:00', 'tie'), (5, '2026-03-01 10:30:00', 'late'), "
            + "(6, '2026-03-01 12:00:00', 'new'), (7, '2026-03-01 05:00:00', 'too late'), (8, null, 'none')");
        var next = await TakeNewAsync(workspace);

        Assert.Null(nothing.Version);
        Assert.NotNull(next.Version);
        Assert.Equal(
            ["1", "2", "3", "4", "5", "6", "8"], await workspace.RowsAsync("select id from t order by id"));
        Assert.Contains("were there already", string.Join(' ', next.Notices));

        static Task<IngestReport> TakeNewAsync(TestWorkspace workspace) => workspace.TakeAsync(
            "t", settings => settings with { Cursor = "at", Lookback = "2h" });
    }

    [Fact]
    public async Task What_a_restore_took_back_is_taken_again()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite("create table t (id integer primary key)", "insert into t values (1)");
        await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });
        workspace.Sqlite("insert into t values (2), (3)");
        await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });
        await workspace.Tables.Editor.RestoreAsync("t", 0, Stop);
        Assert.Equal(["1"], await workspace.RowsAsync("select id from t order by id"));

        await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });

        Assert.Equal(["1", "2", "3"], await workspace.RowsAsync("select id from t order by id"));
    }

    [Fact]
    public async Task A_cursor_of_numbers_reads_only_what_is_behind_its_mark()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (id integer primary key, v)",
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) "
            + "insert into t select i, 'x' from n");
        await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });
        workspace.Sqlite("insert into t values (5001, 'y')");

        var next = await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });

        Assert.Equal(2, next.Records);
        Assert.Equal(["5001"], await workspace.RowsAsync("select count(distinct id) from t"));
        Assert.Equal(["5001"], await workspace.RowsAsync("select count(*) from t"));
        var changed = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.TakeAsync("t", settings => settings with { Cursor = "v" }));
        Assert.Equal("cursor-changed", changed.Code);
    }

    [Fact]
    public async Task A_bad_row_that_is_read_again_is_in_the_quarantine_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite("create table t (id integer, v)", "insert into t values (1, 'a'), (2, x'ff')");
        await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });

        var again = await workspace.TakeAsync("t", settings => settings with { Cursor = "id" });

        Assert.Null(again.Version);
        Assert.Equal(["1"], await workspace.RowsAsync("select count(*) from \"t$quarantine\""));
        Assert.Equal(["1"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_key_replaces_rows_that_differ_and_leaves_the_others_alone()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite("create table t (id integer, v)", "insert into t values (1, 'a'), (2, 'b'), (3, 'c')");
        await UpsertAsync(workspace);

        var nothing = await UpsertAsync(workspace);
        workspace.Sqlite(
            "update t set v = 'B' where id = 2", "insert into t values (4, 'd')", "delete from t where id = 1");
        var next = await UpsertAsync(workspace);

        Assert.Null(nothing.Version);
        Assert.Equal(["1|a", "2|B", "3|c", "4|d"], await workspace.RowsAsync("select id, v from t order by id"));
        Assert.Contains("1 rows are new, 1 changed, 1 were there already", string.Join(' ', next.Notices));
        Assert.Equal(2, next.Version!.Number + 1);
    }

    [Fact]
    public async Task A_mirror_deletes_what_is_gone()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite("create table t (id integer, v)", "insert into t values (1, 'a'), (2, 'b')");
        await UpsertAsync(workspace, true);
        workspace.Sqlite("delete from t where id = 1");

        await UpsertAsync(workspace, true);

        Assert.Equal(["2"], await workspace.RowsAsync("select id from t"));
    }

    [Fact]
    public async Task A_key_that_stands_twice_is_refused_and_nothing_is_left()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite("create table t (id integer, v)", "insert into t values (1, 'a'), (1, 'b')");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => UpsertAsync(workspace));

        Assert.Equal("duplicate-key", failure.Code);
        Assert.Empty(Directory.GetFiles(workspace.TableFolder("t"), "*.parquet"));
    }

    [Fact]
    public async Task Several_tables_come_from_one_state_and_in_one_publication()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table a (x integer)", "create table b (y text)", "insert into a values (1)",
            "insert into b values ('2')");

        var reports = await workspace.Open.Sources.IngestDatabaseAsync(
            new DatabaseIngestSettings
            {
                Database = SourceDatabase.Parse($"sqlite:{workspace.Database()}"),
                TakesAllTables = true,
                Into = "shop_*",
            },
            null, Stop);

        Assert.Equal(["shop_a", "shop_b"], reports.Select(report => report.Table));
        Assert.Equal(["1|2"], await workspace.RowsAsync("select x, y from shop_a, shop_b"));
        Assert.Single(reports.Select(report => report.Version!.RunId).Distinct());
    }

    [Fact]
    public async Task One_table_that_fails_keeps_all_out()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table a (id integer)", "create table b (id integer)", "insert into a values (1)",
            "insert into b values (1), (1)");

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Open.Sources.IngestDatabaseAsync(
                new DatabaseIngestSettings
                {
                    Database = SourceDatabase.Parse($"sqlite:{workspace.Database()}"),
                    Tables = ["a", "b"],
                    KeyColumns = ["id"],
                },
                null, Stop));

        Assert.Equal("duplicate-key", failure.Code);
        Assert.Empty(await workspace.Tables.ListAsync(Stop));
        Assert.Empty(Directory.GetFiles(workspace.TableFolder("a"), "*.parquet"));
    }

    [Theory]
    [InlineData("select 1 as a; drop table t", "source-failed")]
    [InlineData("delete from t returning id", "source-failed")]
    [InlineData("select nothing from nowhere", "source-failed")]
    public async Task A_query_that_is_none_is_refused(string query, string code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite("create table t (id integer)", "insert into t values (1)");

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.TakeAsync("t", settings => settings with { Query = query, Into = "q" }));

        Assert.Equal(code, failure.Code);
        using var connection = new SqliteConnection($"Data Source={workspace.Database()};Pooling=false");
        connection.Open();
    }

    [Fact]
    public async Task Names_with_quotes_are_only_names_and_missing_ones_are_told()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table \"a\"\"b\" (\"x\"\"y\" integer, \"; drop\" text)", "insert into \"a\"\"b\" values (1, 'z')");

        await workspace.TakeAsync("a\"b", settings => settings with { Into = "t", Cursor = "x\"y" });
        await workspace.TakeAsync("a\"b", settings => settings with { Into = "t", Cursor = "x\"y" });

        Assert.Equal(["1|z"], await workspace.RowsAsync("select \"x\"\"y\", \"; drop\" from t"));
        var missing = await Assert.ThrowsAsync<MillraceException>(() => workspace.TakeAsync("nothing"));
        Assert.Equal("source-missing", missing.Code);
        Assert.Contains("a\"b", missing.Hint);
        var column = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.TakeAsync("a\"b", settings => settings with { Into = "u", Cursor = "id" }));
        Assert.Equal("column-unknown", column.Code);
    }

    [Fact]
    public async Task What_is_no_database_is_refused_and_none_is_made()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        Assert.Equal("source-missing", (await Assert.ThrowsAsync<MillraceException>(
            () => workspace.TakeAsync("t"))).Code);
        Assert.False(File.Exists(workspace.Database()));

        await File.WriteAllTextAsync(workspace.Database(), "SQLite is not what this is, it is a text file.", Stop);
        Assert.Equal("source-damaged", (await Assert.ThrowsAsync<MillraceException>(
            () => workspace.TakeAsync("t"))).Code);
    }

    [Fact]
    public async Task A_dry_run_tells_schema_and_count_and_adds_nothing()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(
            "create table t (id integer, v text, b blob)", "insert into t values (1, '2026-01-01', x'01')");

        var report = await workspace.TakeAsync("t", settings => settings with { IsDryRun = true });

        Assert.Equal(
            ["id long", "v date", "b string"], report.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Equal(1, report.Records);
        Assert.Empty(await workspace.Tables.ListAsync(Stop));
    }

    static Task<IngestReport> UpsertAsync(TestWorkspace workspace, bool mirrors = false) => workspace.TakeAsync(
        "t", settings => settings with { KeyColumns = ["id"], DeletesOthers = mirrors });
}
