using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tables.Queries;

namespace Millrace.Tests.TablesRoom.Queries;

public sealed class SqlEngineTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_what_a_query_names_is_opened()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("good", "select 1::bigint as id");
        await workspace.OverwriteAsync("bad", "select 2::bigint as id");
        await File.WriteAllTextAsync(
            Path.Combine(workspace.TableFolder("bad"), "_delta_log", "00000000000000000000.json"), "{", Stop);

        Assert.Equal(["1"], await workspace.RowsAsync("select id from good"));
        await FailsAsync(workspace, "select id from bad", "table-log-damaged");
    }

    [Fact]
    public async Task A_version_is_named_by_its_number_a_time_an_alias_or_its_hash()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var first = await workspace.OverwriteAsync("t", "select 1::bigint as id");
        await workspace.OverwriteAsync("t", "select 2::bigint as id");
        await workspace.Catalog.WriteAsync(
            session => session.Execute(
                "insert into ref (kind, thing, name, version_id, moved_at) values ('table', 't', 'good', @id, 0)",
                ("id", first.Id)),
            Stop);

        Assert.Equal(["2"], await workspace.RowsAsync("select id from t"));
        Assert.Equal(["1"], await workspace.RowsAsync("select id from t@v0"));
        Assert.Equal(["1"], await workspace.RowsAsync("select id from t@good"));
        Assert.Equal(["1"], await workspace.RowsAsync($"select id from t@{first.Hash[..10]}"));
        Assert.Equal(["1"], await workspace.RowsAsync($"select id from t@'{first.CreatedAt.UtcDateTime:O}'"));
        Assert.Equal(["2"], await workspace.RowsAsync("select id from t@2100-01-01"));
        Assert.Equal(["1|2"], await workspace.RowsAsync("select t@v0.id, n.id from t@v0, T as n"));
        await FailsAsync(workspace, "from t@v7", "version-unknown");
        await FailsAsync(workspace, "from t@2001-01-01", "version-unknown");
    }

    [Fact]
    public async Task An_unknown_name_gets_the_nearest_one()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("photos", "select 1::bigint as id");

        Assert.Equal("Did you mean 'photos'?", (await FailsAsync(workspace, "from phots", "table-missing")).Hint);
        Assert.Equal("Did you mean 'photos'?", (await FailsAsync(workspace, "from phots@v1", "table-missing")).Hint);
        Assert.Equal(
            "Did you mean 'millrace.runs'?", (await FailsAsync(workspace, "from millrace.run", "table-missing")).Hint);
        await FailsAsync(workspace, "from elsewhere.photos", "table-missing");
        await FailsAsync(workspace, "from \"it's; drop -- \n\"", "table-missing");
        await FailsAsync(workspace, "from 'data/none.csv'", "file-missing");
    }

    [Fact]
    public async Task A_query_knows_the_versions_that_it_reads()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var old = await workspace.OverwriteAsync("t", "select 1::bigint as id");
        var newest = await workspace.OverwriteAsync("t", "select 2::bigint as id");
        await workspace.OverwriteAsync("other", "select 3::bigint as id");

        using var query = await workspace.Tables.Sql.PrepareAsync(
            "with other as (from t@v0) select * from other join t using (id) where id in (select id from t)",
            new SqlQueryOptions(), Stop);

        Assert.Equal([old.Id, newest.Id], query.Inputs.Select(input => input.Id).Order());
        Assert.Equal(2, (await query.SourcesAsync(Stop)).Count);
    }

    [Fact]
    public async Task A_version_that_another_engine_wrote_is_the_newest()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as id");
        await File.WriteAllTextAsync(
            Path.Combine(workspace.TableFolder("t"), "_delta_log", "00000000000000000001.json"),
            """{"remove":{"path":"PATH","deletionTimestamp":1,"dataChange":true}}""".Replace(
                "PATH", workspace.Tables.OpenAt("t", 0).Files[0].Path, StringComparison.Ordinal)
            + "\n" + """{"commitInfo":{"operation":"DELETE","engineInfo":"Other"}}""", Stop);

        using var query = await workspace.Tables.Sql.PrepareAsync("from t", new SqlQueryOptions(), Stop);

        Assert.Equal(0, query.Session.Value<long>($"select count(*) from ({query.Text})"));
        Assert.Empty(query.Inputs);
        Assert.Equal("t@v1", Assert.Single(await query.SourcesAsync(Stop)).External!.Name);
    }

    [Fact]
    public async Task Views_are_expanded_and_a_view_that_reads_itself_is_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var version = await workspace.OverwriteAsync("t", "select i::bigint as id from range(4) r(i)");
        await workspace.OverwriteAsync("t", "select 9::bigint as id");
        var views = new Dictionary<string, string>
        {
            ["old"] = "select * from t@v0 -- all of them",
            ["even"] = "select id from old where id % 2 = 0",
            ["a"] = "from b",
            ["b"] = "from A",
            ["self"] = "select * from self",
        };
        workspace.Tables.Sql.ViewText = (name, _) => Task.FromResult(views.GetValueOrDefault(name.ToLowerInvariant()));

        Assert.Equal(["0", "2"], await workspace.RowsAsync("select id from even order by id"));
        using var query = await workspace.Tables.Sql.PrepareAsync("from even", new SqlQueryOptions(), Stop);
        Assert.Equal(version.Id, Assert.Single(query.Inputs).Id);
        Assert.Contains("a → b → A", (await FailsAsync(workspace, "from a", "view-cycle")).Message);
        await FailsAsync(workspace, "from self", "view-cycle");
    }

    [Fact]
    public async Task Files_are_read_by_their_path_and_every_value_of_them_counts()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        string Name(string file) => Path.Combine(workspace.Outside, file);
        await File.WriteAllLinesAsync(
            Name("late.jsonl"), Enumerable.Repeat("""{"i":1}""", 29_999).Append("""{"i":1.5,"late":7}"""), Stop);
        await File.WriteAllTextAsync(Name("a.csv"), "id,name\n1,x\n2,\n", Stop);
        await File.WriteAllTextAsync(Name("b.csv"), "id,name\n3,z\n", Stop);
        await File.WriteAllTextAsync(Name("q'uote.csv"), "id\n9\n", Stop);
        await File.WriteAllTextAsync(Name("x.bin"), "?", Stop);

        Assert.Equal(["30000.5|7"], await workspace.RowsAsync($"select sum(i), sum(late) from '{Name("late.jsonl")}'"));
        Assert.Equal(
            ["1|x", "2|null", "3|z"], await workspace.RowsAsync($"select * from '{Name("?.csv")}' order by id"));
        Assert.Equal(["9"], await workspace.RowsAsync($"select * from \"{Name("q'uote.csv")}\""));
        await FailsAsync(workspace, $"from '{Name("x.bin")}'", "file-format");
        await FailsAsync(workspace, $"from '{Name("*")}'", "file-format");
        await FailsAsync(workspace, "from 'https://example.org/a.csv'", "file-format");
        await FailsAsync(workspace, $"from '{workspace.Outside}'", "file-missing");
        await FailsAsync(
            workspace, $"from '{Name("a.csv")}'", "file-denied", new SqlQueryOptions { ReadsFiles = false });
        await FailsAsync(
            workspace, $"from read_csv('{Name("a.csv")}')", "sql-failed", new SqlQueryOptions { ReadsFiles = false });
    }

    [Fact]
    public async Task A_folder_with_a_Delta_log_is_a_table_and_an_object_is_a_file()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 5::bigint as id");
        var csv = workspace.Open.Objects.Put("id,x\n1,2\n"u8);

        Assert.Equal(["5"], await workspace.RowsAsync($"from '{workspace.TableFolder("t")}'"));
        Assert.Equal(["1|2"], await workspace.RowsAsync($"from 'object:{csv}'"));
        await FailsAsync(workspace, $"from 'object:{new string('0', 64)}'", "object-missing");
    }

    [Fact]
    public async Task Files_that_DuckDB_does_not_read_are_made_such_that_it_does()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        string Name(string file) => Path.Combine(workspace.Outside, file);
        using (var query = await workspace.Tables.Sql.PrepareAsync(
            "select i, 'x' as s from range(3000) r(i)", new SqlQueryOptions(), Stop))
        {
            await query.WriteFileAsync(SqlResultFormat.Arrow, Name("a.arrow"), false, Stop);
            await query.SaveAsync("t", cancellationToken: Stop);
        }

        await workspace.Open.Sources.ExportAsync(
            new ExportSettings { Table = "t", Target = Name("b.xlsx") }, cancellationToken: Stop);
        await File.WriteAllTextAsync(Name("c.arrow"), "no Arrow", Stop);

        Assert.Equal(["3000|4498500"], await workspace.RowsAsync($"select count(*), sum(i) from '{Name("a.arrow")}'"));
        Assert.Equal(["3000|4498500"], await workspace.RowsAsync($"select count(*), sum(i) from '{Name("b.xlsx")}'"));
        await FailsAsync(workspace, $"from '{Name("c.arrow")}'", "source-damaged");
    }

    [Fact]
    public async Task Without_leave_to_read_files_tables_are_still_read()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 5::bigint as id");

        using var query = await workspace.Tables.Sql.PrepareAsync(
            "select t.id, s.name from t, millrace.tables s", new SqlQueryOptions { ReadsFiles = false }, Stop);

        Assert.Equal(["5 t"], query.Session.Rows(query.Text, row => $"{row.GetInt64(0)} {row.GetString(1)}"));
    }

    [Fact]
    public async Task A_query_that_shows_tables_shows_those_of_the_workspace()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("b", "select 5::bigint as id");
        await workspace.OverwriteAsync("a", "select 5::bigint as id");

        Assert.Equal(["a", "b"], await workspace.RowsAsync("show tables"));
        Assert.Equal(["id|BIGINT"], await workspace.RowsAsync("select column_name, column_type from (describe a)"));
    }

    [Fact]
    public async Task A_saved_result_has_its_lineage_and_a_failed_one_leaves_nothing()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var source = await workspace.OverwriteAsync("t", "select i::bigint as id from range(9) r(i)");
        await File.WriteAllTextAsync(Path.Combine(workspace.Outside, "f.csv"), "id\n1\n2\n", Stop);

        using (var query = await workspace.Tables.Sql.PrepareAsync(
            $"select t.id, $note as note from t join '{workspace.Outside}/f.csv' f on t.id = f.id -- and so on",
            new SqlQueryOptions { Parameters = [new SqlParameter("note", "it's")] }, Stop))
        {
            var version = await query.SaveAsync("kept", keyColumns: ["id"], cancellationToken: Stop);
            Assert.Equal("table:kept@v0", version.Label);
            var why = await workspace.Lineage.WhyAsync(version.Id, cancellationToken: Stop);
            Assert.Equal(
                [source.Label, $"file:{workspace.Outside}/f.csv@v1"], why.Next.Select(node => node.Version.Label));
            Assert.Equal("sql/kept", why.Run!.Name);
        }

        Assert.Equal(["1|it's", "2|it's"], await workspace.RowsAsync("from kept order by id"));
        using var bad = await workspace.Tables.Sql.PrepareAsync(
            "select 1::bigint as id from range(2)", new SqlQueryOptions(), Stop);
        await Assert.ThrowsAsync<MillraceException>(
            () => bad.SaveAsync("kept", TableMode.Append, ["id"], Stop));
        Assert.Equal(["2"], await workspace.RowsAsync("select count(*) from kept"));
        Assert.Equal(
            ["failed|sql/kept"],
            await workspace.RowsAsync("select outcome, name from millrace.runs where outcome = 'failed'"));
    }

    [Fact]
    public async Task A_session_of_the_callers_own_may_be_used_again()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as id");
        using var session = workspace.Tables.OpenSession();
        session.Execute("create temp table mine as select 1::bigint as id", Stop);
        var options = new SqlQueryOptions { Session = session };

        using (var query = await workspace.Tables.Sql.PrepareAsync("from t join mine using (id)", options, Stop))
            Assert.Equal([1L], session.Rows(query.Text, row => row.GetInt64(0)));
        await workspace.OverwriteAsync("t", "select 2::bigint as id");
        using (var query = await workspace.Tables.Sql.PrepareAsync("from t, millrace.tables", options, Stop))
            Assert.Equal([2L], session.Rows(query.Text, row => row.GetInt64(0)));
        using (await workspace.Tables.Sql.PrepareAsync("from millrace.tables where sample_hash(1) < 1", options, Stop))
            Assert.Equal(1L, session.Value<long>("select count(*) from t"));
    }

    [Fact]
    public async Task Statements_that_do_more_than_read_run_when_the_settings_allow_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as id");
        var target = Path.Combine(workspace.Outside, "copied.csv");
        var copy = $"copy (select * from T@v0 union all select id + 1 from t) to '{target}' (format csv)";
        var failure = await FailsAsync(workspace, copy, "sql-statement");
        Assert.Contains("sql: allow: [copy]", failure.Hint, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Path.Combine(workspace.Folder, "millrace.yaml"), "sql:\n  allow: [COPY]\n", Stop);
        await workspace.DieAndOpenAsync();

        using (var query = await workspace.Tables.Sql.PrepareAsync(copy, new SqlQueryOptions(), Stop))
        {
            Assert.True(query.IsStatement);
            query.Execute(Stop);
        }

        Assert.Equal("id\n1\n2\n", await File.ReadAllTextAsync(target, Stop));
        await FailsAsync(workspace, "install httpfs", "sql-statement");
        await FailsAsync(workspace, "from enable_logging()", "sql-function");
    }

    static async Task<MillraceException> FailsAsync(
        TestWorkspace workspace, string sql, string code, SqlQueryOptions? options = null)
    {
        var failure = await Assert.ThrowsAsync<MillraceException>(async () =>
        {
            using var query = await workspace.Tables.Sql.PrepareAsync(sql, options ?? new SqlQueryOptions(), Stop);
            query.Session.Rows(query.Text, _ => 0);
        });
        Assert.Equal(code, failure.Code);
        return failure;
    }
}
