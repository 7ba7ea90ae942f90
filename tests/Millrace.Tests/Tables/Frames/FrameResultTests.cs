using Apache.Arrow;
using Millrace.Tables;
using Millrace.Tables.Frames;
using Millrace.Tests.CatalogRoom;
using static Millrace.Tables.Frames.Expressions;

namespace Millrace.Tests.TablesRoom.Frames;

public sealed class FrameResultTests : IDisposable
{
    static readonly string[] Halves = ["odd", "even"];

    readonly ScratchFolder _scratch = new();
    readonly FrameEngine _engine;

    public FrameResultTests() => _engine = new FrameEngine(_scratch.Path, new FrameOptions { Threads = 2 });

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Batches_hold_every_row_in_order_and_may_be_kept()
    {
        var kept = new List<RecordBatch>();

        await foreach (var batch in _engine.Range(10_000).With("s", Col("i").Cast("varchar")).BatchesAsync(Stop))
            kept.Add(batch);

        Assert.True(kept.Count > 1);
        Assert.Equal(
            Enumerable.Range(0, 10_000).Select(i => (long)i),
            kept.SelectMany(batch => ((Int64Array)batch.Column("i")).Values.ToArray()));
        Assert.Equal("9999", ((StringArray)kept[^1].Column("s")).GetString(kept[^1].Length - 1));
        kept.ForEach(batch => batch.Dispose());
    }

    [Fact]
    public async Task Every_kind_of_value_comes_out_as_it_is()
    {
        var rows = await _engine.Sql(
            """
            select 1::tinyint as a, 65000::usmallint as b, -5::bigint as c, 1.5::float as d, 'nan'::double as e,
              12.34::decimal(9, 2) as f, true as g, 'ü🐈' as h, '\x00\xFF'::blob as i, date '2024-02-29' as j,
              timestamp '2024-02-29 12:34:56.789012' as k, timestamptz '2024-02-29 12:34:56+00' as l,
              [1, null, 3] as m, {'x': 1, 'y': 'z'} as n, sum(9223372036854775807) as o, 'b'::enum('a', 'b') as p,
              interval '90 minutes' as q, '1b4e28ba-2fa1-11d2-883f-0016d3cca427'::uuid as r, null as s,
              1700000000000000000000::hugeint as t, [1.5::float]::float[1] as u, 18446744073709551615::ubigint as v,
              time '01:02:03' as w
            """).ToListAsync(row => row.Names.ToDictionary(name => name, row.Value), Stop);

        var row = Assert.Single(rows);
        Assert.Equal(
            ((sbyte)1, (ushort)65000, -5L, 1.5f, double.NaN, 12.34m, true, "ü🐈"),
            (row["a"], row["b"], row["c"], row["d"], row["e"], row["f"], row["g"], row["h"]));
        Assert.Equal(new byte[] { 0, 255 }, row["i"]);
        Assert.Equal(new DateOnly(2024, 2, 29), row["j"]);
        Assert.Equal(new DateTime(2024, 2, 29, 12, 34, 56, 789, 12), row["k"]);
        Assert.Equal(new DateTimeOffset(2024, 2, 29, 12, 34, 56, TimeSpan.Zero), row["l"]);
        Assert.Equal(new object?[] { 1, null, 3 }, row["m"]);
        Assert.Equal("z", ((Dictionary<string, object?>)row["n"]!)["y"]);
        Assert.Equal((long.MaxValue, "b", TimeSpan.FromMinutes(90)), (row["o"], row["p"], row["q"]));
        Assert.Equal("1b4e28ba-2fa1-11d2-883f-0016d3cca427", row["r"]!.ToString());
        Assert.Null(row["s"]);
        Assert.Equal(System.Numerics.BigInteger.Parse("1700000000000000000000"), row["t"]);
        Assert.Equal(new object?[] { 1.5f }, row["u"]);
        Assert.Equal((ulong.MaxValue, new TimeOnly(1, 2, 3)), (row["v"], row["w"]));
    }

    [Fact]
    public async Task Values_of_CSharp_become_the_values_that_they_are()
    {
        var time = new DateTime(2024, 2, 29, 12, 34, 56, DateTimeKind.Unspecified);
        var frame = _engine.Range(1).Select(
            ("a", long.MinValue), ("b", -1.5), ("c", double.NaN), ("d", 12.30m), ("e", new DateOnly(1, 1, 1)),
            ("f", time), ("g", new DateTimeOffset(time, TimeSpan.FromHours(2))), ("h", new byte[] { 0, 39, 255 }),
            ("i", TimeSpan.FromSeconds(-1.5)), ("j", 1.1f), ("k", double.NegativeInfinity), ("l", 1e300), ("m", true),
            ("n", -5));

        var row = Assert.Single(await frame.ToListAsync(row => row.Names.ToDictionary(name => name, row.Value), Stop));

        Assert.Equal(
            (long.MinValue, -1.5, double.NaN, 12.30m, new DateOnly(1, 1, 1), time),
            (row["a"], row["b"], row["c"], row["d"], row["e"], row["f"]));
        Assert.Equal(new DateTimeOffset(2024, 2, 29, 10, 34, 56, TimeSpan.Zero), row["g"]);
        Assert.Equal(new byte[] { 0, 39, 255 }, row["h"]);
        Assert.Equal(
            (TimeSpan.FromSeconds(-1.5), 1.1f, double.NegativeInfinity, 1e300, true, -5),
            (row["i"], row["j"], row["k"], row["l"], row["m"], row["n"]));
        Assert.Equal("DOUBLE", frame.Schema().Single(column => column.Name == "l").SqlType);
    }

    [Fact]
    public async Task An_empty_frame_has_its_columns_and_no_rows()
    {
        var frame = _engine.Range(0).With("x", Col("i") * 1.5);

        Assert.Equal(0, await frame.CountAsync(Stop));
        Assert.Empty(await frame.ToListAsync(row => row.Int64(0), Stop));
        Assert.Equal("i  x\n-  -\n0 rows\n", await frame.ShowAsync(cancellationToken: Stop));
        Assert.Equal(0, (await frame.ToDataFrameAsync(Stop)).Rows.Count);
        Assert.Null(await frame.Agg(("s", Col("x").Sum())).ValueAsync(Stop));
    }

    [Fact]
    public async Task A_table_is_shown_with_its_first_rows()
    {
        var frame = _engine.Sql("select i, 'row\n' || i as text, i / 4.0 as x from range(5) t(i)");

        Assert.Equal(
            """
            i  text      x
            -  -----  ----
            0  row 0     0
            1  row 1  0.25
            the first 2 rows of more

            """,
            await frame.ShowAsync(2, Stop));
    }

    [Fact]
    public async Task A_function_of_batches_makes_rows_in_order_on_several_threads()
    {
        var schema = new RowSchema<(long I, string Half)>().Int64("i", row => row.I).Text("half", row => row.Half);
        var mapped = _engine.Range(50_000).Map(
            row => (row.Int64("i"), row.Int64("i") % 2 == 0 ? "even" : "odd"), schema);

        var halves = await mapped.Filter(Col("i") >= 10).GroupBy("half").Agg(("n", Count())).Sort("half")
            .ToListAsync(row => (row.Text("half"), row.Int64("n")), Stop);
        var rows = await mapped.ToListAsync(row => row.Int64("i"), Stop);

        Assert.Equal([("even", 24_995L), ("odd", 24_995L)], halves);
        Assert.Equal(Enumerable.Range(0, 50_000).Select(i => (long)i), rows);
    }

    [Fact]
    public async Task A_cache_is_computed_once_and_its_file_goes_with_it()
    {
        var calls = 0;
        var schema = new RowSchema<long>().Int64("i", i => i);
        var cache = await _engine.Range(10).Map(
            row =>
            {
                Interlocked.Increment(ref calls);
                return row.Int64("i");
            },
            schema).CacheAsync(Stop);

        Assert.Equal(10, await cache.CountAsync(Stop));
        Assert.Equal(45m, Convert.ToDecimal(await cache.Agg(("s", Col("i").Sum())).ValueAsync(Stop)));
        Assert.Equal(10, calls);
        Assert.Single(Directory.GetFiles(_scratch.Path, "frame-*.parquet"));
    }

    [Fact]
    public async Task Files_are_written_whole_and_read_back()
    {
        var frame = _engine.Sql(
            "select i, 'a,\"b\n' || i as s, i / 2 as x, case when i > 1 then i end as n from range(4) t(i)");
        await File.WriteAllTextAsync(_scratch["out.csv"], "old", Stop);

        Assert.Equal(4, await frame.WriteParquetAsync(_scratch["out.parquet"], Stop));
        Assert.Equal(4, await frame.WriteCsvAsync(_scratch["out.csv"], cancellationToken: Stop));
        Assert.Equal(4, await frame.WriteJsonAsync(_scratch["out.json"], Stop));

        var expected = await Rows(frame);
        Assert.Equal(expected, await Rows(_engine.Parquet(_scratch["out.parquet"])));
        Assert.Equal(expected, await Rows(_engine.Csv(_scratch["out.csv"])));
        Assert.Equal(expected, await Rows(_engine.Json(_scratch["out.json"])));
        Assert.Equal(8, await _engine.Parquet(_scratch["out.parquet"], _scratch["out.parquet"]).CountAsync(Stop));
        Assert.DoesNotContain(Directory.GetFiles(_scratch.Path, ".*"), file => file.EndsWith("aside"));

        static Task<List<string>> Rows(Frame frame) => frame.ToListAsync(
            row => $"{row.Int64("i")}|{row.Text("s")}|{row.Double("x")}|{row.Int64OrNull("n")}", Stop);
    }

    [Fact]
    public async Task A_write_that_fails_leaves_the_old_file()
    {
        await File.WriteAllTextAsync(_scratch["out.csv"], "old", Stop);

        await Assert.ThrowsAsync<MillraceException>(() => _engine.Range(10).Select(
            ("x", Sql("case when i > 5 then error('stop') else 'a' end"))).WriteCsvAsync(
            _scratch["out.csv"], cancellationToken: Stop));

        Assert.Equal("old", await File.ReadAllTextAsync(_scratch["out.csv"], Stop));
        Assert.Equal(["out.csv"], Directory.GetFiles(_scratch.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Keys_of_JSON_that_come_late_are_not_lost()
    {
        await File.WriteAllLinesAsync(
            _scratch["late.json"],
            Enumerable.Range(0, 60_000).Select(
                i => i < 30_000 ? $"{{\"i\":{i}}}" : $"{{\"i\":{i}.5,\"late\":{i}}}"),
            Stop);

        var frame = _engine.Json(_scratch["late.json"]);
        var row = Assert.Single(await frame.Agg(("n", Col("late").Count()), ("s", Col("i").Max()))
            .ToListAsync(row => (row.Int64("n"), row.Double("s")), Stop));

        Assert.Equal((30_000, 59_999.5), row);
    }

    [Fact]
    public async Task Cancelling_interrupts_a_frame()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var frame = _engine.Range(10_000_000).JoinCross(_engine.Range(10_000_000)).Agg(("n", (Col("i") % 7).Sum()));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => frame.CountAsync(stop.Token));
    }

    [Fact]
    public async Task A_stable_sample_keeps_its_rows_when_rows_are_added()
    {
        string[] keys = ["i"];
        var small = await Ids(_engine.Range(1000).SampleStable(0.3, keys));
        var large = await Ids(_engine.Range(2000).SampleStable(0.3, keys));
        var more = await Ids(_engine.Range(1000).SampleStable(0.5, keys));

        Assert.InRange(small.Count, 230, 370);
        Assert.Equal(small, large.Where(i => i < 1000));
        Assert.Subset(more.ToHashSet(), small.ToHashSet());
        Assert.NotEqual(small, await Ids(_engine.Range(1000).SampleStable(0.3, keys, "other")));
        Assert.Equal(100, await _engine.Range(5000).Sample(100, seed: 7).CountAsync(Stop));

        static Task<List<long>> Ids(Frame frame) => frame.ToListAsync(row => row.Int64(0), Stop);
    }

    [Fact]
    public async Task The_weighted_mean_is_that_of_its_definition()
    {
        double?[] values = [1, null, 3, -2, null, 5, 0.5];
        var frame = _engine.Records(
            values.Select((x, i) => ((long)i, x)),
            new RowSchema<(long I, double? X)>().Int64("i", row => row.I).Double("x", row => row.X))
            .With("m", Col("x").EwmMean(0.3).Over(Window.Ordered("i")));

        var means = await frame.Sort("i").ToListAsync(row => row.Double("m"), Stop);

        for (var i = 0; i < values.Length; i++)
        {
            var weights = values.Take(i + 1).Select((x, j) => x is null ? 0 : Math.Pow(0.7, i - j)).ToList();
            var expected = values.Take(i + 1).Zip(weights).Sum(pair => (pair.First ?? 0) * pair.Second) / weights.Sum();
            Assert.Equal(expected, means[i], 12);
        }
    }

    [Fact]
    public async Task Describe_says_of_each_column_what_it_holds()
    {
        var frame = _engine.Sql("select * from (values (1, 'a'), (2, null), (4, 'c')) t(n, s)").Describe();

        Assert.Equal(
            [
                "n|INTEGER|3|0|2.3333333333333335|1.5275252316519465|1|1.5|2|3|4",
                "s|VARCHAR|2|1|||a||||c",
            ],
            await frame.ToListAsync(
                row => string.Join('|', row.Names.Select(name => Convert.ToString(row.Value(name)))), Stop));
    }

    [Fact]
    public async Task Values_are_looked_up_for_columns()
    {
        var frame = _engine.Sql(
            "select * from (values (1, 'b', 2), (1, 'a', 3), (2, 'b', 4), (2, null, 5)) t(g, k, v)");
        string[] index = ["g"];

        Assert.Equal(["g", "a", "b", "null"], (await frame.PivotAsync(index, "k", Col("v").Sum(), Stop)).Columns());
        Assert.Equal(["g", "v", "k_a", "k_b"], (await frame.OneHotAsync("k", Stop)).Columns());
        Assert.Equal(["g", "a", "b", "null"], (await frame.CrossTabAsync("g", "k", Stop)).Columns());
    }

    [Fact]
    public async Task A_data_frame_of_ML_NET_holds_the_same_values()
    {
        var data = await _engine.Sql(
            """
            select i, sum(i) over () as h, i / 2 as x, case when i > 0 then 't' || i end as s, i = 1 as b,
              timestamptz '2024-01-01 00:00:00+00' + interval (i) day as t, [i] as l from range(3) t(i) order by i
            """).ToDataFrameAsync(Stop);

        Assert.Equal(3, data.Rows.Count);
        Assert.Equal(
            new object?[] { 1L, 3L, 0.5, "t1", true, new DateTime(2024, 1, 2), "[1]" }, data.Rows[1].ToArray());
        Assert.Null(data["s"][0]);
    }

    [Fact]
    public async Task A_query_may_name_frames()
    {
        var numbers = _engine.Range(10);
        var named = _engine.Sql(
            "select a.i, b.half from a join b on a.i % 2 = b.r -- done", ("a", numbers.Filter(Col("i") > 3)),
            ("b", _engine.Records(
                Halves.Select((half, i) => ((long)(1 - i), half)),
                new RowSchema<(long R, string Half)>().Int64("r", row => row.R).Text("half", row => row.Half))));

        Assert.Equal(
            ["4 even", "5 odd", "6 even"],
            await named.Sort("i").Head(3).ToListAsync(row => $"{row.Int64("i")} {row.Text("half")}", Stop));
    }

    [Fact]
    public async Task A_plan_is_readable()
    {
        var frame = _engine.Range(10).Filter(Col("i") > 3).GroupBy(("odd", Col("i") % 2)).Agg(("n", Count()))
            .Join(_engine.Range(2), [("odd", "i")]).Sort(Col("n").Descending()).Head(1);

        Assert.Equal(
            """
            Head 1
            └ Sort "n" desc
              └ Inner join on odd = i
                ├ GroupBy "odd" = "i" % 2: "n" = count(*)
                │ └ Filter "i" > 3
                │   └ Sql select range as i from range(10)
                └ Sql select range as i from range(2)

            """,
            frame.Explain());
        Assert.Contains("HASH_GROUP_BY", await frame.ExplainQueryAsync(cancellationToken: Stop));
    }

    [Fact]
    public void SQL_is_what_a_person_would_write() => Assert.Equal(
        """
        select "k", sum("y") as "s"
        from "records"
        where "x" > 1
          and "k" <> 'a'
        group by "k"
        order by "s" desc
        limit 3
        """,
        _engine.Records<FrameRow>([], FrameRow.Schema).Select("k", "x", "y").Filter(Col("x") > 1 & Col("k") != "a")
            .GroupBy("k").Agg(("s", Col("y").Sum())).Sort(Col("s").Descending()).Head(3).ToSql());
}
