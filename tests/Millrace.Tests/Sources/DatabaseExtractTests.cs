using Microsoft.Data.Sqlite;
using Millrace.Pipelines;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

public sealed class DatabaseExtractTests
{
    static readonly DateTimeOffset Until = DateTimeOffset.UnixEpoch.AddSeconds(1_773_532_800); // 2026-03-15

    [Fact]
    public async Task Each_night_takes_only_the_new_rows()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Fill(workspace, "(1, '2026-03-13 10:00:00', 1.5)", "(2, '2026-03-14 10:00:00', null)", "(3, '2026-03-15', 2)");

        var first = await ExtractAsync(workspace, Until);
        var again = await ExtractAsync(workspace, Until);
        var next = await ExtractAsync(workspace, Until.AddDays(1));

        Assert.Equal(
            ["1|2026-03-13 10:00:00+00|1.5", "2|2026-03-14 10:00:00+00|null", "3|2026-03-15 00:00:00+00|2.0"],
            await RowsAsync(workspace));
        Assert.Equal(first.Versions, again.Versions);
        Assert.Equal(first.Sources[0].Hash, again.Sources[0].Hash);
        Assert.Equal(1, next.Versions[0].Number);
        Assert.Contains("\"rowsWritten\":1", next.Versions[0].Summary);
        Assert.NotEqual(first.Sources[0].Hash, next.Sources[0].Hash);
    }

    [Fact]
    public async Task A_row_with_the_very_time_of_the_newest_one_is_taken_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Fill(workspace, "(1, '2026-03-14T10:00:00.123456Z', 1)");
        await ExtractAsync(workspace, Until);

        Fill(workspace, "(2, '2026-03-14T10:00:00.123456Z', 2)");
        await ExtractAsync(workspace, Until);

        Assert.Equal(["1", "2"], await workspace.RowsAsync("select id from photos order by id"));
    }

    [Fact]
    public async Task A_bound_leaves_out_its_own_moment()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Fill(workspace, "(1, '2026-03-14 23:59:59.999', 1)", "(2, '2026-03-15 00:00:00', 1)");

        await ExtractAsync(workspace, Until);

        Assert.Equal(["1"], await workspace.RowsAsync("select id from photos"));
    }

    [Theory]
    [InlineData("2026-03-14 10:00:00", "2026-03-14 10:00:00+00")]
    [InlineData("2026-03-14T10:00:00Z", "2026-03-14 10:00:00+00")]
    [InlineData("2026-03-14T12:00:00+02:00", "2026-03-14 10:00:00+00")]
    [InlineData("2026-03-14 10:00:00.123456", "2026-03-14 10:00:00.123456+00")]
    [InlineData("2026-03-14", "2026-03-14 00:00:00+00")]
    public async Task Times_of_the_usual_forms_are_read_as_UTC(string text, string time)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Fill(workspace, $"(1, '{text}', 1)");

        await ExtractAsync(workspace, Until);

        Assert.Equal([time], await workspace.RowsAsync("select cast(posted_at as varchar) from photos"));
    }

    [Theory]
    [InlineData("(7, 'yesterday', 1)", "posted_at", "'yesterday'")]
    [InlineData("(7, '2026/03/14', 1)", "posted_at", "'2026/03/14'")]
    [InlineData("(7, null, 1)", "posted_at", "empty")]
    [InlineData("(7, '2026-03-14', 'cheap')", "price", "'cheap'")]
    [InlineData("(7, '2026-03-14', x'0102')", "price", "2 bytes")]
    public async Task A_wrong_value_is_named_with_key_and_column_and_nothing_is_loaded(
        string row, string column, string value)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Fill(workspace, "(1, '2026-03-13', 1)", row);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => ExtractAsync(workspace, Until));

        Assert.Equal("source-value", failure.Code);
        Assert.Contains($"'{column}'", failure.Message);
        Assert.Contains($"id = 7 is {value}", failure.Message);
        Assert.Null(workspace.Log("photos"));
    }

    [Fact]
    public async Task Bytes_are_not_turned_into_the_name_of_a_type()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Execute(workspace, "create table photos (id integer, posted_at text, price text)");
        Execute(workspace, "insert into photos values (7, '2026-03-14', x'010203')");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => ExtractAsync(workspace, Until));

        Assert.Contains("3 bytes", failure.Message);
    }

    [Fact]
    public async Task A_missing_column_is_named_beside_those_that_are_there()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Fill(workspace);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => ExtractAsync(workspace, Until, ["id", "posted_at", "title"]));

        Assert.Equal("source-column-missing", failure.Code);
        Assert.Contains("'title'", failure.Message);
        Assert.Contains("id, posted_at, price", failure.Message);
    }

    [Fact]
    public async Task A_missing_file_or_table_is_told_and_no_file_is_made()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var missing = await Assert.ThrowsAsync<MillraceException>(() => ExtractAsync(workspace, Until));
        Assert.Equal("source-unavailable", missing.Code);
        Assert.False(File.Exists(Database(workspace)));

        Execute(workspace, "create table other (id integer)");
        Assert.Contains(
            "photos", (await Assert.ThrowsAsync<MillraceException>(() => ExtractAsync(workspace, Until))).Message);
    }

    [Fact]
    public async Task Names_with_quotes_are_only_names()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Execute(workspace, "create table \"pho\"\"tos\" (\"i\"\"d\" integer, \"t; drop\" text)");
        Execute(workspace, "insert into \"pho\"\"tos\" values (1, '2026-03-14')");
        var pipeline = Pipeline.Create("night", []);
        pipeline.Extract("photos", new(
            SourceDatabase.Parse($"sqlite:{Database(workspace)}"), "pho\"tos", "i\"d", "t; drop", Until,
            ["i\"d", "t; drop"]));

        await workspace.RunTaskAsync(pipeline, "photos");

        Assert.Equal(["1"], await workspace.RowsAsync("select \"i\"\"d\" from photos"));
    }

    [Theory]
    [InlineData("mysql:x")]
    [InlineData("")]
    [InlineData("postgres:Nonsense=1")]
    public void A_connection_that_can_not_be_read_is_refused(string text) => Assert.Equal(
        "source-connection", Assert.Throws<MillraceException>(() => SourceDatabase.Parse(text)).Code);

    [Fact]
    public void The_name_of_a_database_holds_no_password() => Assert.Equal(
        "db.example/site",
        SourceDatabase.Parse("postgres:Host=db.example;Database=site;Username=me;Password=secret").Name);

    static string Database(TestWorkspace workspace) => Path.Join(workspace.Outside, "site.db");

    static void Fill(TestWorkspace workspace, params string[] rows)
    {
        Execute(workspace, "create table if not exists photos (id integer primary key, posted_at text, price real)");
        if (rows.Length > 0) Execute(workspace, $"insert into photos values {string.Join(", ", rows)}");
    }

    static void Execute(TestWorkspace workspace, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database(workspace)};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    static Task<TaskOutcome> ExtractAsync(TestWorkspace workspace, DateTimeOffset until, string[]? columns = null)
    {
        var pipeline = Pipeline.Create("night", []);
        pipeline.Extract("photos", new(
            SourceDatabase.Parse($"sqlite:{Database(workspace)}"), "photos", "id", "posted_at", until,
            columns ?? ["id", "posted_at", "price"]));
        return workspace.RunTaskAsync(pipeline, "photos");
    }

    static Task<List<string>> RowsAsync(TestWorkspace workspace) => workspace.RowsAsync(
        "select cast(id as varchar), cast(posted_at as varchar), cast(price as varchar) from photos order by id");
}
