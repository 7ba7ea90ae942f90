using System.Text.Json;
using Millrace.Tables;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom;

public sealed class TableStageTests : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly SqlSession _session;

    public TableStageTests() => _session = new SqlSession(_scratch.Path);

    public void Dispose()
    {
        _session.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void The_same_rows_give_the_same_bytes()
    {
        const string Rows =
            """
            select (i * 7919) % 5000 as id, i / 3.0 as x, 'text ' || i as text, [i::float, null] as list,
                   timestamptz '2026-01-01' + interval (i) second as time
            from range(5000) t(i)
            """;

        var first = Stage(Rows, "id").Files[0];
        var second = Stage($"select * from ({Rows}) order by text desc", "id").Files[0];

        Assert.Equal(first.Hash, second.Hash);
        Assert.NotEqual(first.Path, second.Path);
        Assert.Equal(first.SizeBytes, new FileInfo(PathOf(first)).Length);
    }

    [Fact]
    public void Decimals_without_digits_before_the_point_have_bounds()
    {
        var file = Stage("select unnest([0.01, -0.25])::decimal(2,2) as d").Files[0];

        using var json = JsonDocument.Parse(file.Statistics);
        Assert.Equal(-0.25m, json.RootElement.GetProperty("minValues").GetProperty("d").GetDecimal());
        Assert.Equal(0.01m, json.RootElement.GetProperty("maxValues").GetProperty("d").GetDecimal());
    }

    [Fact]
    public void Rows_come_in_the_order_of_the_key()
    {
        var staged = Stage("select * from (values (2, 'b'), (1, 'z'), (2, 'a'), (1, 'y')) t(n, s)", "n", "s");

        Assert.Equal(["1y", "1z", "2a", "2b"], Read(staged, "n || s"));
    }

    [Fact]
    public void Without_a_key_the_order_of_the_query_is_kept()
    {
        var staged = Stage("select * from (values (2), (1), (2), (3)) t(n)");

        Assert.Equal(["2", "1", "2", "3"], Read(staged, "n"));
    }

    [Fact]
    public void Two_rows_with_one_key_are_refused_with_the_key()
    {
        var failure = Fails("duplicate-key", "select * from (values (1, 'a'), (1, 'a'), (2, 'b')) t(n, s)", "n", "s");

        Assert.Contains("n, s: 1,a (2 times)", failure.Message);
        Assert.Empty(Directory.EnumerateFiles(_scratch["t"]));
    }

    [Fact]
    public void Two_empty_keys_are_one_key_too() =>
        Fails("duplicate-key", "select * from (values (null), (null)) t(n)", "n");

    [Fact]
    public void A_key_that_is_not_selected_is_named()
    {
        var failure = Fails("key-missing", "select 1 as a, 2 as b", "c");

        Assert.Contains("'c'", failure.Message);
        Assert.Contains("a, b", failure.Hint);
    }

    [Fact]
    public void Two_columns_of_one_name_are_refused() => Fails("column-twice", "select 1 as a, 2 as A");

    [Theory]
    [InlineData("1::tinyint", "byte")]
    [InlineData("1::smallint", "short")]
    [InlineData("1::integer", "integer")]
    [InlineData("1::bigint", "long")]
    [InlineData("1::hugeint", "long")]
    [InlineData("1::utinyint", "short")]
    [InlineData("1::usmallint", "integer")]
    [InlineData("1::uinteger", "long")]
    [InlineData("1::ubigint", "long")]
    [InlineData("1::uhugeint", "long")]
    [InlineData("1::float", "float")]
    [InlineData("1::double", "double")]
    [InlineData("true", "boolean")]
    [InlineData("1::decimal(9,2)", "decimal(9,2)")]
    [InlineData("1::decimal(38,0)", "decimal(38,0)")]
    [InlineData("'a'", "string")]
    [InlineData("'a'::enum('a', 'b]')", "string")]
    [InlineData("uuid '00000000-0000-0000-0000-000000000001'", "string")]
    [InlineData("time '01:02:03'", "string")]
    [InlineData("interval 1 day", "string")]
    [InlineData("'{}'::json", "string")]
    [InlineData("'ab'::blob", "binary")]
    [InlineData("date '2026-01-01'", "date")]
    [InlineData("timestamp '2026-01-01'", "timestamp")]
    [InlineData("timestamp_s '2026-01-01'", "timestamp")]
    [InlineData("timestamp_ms '2026-01-01'", "timestamp")]
    [InlineData("timestamp_ns '2026-01-01'", "timestamp")]
    [InlineData("timestamptz '2026-01-01'", "timestamp")]
    [InlineData("[1.5::float]", "array<float>")]
    [InlineData("[1.5::float]::float[1]", "array<float>")]
    [InlineData("[['a']]", "array<array<string>>")]
    [InlineData("[1::decimal(9,2)]", "array<decimal(9,2)>")]
    public void Each_type_has_its_place(string value, string type)
    {
        var staged = Stage($"select {value} as value");

        Assert.Equal(type, staged.Schema.Columns[0].Type);
        Assert.Equal(["1"], Read(staged, "count(value)"));
    }

    [Theory]
    [InlineData("'1'::bit", "BIT")]
    public void A_type_that_Delta_does_not_have_is_refused_with_its_column(string value, string type)
    {
        var failure = Fails("type-unsupported", $"select 1 as id, {value} as payload");

        Assert.Contains(type, failure.Message);
        Assert.Contains("'payload'", failure.Message);
    }

    [Fact]
    public void A_number_that_is_too_large_for_the_table_is_refused() =>
        Fails("sql-failed", "select 18446744073709551615::ubigint as n");

    [Fact]
    public void Statistics_say_the_least_the_greatest_and_how_many_are_empty()
    {
        var file = Stage(
            """
            select * from (values
                (3, 1.5::double, 'b', date '2026-01-02', 1.25::decimal(9,2), true),
                (null, -0.5::double, 'a', date '2026-01-01', -1.5::decimal(9,2), null),
                (7, null, null, null, null, false)) t(n, x, s, d, p, b)
            """).Files[0];

        Assert.Equal(3, file.RowCount);
        Assert.Equal(
            """
            {"numRecords":3,"minValues":{"n":3,"x":-0.5,"s":"a","d":"2026-01-01","p":-1.50},"maxValues":{"n":7,"x":1.5,
            "s":"b","d":"2026-01-02","p":1.25},"nullCount":{"n":1,"x":1,"s":1,"d":1,"p":1,"b":1}}
            """.Replace("\n", ""),
            file.Statistics);
    }

    [Theory]
    [InlineData("'nan'::double", "1.0::double", "1", null)]
    [InlineData("'inf'::double", "1.0::double", "1", null)]
    [InlineData("'-inf'::float", "1.5::float", null, "1.5")]
    [InlineData("repeat('a', 40)", "repeat('b', 40)", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", null)]
    [InlineData("repeat('a', 31) || '🐈'", "'b'", null, "\"b\"")]
    [InlineData(
        "timestamptz '2026-01-01 00:00:00.000999+00'", "timestamptz '2026-01-01 00:00:00.001001+00'",
        "\"2026-01-01T00:00:00.000Z\"", "\"2026-01-01T00:00:00.002Z\"")]
    [InlineData(
        "timestamptz '2026-01-01 00:00:00+00'", "timestamptz '9999-12-31 23:59:59.999999+00'",
        "\"2026-01-01T00:00:00.000Z\"", null)]
    [InlineData(
        "timestamptz 'infinity'", "timestamptz '2026-01-01 00:00:00+00'", "\"2026-01-01T00:00:00.000Z\"", null)]
    [InlineData("date 'infinity'", "date '2026-01-01'", "\"2026-01-01\"", null)]
    [InlineData("date '20000-01-01'", "date '2026-01-01'", "\"2026-01-01\"", null)]
    [InlineData(
        "timestamptz '-infinity'", "timestamptz '2026-01-01 00:00:00+00'", null, "\"2026-01-01T00:00:00.000Z\"")]
    [InlineData(
        "1::decimal(38,0)", "99999999999999999999999999999999999999::decimal(38,0)",
        "1", "99999999999999999999999999999999999999")]
    [InlineData("'a'::blob", "'b'::blob", null, null)]
    [InlineData("[1]", "[2]", null, null)]
    public void A_bound_that_can_not_be_said_exactly_is_left_out(string one, string other, string? min, string? max)
    {
        var file = Stage($"select * from (values ({one}), ({other})) t(v)").Files[0];

        using var statistics = JsonDocument.Parse(file.Statistics);
        Assert.Equal(min, Bound("minValues"));
        Assert.Equal(max, Bound("maxValues"));

        string? Bound(string name) =>
            statistics.RootElement.GetProperty(name).TryGetProperty("v", out var bound) ? bound.GetRawText() : null;
    }

    [Fact]
    public void The_objects_that_a_table_names_are_listed_once_in_order()
    {
        var (a, b) = (new string('a', 64), new string('b', 64));
        var file = Stage(
            $"""
            select * from (values (1, 'object:{b}', 'x'), (2, 'object:{a}', 'object:{b}'), (3, null, 'object:zz'),
                (4, 'zebra', 'object:{a}0')) t(id, photo, other)
            """, "id").Files[0];

        Assert.Equal($"{a}\n{b}\n", File.ReadAllText(Path.Join(_scratch["t"], file.ObjectList)));
    }

    [Fact]
    public void Objects_in_lists_are_listed_too()
    {
        var a = new string('a', 64);
        var file = Stage($"select ['x', 'object:{a}', null] as photos").Files[0];

        Assert.Equal($"{a}\n", File.ReadAllText(Path.Join(_scratch["t"], file.ObjectList)));
    }

    [Fact]
    public void A_table_without_objects_has_no_list()
    {
        Assert.Null(Stage("select 'objection' as word").Files[0].ObjectList);
        Assert.False(Directory.Exists(Path.Join(_scratch["t"], "_objects")));
    }

    [Fact]
    public void No_rows_are_no_file()
    {
        var staged = Stage("select 1 as id where false", "id");

        Assert.Empty(staged.Files);
        Assert.Equal(new TableColumn("id", "integer"), Assert.Single(staged.Schema.Columns));
    }

    [Fact]
    public void Hostile_column_names_are_names()
    {
        const string Name = "\"; drop table staged; --";
        var staged = Stage($"select 1 as {SqlName.Quote(Name)}, 2 as \"it's\"", Name, "it's");

        Assert.Equal([Name, "it's"], staged.Schema.Columns.Select(column => column.Name));
        Assert.Equal(["1"], Read(staged, SqlName.Quote(Name)));
    }

    [Theory]
    [InlineData("select 1 as id -- the only one")]
    [InlineData("-- first\nselect 1 as id\n-- last")]
    [InlineData("with a as (select 1 as id) select * from a")]
    [InlineData("from (values (1)) t(id)")]
    public void A_query_may_have_comments_and_any_beginning(string query) =>
        Assert.Equal(["1"], Read(Stage(query, "id"), "id"));

    [Fact]
    public void Parameters_are_values()
    {
        var staged = new TableStage(_scratch.Path, "attempt").Write(
            _session, "t", TableMode.Append, "select $text as text, $number + 1 as number", [],
            [new SqlParameter("text", "'; drop table staged; --"), new SqlParameter("number", 41L)],
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["'; drop table staged; --|42"], Read(staged, "text || '|' || number"));
    }

    [Fact]
    public void A_query_that_fails_leaves_no_file()
    {
        Fails("sql-failed", "select error('no') as x");

        Assert.Empty(Directory.EnumerateFiles(_scratch["t"]));
    }

    [Fact]
    public void A_table_name_that_is_none_is_refused() => Assert.Equal(
        "table-name",
        Assert.Throws<MillraceException>(() => new TableStage(_scratch.Path, "x").FolderOf("../t")).Code);

    StagedTable Stage(string query, params string[] key) =>
        new TableStage(_scratch.Path, Guid.CreateVersion7().ToString("N"))
            .Write(_session, "t", TableMode.Append, query, key);

    string PathOf(DataFile file) => Path.Join(_scratch["t"], file.Path);

    List<string> Read(StagedTable staged, string expression)
    {
        _session.AttachFiles("staged_view", staged.Schema, [.. staged.Files.Select(PathOf)]);
        return _session.Rows($"select cast({expression} as varchar) from staged_view", reader => reader.GetString(0));
    }

    MillraceException Fails(string code, string query, params string[] key)
    {
        var failure = Assert.Throws<MillraceException>(() => Stage(query, key));
        Assert.Equal(code, failure.Code);
        return failure;
    }
}
