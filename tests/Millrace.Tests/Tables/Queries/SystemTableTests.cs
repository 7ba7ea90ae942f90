using Millrace.Access;
using Millrace.Objects;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.House;

namespace Millrace.Tests.TablesRoom.Queries;

public sealed class SystemTableTests(SharedPostgres postgres)
{
    static readonly string[] Filled =
    [
        "accounts", "buckets", "grants", "keys", "metrics", "run_outputs", "runs", "system_columns", "system_tables",
        "table_columns", "table_files", "table_versions", "tables", "uploads", "versions",
    ];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_system_table_can_be_read_and_says_what_it_is(bool isOnPostgres)
    {
        await using var workspace = await TestWorkspace.CreateAsync(isOnPostgres ? postgres : null);
        await workspace.AppendAsync("hours", TestWorkspace.HourlyRows, "id");
        await workspace.Open.Access.CreateAsync("robot", [new AccessGrant("*", AccessRight.Read)], null, null, Stop);
        await workspace.Open.Buckets.CreateAsync("data", "robot", cancellationToken: Stop);
        await workspace.ExecuteAsync(
            "insert into multipart_upload (upload_id, bucket_id, key, owner, created_at, checksum_kind, lock_mode, "
            + "lock_until, legal_hold, tags, acl, headers, outcome) "
            + "select 'u', bucket_id, 'k', 'robot', 1, '', '', 0, 0, '', '', '', '' from bucket");
        await workspace.ExecuteAsync("insert into run_metric select run_id, 'loss', 1, 0.5 from run");

        foreach (var table in workspace.Tables.Sql.System.Value.All)
        {
            var rows = await workspace.RowsAsync($"select * from millrace.{table.Name}");
            Assert.True(rows.Count > 0 || !Filled.Contains(table.Name), table.Name);
            Assert.EndsWith(".", table.About, StringComparison.Ordinal);
            Assert.All(table.Columns, column => Assert.EndsWith(".", column.About, StringComparison.Ordinal));
            Assert.Equal(
                [.. table.Columns.Select(column => $"{column.Name}|{column.SqlType}")],
                await workspace.RowsAsync($"select column_name, column_type from (describe millrace.{table.Name})"));
        }
    }

    [Fact]
    public async Task Lineage_is_joined_with_tables_and_their_files()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var first = await workspace.AppendAsync("hours", TestWorkspace.HourlyRows, "id");
        await (await workspace.Tables.FrameAsync("hours", Stop)).WriteAsync("copied", cancellationToken: Stop);

        Assert.Equal(
            ["copied|0|hours|0"],
            await workspace.RowsAsync(
                """
                select o.name, o.number, i.name, i.number from millrace.run_outputs o
                join millrace.run_inputs i using (run_id) join millrace.runs r using (run_id)
                where r.outcome = 'succeeded' and o.name = 'copied' and r.seconds >= 0
                """));
        Assert.Equal(
            ["copied|20", "hours|20"],
            await workspace.RowsAsync(
                "select t.name, sum(f.rows)::bigint from millrace.tables t "
                + "join millrace.table_files f on f.table_name = t.name group by t.name order by 1"));
        Assert.Equal(
            [$"hours|0|{first.Hash}|True|20"],
            await workspace.RowsAsync(
                "select name, number, hash, is_newest, rows from millrace.table_versions where name = 'hours'"));
        Assert.Equal(
            ["1|id|BIGINT|True", "2|at|TIMESTAMP WITH TIME ZONE|False", "3|x|DOUBLE|False"],
            await workspace.RowsAsync(
                "select number, name, type, is_key from millrace.table_columns where table_name = 'hours' order by 1"));
    }

    [Fact]
    public async Task Objects_are_listed_with_their_sizes()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var small = workspace.Open.Objects.Put("five!"u8);
        var large = workspace.Open.Objects.Put(new byte[1 << 20]);

        Assert.Equal(
            [$"{ObjectUrl.Format(small)}|5|False", $"{ObjectUrl.Format(large)}|1048576|True"],
            await workspace.RowsAsync("select url, size_bytes, is_chunked from millrace.objects order by size_bytes"));
        Assert.Equal(["2"], await workspace.RowsAsync("select sum(objects)::bigint from millrace.packs"));
    }

    [Fact]
    public async Task A_secret_of_a_key_is_in_no_table()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var key = await workspace.Open.Access.CreateAsync("robot", [], cancellationToken: Stop);

        Assert.Equal([$"{key.Key.Id}|robot|False"], await workspace.RowsAsync(
            "select key_id, name, is_disabled from millrace.keys"));
        foreach (var table in workspace.Tables.Sql.System.Value.All)
        {
            var rows = await workspace.RowsAsync($"select * from millrace.{table.Name}");
            Assert.DoesNotContain(rows, row => row.Contains(key.Secret, StringComparison.Ordinal));
            Assert.DoesNotContain(
                table.Columns, column => column.Name.Contains("secret", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task A_damaged_table_is_left_out_of_lists_of_columns()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("bad", "select 2::bigint as id");
        await workspace.OverwriteAsync("good", "select 2::bigint as id");
        await File.WriteAllTextAsync(
            Path.Combine(workspace.TableFolder("bad"), "_delta_log", "00000000000000000000.json"), "{", Stop);

        Assert.Equal(["good"], await workspace.RowsAsync("select table_name from millrace.table_columns"));
        Assert.Equal(["bad", "good"], await workspace.RowsAsync("select name from millrace.tables order by name"));
    }

    /// <summary>The page is written from the tables: <c>MILLRACE_ACCEPT=1</c> writes it.</summary>
    [Fact]
    public async Task The_page_of_the_system_tables_is_true()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var page = SystemTablePage.Write(workspace.Tables.Sql);
        var path = Path.Combine(Repository.Root, "docs", "guide", "sql-reference.md");

        if (Environment.GetEnvironmentVariable("MILLRACE_ACCEPT") == "1")
            await File.WriteAllTextAsync(path, page, Stop);
        Assert.Equal(page, await File.ReadAllTextAsync(path, Stop));
    }
}
