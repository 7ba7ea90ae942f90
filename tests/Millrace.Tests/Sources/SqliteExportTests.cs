using Microsoft.Data.Sqlite;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

public sealed class SqliteExportTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_type_comes_back_as_it_was()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync(
            "t",
            """
            select 1::bigint as id, true as b, 7::integer as i, 1.5::float as f, 2.5::double as d,
                12345678901234567890.12::decimal(38,2) as n, 'größe' as x, date '2026-03-01' as da,
                timestamptz '2026-03-01 10:00:00.123456+00' as ts, [1, null, 3]::bigint[] as l, '\x01\x02'::blob as by
            union all select 2, null, null, null, null, null, '', null, null, [], ''::blob
            """);

        var report = await ExportAsync(workspace, "t");

        Assert.Equal(2, report.Rows);
        Assert.Equal(SourceFormat.Sqlite, report.Format);
        Assert.Equal(
            ["1|1|7|1.5|2.5|12345678901234567890.12|größe|2026-03-01|2026-03-01T10:00:00.123456Z|[1,null,3]|0102",
                "2|null|null|null|null|null||null|null|[]|"],
            Rows(workspace, "select id, b, i, f, d, n, x, da, ts, l, hex(by) from t order by id"));
        await workspace.TakeAsync("t", settings => settings with { Into = "again" });
        Assert.Equal(
            ["1|größe|2026-03-01 10:00:00.123456+00"],
            await workspace.RowsAsync("select id, x, ts::varchar from again where id = 1"));
    }

    [Fact]
    public async Task Rows_are_added_replaced_or_replace_those_of_the_same_key()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as id, 'a' as v union all select 2, 'b'");
        await ExportAsync(workspace, "t", settings => settings with { KeyColumns = ["id"] });
        await workspace.OverwriteAsync("t", "select 2::bigint as id, 'B' as v union all select 3, 'c'");

        await ExportAsync(workspace, "t", settings => settings with { KeyColumns = ["id"] });
        Assert.Equal(["1|a", "2|B", "3|c"], Rows(workspace, "select id, v from t order by id"));
        await ExportAsync(workspace, "t", settings => settings with { Replaces = true });

        Assert.Equal(["2|B", "3|c"], Rows(workspace, "select id, v from t order by id"));
        var twice = await Assert.ThrowsAsync<MillraceException>(() => ExportAsync(workspace, "t"));
        Assert.Equal("source-failed", twice.Code);
        Assert.Equal(["2"], Rows(workspace, "select count(*) from t"));
    }

    [Theory]
    [InlineData("create table t (id integer, v integer)", "select 1::bigint as id, '007' as v", "export-type")]
    [InlineData("create table t (id text, v text)", "select 1::bigint as id, '007' as v", "export-type")]
    [InlineData("create table t (id integer)", "select 1::bigint as id, '007' as v", "export-type")]
    [InlineData("create table u (id integer)", "select 1::bigint as id, 'nan'::double as v", "export-value")]
    [InlineData("create table t (id integer, v text check (v <> 'b'))", "select 1::bigint as id, 'b' as v",
        "source-failed")]
    public async Task What_would_be_changed_is_refused_and_nothing_is_left(string there, string query, string code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.Sqlite(there);
        await workspace.OverwriteAsync("t", query);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => ExportAsync(workspace, "t"));

        Assert.Equal(code, failure.Code);
        Assert.Equal(
            [there.Contains(" u ", StringComparison.Ordinal) ? "u" : "t"],
            Rows(workspace, "select name from sqlite_schema"));
    }

    [Fact]
    public async Task A_database_that_was_made_for_an_export_which_fails_is_not_there()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 'nan'::double as v");

        await Assert.ThrowsAsync<MillraceException>(() => ExportAsync(workspace, "t"));

        Assert.False(File.Exists(workspace.Database()));
    }

    [Theory]
    [InlineData("id", true)]
    [InlineData("nothing", false)]
    public async Task A_key_must_be_among_the_columns_and_can_not_go_with_a_replacement(string key, bool replaces)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as id");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => ExportAsync(
            workspace, "t", settings => settings with { KeyColumns = [key], Replaces = replaces }));

        Assert.Equal(replaces ? "option-invalid" : "column-unknown", failure.Code);
    }

    [Fact]
    public async Task Names_with_quotes_are_only_names()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as \"a\"\"b\", 'x' as \"; drop table t\"");

        await ExportAsync(
            workspace, "t", settings => settings with { Target = $"sqlite:{workspace.Database()}#t\"; drop table t" });

        Assert.Equal(["1|x"], Rows(workspace, "select \"a\"\"b\", \"; drop table t\" from \"t\"\"; drop table t\""));
    }

    static Task<ExportReport> ExportAsync(
        TestWorkspace workspace, string table, Func<ExportSettings, ExportSettings>? change = null)
    {
        var settings = new ExportSettings { Table = table, Target = $"sqlite:{workspace.Database()}#{table}" };
        return workspace.Open.Sources.ExportAsync(change?.Invoke(settings) ?? settings, null, Stop);
    }

    static List<string> Rows(TestWorkspace workspace, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={workspace.Database()};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(
                i => reader.IsDBNull(i) ? "null" : Convert.ToString(reader.GetValue(i)))));
        }

        return rows;
    }
}
