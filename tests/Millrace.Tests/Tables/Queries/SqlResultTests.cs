using System.Text;
using System.Text.Json;
using Apache.Arrow.Ipc;
using Millrace.Tables;
using Millrace.Tables.Queries;

namespace Millrace.Tests.TablesRoom.Queries;

public sealed class SqlResultTests
{
    const string Kinds =
        """
        select 1::bigint as i, 2.5::double as d, 'nan'::double as n, 1.50::decimal(9, 2) as m, true as b, 'a"b\c' as s,
            null::varchar as z, '\x00\xff'::blob as x, [1.5, 'inf'::double, null] as l, {'a': 1, 'b': 'c'} as t,
            timestamptz '2026-03-01 10:00:00.5+00' as w, date '2026-03-01' as y, '' as e,
            170141183460469231731687303715884105727::hugeint as h, interval 3 day as v, map {'k': 2} as p,
            'x'::enum('x', 'y') as u, '{"j":1}'::json as j
        """;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task JSON_has_every_type_and_no_number_that_JSON_does_not_have() => Assert.Equal(
        """
        [{"i":1,"d":2.5,"n":null,"m":1.50,"b":true,"s":"a\"b\\c","z":null,"x":"00ff","l":[1.5,null,null],
        "t":{"a":1,"b":"c"},"w":"2026-03-01 10:00:00.5+00","y":"2026-03-01","e":"",
        "h":170141183460469231731687303715884105727,"v":"3 days","p":{"k":2},"u":"x","j":{"j":1}}]

        """.Replace(",\n", ",", StringComparison.Ordinal),
        await WriteAsync(Kinds, SqlResultFormat.Json));

    [Fact]
    public async Task JSON_lines_have_an_object_a_line_and_every_name_once()
    {
        var text = await WriteAsync(
            "select i as a, 'x' || chr(10) || chr(1) as a, i as \"\"\"\" from range(2) r(i)",
            SqlResultFormat.JsonLines);

        Assert.Equal(
            "{\"a\":0,\"a_1\":\"x\\n\\u0001\",\"\\\"\":0}\n{\"a\":1,\"a_1\":\"x\\n\\u0001\",\"\\\"\":1}\n", text);
        Assert.Equal("", await WriteAsync("select 1 as a where false", SqlResultFormat.JsonLines));
        Assert.Equal("[]\n", await WriteAsync("select 1 as a where false", SqlResultFormat.Json));
    }

    [Fact]
    public async Task Delimited_text_tells_null_from_an_empty_text() => Assert.Equal(
        "a,\"b,c\",d\nx y,\"\",\n\"1\"\"2\",\"l\n m\",3\n",
        await WriteAsync(
            "select * from (values ('x y', '', null), ('1\"2', 'l' || chr(10) || ' m', 3)) t(a, \"b,c\", d)",
            SqlResultFormat.Csv));

    [Fact]
    public async Task Markdown_keeps_bars_and_lines_within_a_cell() => Assert.Equal(
        "| a | n |\n| --- | ---: |\n| x\\|y<br>z | 1 |\n|  | 2 |\n".Replace(" |\n|", " |\n|", StringComparison.Ordinal),
        await WriteAsync(
            "select * from (values ('x|y' || chr(10) || 'z', 1), (null, 2)) t(a, n)", SqlResultFormat.Markdown));

    [Theory]
    [InlineData("describe millrace.refs", "kind,VARCHAR,YES,,,")]
    [InlineData("summarize values (1), (2) -- two", "col0,INTEGER,1,2,2,1.5,")]
    [InlineData("show tables", "name")]
    [InlineData("from (values (1)) t(a) -- end", "1")]
    [InlineData("pivot (values ('x', 1), ('y', 2)) t(k, v) on k in ('x', 'y') using sum(v)", "1,2")]
    public async Task Statements_that_tell_of_others_give_rows_too(string sql, string line) =>
        Assert.Contains("\n" + line, "\n" + await WriteAsync(sql, SqlResultFormat.Csv), StringComparison.Ordinal);

    [Fact]
    public async Task Rows_keep_the_order_of_the_query()
    {
        var text = await WriteAsync(
            "select i from range(10000) r(i) order by i desc", SqlResultFormat.JsonLines,
            new SqlQueryOptions { Threads = 4 });

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10_000, lines.Length);
        Assert.Equal("""{"i":9999}""", lines[0]);
        Assert.Equal("""{"i":0}""", lines[^1]);
    }

    [Fact]
    public async Task Parameters_are_values_and_never_SQL()
    {
        var options = new SqlQueryOptions
        {
            Parameters =
            [
                new SqlParameter("text", "'; drop table t; --"), new SqlParameter("least", 2L),
                new SqlParameter("since", "2026-03-01"), new SqlParameter("none", null),
            ],
        };

        Assert.Equal(
            "{\"t\":\"'; drop table t; --\",\"i\":2,\"z\":null}\n",
            await WriteAsync(
                "select $text as t, i, $none as z from range(3) r(i) "
                + "where i >= $least and timestamp '2026-03-02' > $since::timestamp",
                SqlResultFormat.JsonLines, options));
        Assert.Equal("{\"n\":3}\n", await WriteAsync(
            "select count(*) as n from range(3) where $none is null and $least > 1 and $text <> $since",
            SqlResultFormat.JsonLines, options));
    }

    [Fact]
    public async Task Parquet_and_Arrow_hold_the_same_rows()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var options = new SqlQueryOptions { Parameters = [new SqlParameter("n", 5000L)] };
        using var query = await workspace.Tables.Sql.PrepareAsync(
            "select i, i / 2.0 as x from range(10000) r(i) where i < $n", options, Stop);
        string Name(string file) => Path.Combine(workspace.Outside, file);

        Assert.Equal(5000, await query.WriteFileAsync(SqlResultFormat.Parquet, Name("a.parquet"), false, Stop));
        Assert.Equal(5000, await query.WriteFileAsync(SqlResultFormat.Arrow, Name("a.arrow"), false, Stop));
        using var stream = new MemoryStream();
        Assert.Equal(5000, await query.WriteAsync(SqlResultFormat.Arrow, stream, Stop));
        using var parquet = new MemoryStream();
        Assert.Equal(5000, await query.WriteAsync(SqlResultFormat.Parquet, parquet, Stop));

        Assert.Equal(
            ["5000|12497500"], await workspace.RowsAsync($"select count(*), sum(i) from '{Name("a.parquet")}'"));
        await using (var file = File.OpenRead(Name("a.arrow")))
        using (var reader = new ArrowFileReader(file))
            Assert.Equal(2, (await reader.ReadNextRecordBatchAsync(Stop)).ColumnCount);
        stream.Position = 0;
        using (var reader = new ArrowStreamReader(stream))
            Assert.Equal(2048, (await reader.ReadNextRecordBatchAsync(Stop)).Length);
        Assert.Equal("PAR1", Encoding.ASCII.GetString(parquet.ToArray()[..4]));
        Assert.Equal(["a.arrow", "a.parquet"], FilesOf(workspace));
    }

    [Fact]
    public async Task A_file_is_there_whole_or_not_at_all()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var path = Path.Combine(workspace.Outside, "a.csv");
        await File.WriteAllTextAsync(path, "mine", Stop);
        using var good = await workspace.Tables.Sql.PrepareAsync("select 1 as i", new SqlQueryOptions(), Stop);
        using var bad = await workspace.Tables.Sql.PrepareAsync(
            "select cast(case when i < 5000 then '1' else 'x' end as int) as i from range(9000) r(i)",
            new SqlQueryOptions(), Stop);

        Assert.Equal("target-exists", (await Assert.ThrowsAsync<MillraceException>(
            () => good.WriteFileAsync(SqlResultFormat.Csv, path, false, Stop))).Code);
        Assert.Equal("sql-failed", (await Assert.ThrowsAsync<MillraceException>(
            () => bad.WriteFileAsync(SqlResultFormat.Csv, path, true, Stop))).Code);
        Assert.Equal("mine", await File.ReadAllTextAsync(path, Stop));
        Assert.Equal(1, await good.WriteFileAsync(SqlResultFormat.Csv, path, true, Stop));
        Assert.Equal("i\n1\n", await File.ReadAllTextAsync(path, Stop));
        Assert.Equal(["a.csv"], FilesOf(workspace));
    }

    [Fact]
    public async Task A_query_is_interrupted_at_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        using var query = await workspace.Tables.Sql.PrepareAsync(
            "select sum(a.i * b.i) from range(10000000) a(i), range(10000000) b(i)", new SqlQueryOptions(), Stop);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        stop.CancelAfter(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Task.Run(() => query.WriteAsync(SqlResultFormat.Csv, Stream.Null, stop.Token), Stop));
    }

    [Fact]
    public async Task Limits_of_memory_and_of_what_is_spilled_hold()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var options = new SqlQueryOptions { MemoryLimitMiB = 64, TemporaryLimitMiB = 16, Threads = 2 };
        using var query = await workspace.Tables.Sql.PrepareAsync(
            "select sha256(i::varchar) as h, i from range(3000000) r(i) order by h", options, Stop);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => query.WriteAsync(SqlResultFormat.Csv, Stream.Null, Stop));

        Assert.Equal("memory-limit", failure.Code);
    }

    [Fact]
    public async Task An_explained_query_shows_its_plan()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select 1::bigint as id");
        foreach (var head in new[] { "explain", "EXPLAIN ANALYZE", "explain (format json)", "/* why */ explain" })
        {
            using var query = await workspace.Tables.Sql.PrepareAsync(
                $"{head} select * from t@v0 where id > 3", new SqlQueryOptions(), Stop);
            using var rows = query.OpenRows(SqlCellStyle.Text, null, Stop);
            Assert.True(query.IsExplained && await rows.ReadAsync());
            Assert.Contains("READ_PARQUET", Encoding.UTF8.GetString(rows.Cell(1, 0)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Texts_are_made_of_the_first_rows_alone_and_the_others_are_counted()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        using var query = await workspace.Tables.Sql.PrepareAsync(
            "select repeat('x', 50) || i as s from range(5000) r(i)", new SqlQueryOptions(), Stop);
        using var rows = query.OpenRows(SqlCellStyle.Text, (3, 10), Stop);
        var count = 0;
        var texts = 0;
        while (await rows.ReadAsync())
        {
            count += rows.Count;
            texts += Enumerable.Range(0, rows.Count).Count(row => !rows.IsNull(0, row));
        }

        Assert.Equal((5000, 3), (count, texts));
    }

    static async Task<string> WriteAsync(string sql, SqlResultFormat format, SqlQueryOptions? options = null)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        using var query = await workspace.Tables.Sql.PrepareAsync(sql, options ?? new SqlQueryOptions(), Stop);
        using var stream = new MemoryStream();
        await query.WriteAsync(format, stream, Stop);
        var text = Encoding.UTF8.GetString(stream.ToArray());
        if (format == SqlResultFormat.Json)
            JsonDocument.Parse(text).Dispose();
        return text;
    }

    static IEnumerable<string> FilesOf(TestWorkspace workspace) =>
        Directory.GetFiles(workspace.Outside).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);
}
