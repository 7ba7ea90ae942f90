using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tests.CatalogRoom;
using Millrace.Tests.TablesRoom;
using Npgsql;

namespace Millrace.Tests.SourcesRoom;

/// <summary>Rows out of a real PostgreSQL server and into it, each test in a schema of its own.</summary>
public sealed class PostgresSourceTests(SharedPostgres postgres) : IAsyncLifetime
{
    readonly string _schema = $"shop_{Guid.NewGuid():N}"[..20];
    string _connection = "";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    SourceDatabase Database => SourceDatabase.Parse($"postgres:{_connection}", _schema);

    public async ValueTask InitializeAsync()
    {
        _connection = (await postgres.Server).Connection;
        await SqlAsync($"create schema {_schema}");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_type_comes_as_it_is()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync(
            "create type mood as enum ('sad', 'größe')", "create domain price as numeric(10,2)",
            "create type pair as (a int, b text)",
            """
            create table t (id int, b bool, s smallint, l bigint, r real, d double precision, n numeric(10,2),
                m numeric, x text, v varchar(10), c char(3), da date, ti time, ts timestamp, tz timestamptz, i interval,
                u uuid, j json, jb jsonb, e mood, p price, ip inet, ra int4range, co pair, by bytea)
            """,
            """
            insert into t values (1, true, -3, 9007199254740993, 1.5, 'NaN', -12.30, 1.25, 'größe 🐈', 'v', 'c',
                '0001-01-01', '10:00:00.5', '2026-03-01 10:00:00.123456', '2026-03-01 10:00:00+02', '1 day 2 hours',
                '00112233-4455-6677-8899-aabbccddeeff', '{"a" : 1}', '{"b":[1,  2]}', 'größe', 3.5,
                '10.0.0.1/8', '[1,5)', (7, 'x'), '\x010203')
            """,
            "insert into t (id, m) values (2, 100)");

        var report = await TakeAsync(workspace, "t");

        Assert.Equal((2, 2), (report.Records, report.Rows));
        Assert.Equal(
            "id integer, b boolean, s short, l long, r float, d double, n decimal(10,2), m decimal(5,2), x string, "
            + "v string, c string, da date, ti string, ts timestamp, tz timestamp, i string, u string, j string, "
            + "jb string, e string, p decimal(10,2), ip string, ra string, co string, by string",
            string.Join(", ", report.Columns.Select(column => $"{column.Name} {column.Type}")));
        var columns = report.Columns.Where(column => column.Name != "by").Select(column => $"{column.Name}::varchar");
        Assert.Equal(
            ["1|true|-3|9007199254740993|1.5|nan|-12.30|1.25|größe 🐈|v|c  |0001-01-01|10:00:00.5|"
                + "2026-03-01 10:00:00.123456+00|2026-03-01 08:00:00+00|P1DT2H|00112233-4455-6677-8899-aabbccddeeff|"
                + "{\"a\" : 1}|{\"b\": [1, 2]}|größe|3.50|10.0.0.1/8|[1,5)|(7,x)",
                "2|null|null|null|null|null|null|100.00" + string.Concat(Enumerable.Repeat("|null", 16))],
            await workspace.RowsAsync($"select {string.Join(", ", columns)} from t order by id"));
        var url = (await workspace.RowsAsync("select \"by\" from t where id = 1"))[0];
        Assert.True(ObjectUrl.TryParse(url, out var hash));
        Assert.Equal(ContentHash.Of([1, 2, 3]), hash);
    }

    [Fact]
    public async Task Lists_come_as_lists_and_lists_of_lists_go_to_the_quarantine()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync(
            "create table t (id int, a int[], f real[], x text[], n numeric[], b bool[])",
            "insert into t values (1, '{1,null,3}', '{1.5}', '{a,\"b,c\",null}', '{1.50}', '{t,f}'), "
            + "(2, '{}', null, '{}', null, null), (3, '{{1,2},{3,4}}', null, null, null, null), "
            + "(4, '[0:1]={1,2}', null, null, null, null)");

        var report = await TakeAsync(workspace, "t");

        Assert.Equal((4, 2, 2), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            "id integer, a array<integer>, f array<float>, x array<string>, n array<string>, b array<boolean>",
            string.Join(", ", report.Columns.Select(column => $"{column.Name} {column.Type}")));
        Assert.Equal(
            ["1|[1, NULL, 3]|[1.5]|[a, 'b,c', NULL]|[1.50]|[true, false]", "2|[]|null|[]|null|null"],
            await workspace.RowsAsync(
                "select id, a::varchar, f::varchar, x::varchar, n::varchar, b::varchar from t order by id"));
        Assert.Equal(
            ["3|a|{\"dimensions\":[2,2],\"first\":[1,1],\"elements\":[1,2,3,4]}",
                "4|a|{\"dimensions\":[2],\"first\":[0],\"elements\":[1,2]}"],
            await workspace.RowsAsync(
                "select line, column_name, raw::json->>'a' from \"t$quarantine\" order by line"));
    }

    [Fact]
    public async Task What_a_table_can_not_hold_goes_to_the_quarantine_with_its_reason()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync(
            "create table t (id int, n numeric(5,1), m numeric, da date, ts timestamptz)",
            "insert into t values (1, 'NaN', 1, null, null), (2, 1, 'Infinity', null, null), "
            + "(3, 1, 1.5, 'infinity', null), (4, 1, 1.5, null, '-infinity'), (5, 1, 1.5, '0044-03-15 BC', null), "
            + "(6, 1.5, 2.25, '2026-01-01', '20000-01-01'), (7, 1, 1, '9999-12-31', '9999-12-31 23:59:59.999999+00')");

        var report = await TakeAsync(workspace, "t");

        Assert.Equal((7, 1, 6), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["1|n|NaN does not fit the type decimal(5,1)", "2|m|Infinity does not fit the type decimal(3,2)",
                "3|da|it is infinite, or of a year that is not from 1 to 9999",
                "4|ts|it is infinite, or of a year that is not from 1 to 9999",
                "5|da|it is infinite, or of a year that is not from 1 to 9999",
                "6|ts|it is infinite, or of a year that is not from 1 to 9999"],
            await workspace.RowsAsync("select line, column_name, reason from \"t$quarantine\" order by line"));
        Assert.Equal(
            ["infinity"], await workspace.RowsAsync("select raw::json->>'da' from \"t$quarantine\" where line = 3"));
    }

    [Fact]
    public async Task Numbers_of_any_size_are_texts_when_38_digits_do_not_do()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync(
            "create table t (n numeric)", "insert into t values (1e30), (1e-20)");

        var report = await TakeAsync(workspace, "t");

        Assert.Equal("string", report.Columns[0].Type);
        Assert.Equal(
            ["0.00000000000000000001", "1000000000000000000000000000000"],
            await workspace.RowsAsync("select n from t order by n"));
    }

    [Fact]
    public async Task A_cursor_of_times_takes_late_rows_and_none_twice()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync(
            "create table t (id int, at timestamptz)",
            "insert into t values (1, '2026-03-01 10:00:00.000001+00'), (2, '2026-03-01 11:00:00.5+00')");
        await TakeNewAsync();

        var nothing = await TakeNewAsync();
        await SqlAsync(
            "insert into t values (3, '2026-03-01 11:00:00.5+00'), (4, '2026-03-01 10:30:00+00'), "
            + "(5, '2026-03-01 12:00:00+00'), (6, '2026-03-01 01:00:00+00'), (7, null)");
        var next = await TakeNewAsync();

        Assert.Null(nothing.Version);
        Assert.NotNull(next.Version);
        Assert.Equal(["1", "2", "3", "4", "5", "7"], await workspace.RowsAsync("select id from t order by id"));

        Task<IngestReport> TakeNewAsync() => TakeAsync(
            workspace, "t", settings => settings with { Cursor = "at", Lookback = "1h" });
    }

    [Fact]
    public async Task A_cursor_with_a_key_replaces_what_changed()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync(
            "create table t (id int primary key, version bigint, v text)",
            "insert into t values (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')");
        await TakeNewAsync();
        await SqlAsync("update t set v = 'A', version = 4 where id = 1", "insert into t values (4, 5, 'd')");

        var next = await TakeNewAsync();

        Assert.Equal(3, next.Records);
        Assert.Equal(["1|A", "2|b", "3|c", "4|d"], await workspace.RowsAsync("select id, v from t order by id"));

        Task<IngestReport> TakeNewAsync() => TakeAsync(
            workspace, "t", settings => settings with { Cursor = "version", KeyColumns = ["id"] });
    }

    [Fact]
    public async Task Tables_of_one_command_come_from_one_state()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync(
            "create table a (x int)", "create table b (x int)", "insert into a values (1)", "insert into b values (1)");

        var reports = await workspace.Open.Sources.IngestDatabaseAsync(
            new DatabaseIngestSettings { Database = Database, TakesAllTables = true }, null, Stop);

        Assert.Equal(["a", "b"], reports.Select(report => report.Table));
        Assert.Single(reports.Select(report => report.Version!.RunId).Distinct());
    }

    [Theory]
    [InlineData("select 1 as a, 2 as \"A\"", "column-twice")]
    [InlineData("select 1 as a) as q; create table gone (x int); select * from (select 2 as b", "source-failed")]
    [InlineData("select nothing", "source-failed")]
    [InlineData("select pg_notify('a', 'b')", "type-unsupported,source-failed,ok")]
    public async Task A_query_only_reads(string query, string codes)
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        string code;
        try
        {
            await TakeAsync(workspace, "t", settings => settings with { Query = query, Into = "q" });
            code = "ok";
        }
        catch (MillraceException exception)
        {
            code = exception.Code;
        }

        Assert.Contains(code, codes.Split(','));
        Assert.Equal(0L, await ValueAsync(
            $"select count(*) from pg_class where relname = 'gone' and relnamespace = '{_schema}'::regnamespace"));
    }

    [Fact]
    public async Task A_query_of_joined_tables_is_a_source_of_its_own()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync("create table t (id int)", "insert into t select generate_series(1, 3)");

        var report = await TakeAsync(workspace, "t", settings => settings with
        {
            Query = $"select a.id, b.id as other, now() - now() as span from {_schema}.t a, {_schema}.t b -- all",
            Into = "q",
        });

        Assert.Equal(9, report.Rows);
        Assert.Equal(["9|PT0S"], await workspace.RowsAsync("select count(*), min(span) from q"));
    }

    [Fact]
    public async Task Neither_lineage_nor_errors_hold_the_password()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync("create table t (id int)", "insert into t values (1)");
        await TakeAsync(workspace, "t");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => TakeAsync(workspace, "missing"));

        Assert.DoesNotContain("a;b", failure.Message + failure.Hint);
        Assert.Equal(0, await workspace.CountAsync(
            "select (select count(*) from version where name like '%a;b%' or summary like '%a;b%') "
            + "+ (select count(*) from run where parameters like '%a;b%')"));
        var version = (await workspace.Lineage.VersionsAsync("table", "t", Stop))[0];
        Assert.Contains($"/{_schema}.t", version.Summary);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_taken_is_written_back_as_it_was(bool isThere)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var columns = "id int, b bool, s smallint, l bigint, r real, d double precision, n numeric(10,2), x text, "
            + "da date, tz timestamptz, j json, a int[], t text[]";
        await SqlAsync(
            $"create table one ({columns})",
            """
            insert into one values (1, true, -3, 9007199254740993, 1.5, 'NaN', -12.30, 'größe', '0001-01-01',
                '2026-03-01 10:00:00.123456+00', '{"a" : 1}', '{1,null,3}', '{"a,b",null,""}'),
                (2, null, null, null, null, null, 0, '', null, null, null, '{}', null), (3, false, 0, 0, '-Infinity',
                0, 99999999.99, null, '9999-12-31', '0001-01-01 00:00:00+00', null, null, null)
            """);
        await TakeAsync(workspace, "one");
        if (isThere)
        {
            await SqlAsync(
                "create table two (id bigint, b bool, s int, l numeric, r double precision, d double precision, "
                + "n numeric(12,4), x varchar(20), da date, tz timestamp, j jsonb, a bigint[], t text[])");
        }

        await ExportAsync(workspace, "one", "two");
        await ExportAsync(workspace, "one", "two", settings => settings with { Replaces = true });

        var shown = "id, b, s, l, r, d, n::numeric(10,2), x, da, tz::timestamp, j::jsonb::text, a::text, t::text";
        Assert.Equal(0L, await ValueAsync(
            $"set timezone = 'UTC'; select count(*) from (select {shown} from {_schema}.one except all "
            + $"select {shown} from {_schema}.two) q"));
        Assert.Equal(3L, await ValueAsync($"select count(*) from {_schema}.two"));
    }

    [Fact]
    public async Task An_export_with_a_key_replaces_and_inserts()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "id,v\n1,a\n2,b\n");
        workspace.WriteFile("b.csv", "id,v\n2,B\n3,c\n");
        await workspace.IngestAsync("t", "a.csv");
        await ExportAsync(workspace, "t", "t", settings => settings with { KeyColumns = ["id"] });
        await workspace.IngestAsync("t", "b.csv", settings => settings with { Mode = TableMode.Overwrite });

        await ExportAsync(workspace, "t", "t", settings => settings with { KeyColumns = ["id"] });

        Assert.Equal("1a,2B,3c", await ValueAsync($"select string_agg(id || v, ',' order by id) from {_schema}.t"));
    }

    [Theory]
    [InlineData("id int, v text check (v <> 'b')", "source-failed")]
    [InlineData("id int, v date", "export-type")]
    [InlineData("id int", "export-type")]
    [InlineData("id int, v varchar(0)", null)]
    public async Task An_export_that_does_not_fit_leaves_nothing(string columns, string? code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "id,v\n1,a\n2,b\n");
        await workspace.IngestAsync("t", "a.csv");
        if (code is null)
        {
            columns = columns.Replace("(0)", "(1)", StringComparison.Ordinal) + ", primary key (id)";
        }

        await SqlAsync($"create table t ({columns})", "insert into t (id) values (3)");

        if (code is null)
        {
            await ExportAsync(workspace, "t", "t");
            Assert.Equal(3L, await ValueAsync($"select count(*) from {_schema}.t"));
            code = "source-failed";
        }

        var failure = await Assert.ThrowsAsync<MillraceException>(() => ExportAsync(workspace, "t", "t"));
        Assert.Equal(code, failure.Code);
        Assert.True((long)(await ValueAsync($"select count(*) from {_schema}.t"))! is 1 or 3);
    }

    [Fact]
    public async Task A_pipeline_extracts_new_rows_each_night()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await SqlAsync(
            "create table photos (id int, posted_at timestamp, price numeric(10,2), ok bool, note text)",
            "insert into photos values (1, '2026-03-13 10:00', 1.5, true, 'x'), "
            + "(2, '2026-03-14 10:00:00.123456', null, null, null), (3, '2026-03-15', 2, false, '')");

        await ExtractAsync(workspace, 15);
        await ExtractAsync(workspace, 16);

        Assert.Equal(
            ["1|2026-03-13 10:00:00+00|1.5|True|x", "2|2026-03-14 10:00:00.123456+00|null|null|null",
                "3|2026-03-15 00:00:00+00|2.0|False|"],
            await workspace.RowsAsync(
                "select id, posted_at::varchar, price::varchar, ok, note from photos order by id"));
        Assert.Equal(1, workspace.Log("photos")!.Version);
        await SqlAsync("insert into photos values (4, null, 1, true, 'y')");
        var failure = await Assert.ThrowsAsync<MillraceException>(() => ExtractAsync(workspace, 17));
        Assert.Contains("id = 4 is empty, which is no timestamp", failure.Message);
    }

    async Task ExtractAsync(TestWorkspace workspace, int day)
    {
        var pipeline = Pipeline.Create("night", []);
        pipeline.Extract("photos", new(
            Database, "photos", "id", "posted_at", new DateTimeOffset(2026, 3, day, 0, 0, 0, TimeSpan.Zero),
            ["id", "posted_at", "price", "ok", "note"]));
        await workspace.RunTaskAsync(pipeline, "photos");
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_leaves_nothing()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await FillAsync();
        var broken = new AtFirstRow(() => Sql(
            $"select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy (%{_schema}%'"));

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Open.Sources.IngestDatabaseAsync(Settings("big"), broken, Stop));

        Assert.Equal("source-unavailable", failure.Code);
        AssertNothing(workspace);
        Assert.Equal(60_000, (await TakeAsync(workspace, "big")).Rows);
    }

    [Fact]
    public async Task An_ingest_that_is_cancelled_leaves_nothing_and_ends_the_query()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await FillAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => workspace.Open.Sources.IngestDatabaseAsync(
            Settings("big"), new AtFirstRow(stop.Cancel), stop.Token));

        AssertNothing(workspace);
        Assert.Equal(0L, await ValueAsync(
            "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() "
            + $"and query like 'copy (%{_schema}%'"));
    }

    // More than what is read ahead.
    Task FillAsync() => SqlAsync(
        "create table big (id int, x text)",
        "insert into big select i, repeat(i::text || ' ', 300) from generate_series(1, 60000) i");

    static void AssertNothing(TestWorkspace workspace)
    {
        Assert.Null(workspace.Log("big"));
        Assert.Empty(Directory.GetFiles(workspace.TableFolder("big"), "*.parquet"));
    }

    DatabaseIngestSettings Settings(string table) => new() { Database = Database, Tables = [table] };

    void Sql(string sql)
    {
        using var connection = new NpgsqlConnection(_connection);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Does something when the first rows were read.</summary>
    sealed class AtFirstRow(Action act) : IProgress<IngestProgress>
    {
        bool _isDone;

        public void Report(IngestProgress value)
        {
            if (value.Rows > 0 && !_isDone)
            {
                _isDone = true;
                act();
            }
        }
    }

    Task<ExportReport> ExportAsync(
        TestWorkspace workspace, string table, string target, Func<ExportSettings, ExportSettings>? change = null)
    {
        var settings = new ExportSettings { Table = table, Target = $"postgres:{_connection}#{_schema}.{target}" };
        return workspace.Open.Sources.ExportAsync(change?.Invoke(settings) ?? settings, null, Stop);
    }

    async Task<IngestReport> TakeAsync(
        TestWorkspace workspace, string table, Func<DatabaseIngestSettings, DatabaseIngestSettings>? change = null)
    {
        var settings = Settings(table);
        return Assert.Single(await workspace.Open.Sources.IngestDatabaseAsync(
            change?.Invoke(settings) ?? settings, null, Stop));
    }

    async Task SqlAsync(params string[] statements)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync(Stop);
        foreach (var sql in statements)
        {
            await using var command = new NpgsqlCommand($"set search_path to {_schema}, public; {sql}", connection);
            await command.ExecuteNonQueryAsync(Stop);
        }
    }

    async Task<object?> ValueAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync(Stop);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Stop);
    }
}
