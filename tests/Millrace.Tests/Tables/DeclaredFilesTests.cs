namespace Millrace.Tests.TablesRoom;

/// <summary>Large files, whose columns DuckDB takes from their footers when they are those of the table.</summary>
public sealed class DeclaredFilesTests
{
    const string Many = "select i::int as id, 'n' || (i % 10) as name from range(60000) t(i)";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_that_are_as_the_table_declares_are_read_with_their_statistics()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Many, new(), cancellationToken: Stop);

        Assert.DoesNotContain("c0", Scan(workspace), StringComparison.Ordinal);
        Assert.Equal(
            ["60000|1799970000|10"],
            await workspace.RowsAsync("select count(*), sum(id), count(distinct name) from t"));
    }

    [Fact]
    public async Task Files_from_before_a_column_came_or_was_widened_are_mapped()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Many, new(), cancellationToken: Stop);
        await workspace.Tables.Editor.WriteAsync(
            "t", "select i::int as id, 'm' as name, 0.5 as rating from range(60000, 120000) t(i)",
            new() { AddsColumns = true }, cancellationToken: Stop);

        Assert.Contains("c0 AS id", Scan(workspace), StringComparison.Ordinal);
        Assert.Equal(
            ["120000|60000|11"],
            await workspace.RowsAsync("select count(*), count(rating), count(distinct name) from t"));
    }

    [Fact]
    public async Task A_column_that_is_called_as_what_a_scan_adds_keeps_its_values()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync(
            "t", "select i as file_row_number, 7 as file_index from range(60000) t(i)", new(), cancellationToken: Stop);

        await workspace.Tables.Editor.DeleteAsync("t", "file_row_number % 2 = 1", cancellationToken: Stop);

        Assert.Equal(
            ["30000|899970000|7"],
            await workspace.RowsAsync("select count(*), sum(file_row_number), max(file_index) from t"));
    }

    [Fact]
    public async Task A_frame_sees_nothing_of_the_one_before_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var frames = workspace.Tables.Frames;

        var failed = await Assert.ThrowsAsync<MillraceException>(
            () => frames.Sql("select error('no') as x from range(3)").ToListAsync(row => row.Text(0), Stop));
        Assert.Equal("sql-failed", failed.Code);
        Assert.Equal(3, await frames.Sql("select 1 from a", ("a", frames.Range(3))).CountAsync(Stop));
        await Assert.ThrowsAsync<MillraceException>(() => frames.Sql("select 1 from a").CountAsync(Stop));
        var counts = await Task.WhenAll(Enumerable.Range(1, 8).Select(
            i => frames.Sql("select 1 from a", ("a", frames.Range(i))).CountAsync(Stop)));
        Assert.Equal(Enumerable.Range(1, 8).Select(i => (long)i), counts);
    }

    static string Scan(TestWorkspace workspace)
    {
        using var session = workspace.Tables.OpenSession();
        session.Attach("t", workspace.Log("t")!);
        return session.Value<string>("select sql from duckdb_views() where view_name = 't'")!;
    }
}
