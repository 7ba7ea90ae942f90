using System.Globalization;
using Millrace.SystemTests.Fixtures;
using Millrace.Tables.Engines;
using Millrace.Tables.Frames;
using static Millrace.Tables.Frames.Expressions;

namespace Millrace.SystemTests;

/// <summary>A real cluster of three old servers: tables are loaded to it once, all nodes share the work, and a node
/// that is down is an error.</summary>
public sealed class ClickHouseClusterTests(ClickHouseCluster cluster)
    : IClassFixture<ClickHouseCluster>, IAsyncLifetime
{
    const string Rows =
        """
        select i::bigint as id, case when i % 11 = 0 then null else 'k' || (i % 7) end as k,
          case when i % 13 = 0 then null else i / 3e0 end as x, (i % 100)::integer as n, i % 2 = 0 as b,
          date '2024-01-01' + (i % 300)::int as d, (i / 8.0)::decimal(12,3) as m, i::float as f,
          timestamptz '2024-01-01 00:00:00+00' + interval (i) second as t, [i, null, 2]::bigint[] as l
        from range(50000) s(i)
        """;

    readonly ScratchFolder _scratch = new();
    Workspace _workspace = null!;
    ClickHouseEngine _engine = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    EngineSettings Settings => new()
    {
        Name = "old",
        Url = cluster.Urls[0],
        Cluster = ClickHouseCluster.Name,
        Nodes = cluster.Urls,
    };

    public async ValueTask InitializeAsync()
    {
        Workspace.Create(_scratch.Path);
        _workspace = await Workspace.OpenAsync(_scratch.Path, cancellationToken: CancellationToken.None);
        await _workspace.Tables.Frames.Sql(Rows).WriteAsync("rows", cancellationToken: CancellationToken.None);
        _engine = new ClickHouseEngine(Settings, _workspace.Tables);
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DropLoadedAsync(CancellationToken.None);
        _engine.Dispose();
        await _workspace.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Frames_give_there_what_they_give_here()
    {
        var rows = await _workspace.Tables.FrameAsync("rows", Stop);
        Frame[] frames =
        [
            rows.GroupBy("k").Agg(
                Count().As("n"), ("s", Col("id").Sum()), ("hi", Col("x").Max()), ("lo", Col("n").Min()),
                ("mean", Col("id").Mean()), ("kinds", Col("n").CountDistinct())),
            rows.Filter((Col("id") < 20) & Col("k").IsNotNull()).Select("id", "k", "x", "b", "d", "t", "m", "f", "l"),
            rows.Sort(Col("x").Descending(), "id").Select("id", "x").Head(7),
            rows.Filter(Col("k").Str.Contains("3")).Select(("u", Col("k").Str.Upper()), "id").Filter(Col("id") < 50),
            rows.Select("n").Distinct(),
        ];

        Assert.Equal("18.16", await _engine.ServerAsync(Stop));
        foreach (var frame in frames)
        {
            var there = await ClickHouseEngineTests.RowsAsync(_engine.Run(frame));
            Assert.Equal(await ClickHouseEngineTests.RowsAsync(frame), there);
        }
    }

    [Fact]
    public async Task A_query_runs_over_all_nodes_and_loads_a_version_once()
    {
        var count = await _engine.SqlAsync("select count() as c, sum(id) as s from rows where n < 50", Stop);
        Assert.Equal([25000L], await count.ToListAsync(row => row.Int64("c"), Stop));
        var loaded = await TablesAsync();

        await (await _engine.SqlAsync("select k, count() as c from rows r group by k order by k", Stop))
            .ToListAsync(row => row.Int64("c"), Stop);

        Assert.Equal(loaded, await TablesAsync());
        var parts = await Task.WhenAll(cluster.Urls.Select(
            url => AskAsync(url, $"select count() from \"{loaded.Single(name => name.EndsWith("_part"))}\"")));
        Assert.Equal(50_000, parts.Sum(part => long.Parse(part, CultureInfo.InvariantCulture)));
        Assert.All(parts, part => Assert.InRange(long.Parse(part, CultureInfo.InvariantCulture), 10_000, 25_000));
    }

    [Fact]
    public async Task A_new_version_is_loaded_and_the_old_one_dropped()
    {
        var before = await CountAsync();
        var old = await TablesAsync();
        await _workspace.Tables.Editor.DeleteAsync("rows", "id >= 10", null, Stop);

        var after = await CountAsync();

        Assert.Equal((50_000, 10), (before, after));
        Assert.Empty(old.Intersect(await TablesAsync()));
        Assert.Equal(2, (await TablesAsync()).Count);
        Assert.Equal(2, await _engine.DropLoadedAsync(Stop));
        Assert.Empty(await TablesAsync());
    }

    [Fact]
    public async Task A_node_that_is_down_is_an_error_and_never_a_part_of_the_rows()
    {
        Assert.Equal(50_000, await CountAsync());
        await cluster.StopAsync(1);
        try
        {
            var fault = await Assert.ThrowsAsync<MillraceException>(CountAsync);

            Assert.Equal(("engine-node-down", ErrorKind.Unavailable), (fault.Code, fault.Kind));
            using var skipping = new ClickHouseEngine(
                Settings with { Settings = new Dictionary<string, string> { ["skip_unavailable_shards"] = "1" } },
                _workspace.Tables);
            await Assert.ThrowsAsync<MillraceException>(async () => await (await skipping.SqlAsync(
                "select count() as c from rows", Stop)).ToListAsync(row => row.Int64("c"), Stop));
        }
        finally
        {
            await cluster.StartAsync(1);
        }

        Assert.Equal(50_000, await CountAsync());
    }

    [Fact]
    public async Task What_the_server_lacks_is_refused_by_name_before_anything_is_sent()
    {
        var rows = await _workspace.Tables.FrameAsync("rows", Stop);
        (string Feature, Func<Task> Ask)[] cases =
        [
            ("window functions", () => ClickHouseEngineTests.RowsAsync(_engine.Run(
                rows.With("r", RowNumber().Over(Window.Ordered("id")))))),
            ("as-of join", () => ClickHouseEngineTests.RowsAsync(_engine.Run(rows.JoinAsOf(rows, "t")))),
            ("quantile", () => ClickHouseEngineTests.RowsAsync(_engine.Run(rows.Agg(("q", Col("x").Median()))))),
            ("common table expressions", () => _engine.SqlAsync("with a as (select 1) select * from a", Stop)),
            ("window functions", () => _engine.SqlAsync("select sum(id) over (order by id) from rows", Stop)),
        ];

        foreach (var (feature, ask) in cases)
        {
            var fault = await Assert.ThrowsAsync<MillraceException>(ask);
            Assert.Equal("engine-feature", fault.Code);
            Assert.Contains(feature, fault.Message, StringComparison.Ordinal);
            Assert.Contains("18.16", fault.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await TablesAsync());
    }

    [Theory]
    [InlineData("timestamptz '2024-01-01 00:00:00.5+00'", "fractions of a second")]
    [InlineData("date '1969-12-31'", "days before 1970")]
    [InlineData("{'a': 1}", "struct")]
    public async Task A_value_that_the_server_can_not_keep_is_refused(string value, string words)
    {
        await _workspace.Tables.Frames.Sql($"select {value} as v").WriteAsync("odd", cancellationToken: Stop);

        var fault = await Assert.ThrowsAsync<MillraceException>(() => _engine.SqlAsync("select * from odd", Stop));

        Assert.Equal("engine-feature", fault.Code);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Empty(await TablesAsync());
    }

    async Task<long> CountAsync() => (await (await _engine.SqlAsync("select count() as c from rows", Stop))
        .ToListAsync(row => row.Int64("c"), Stop))[0];

    async Task<List<string>> TablesAsync() => [.. (await AskAsync(
        cluster.Urls[0], "select name from system.tables where database = 'default' order by name")).Split(
        '\n', StringSplitOptions.RemoveEmptyEntries)];

    static async Task<string> AskAsync(Uri url, string sql)
    {
        using var client = new HttpClient();
        using var answer = await client.PostAsync(url, new StringContent(sql), Stop);
        return await answer.Content.ReadAsStringAsync(Stop);
    }
}
