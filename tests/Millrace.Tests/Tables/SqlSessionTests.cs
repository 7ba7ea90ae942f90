using Millrace.Tables;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom;

public sealed class SqlSessionTests : IDisposable
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_query_larger_than_its_memory_spills()
    {
        using var session = new SqlSession(_scratch.Path, memoryLimitMiB: 64);

        session.Execute("create temp table big as select md5(i::varchar) as text from range(3_000_000) t(i)", Stop);

        var spills = Assert.Single(Directory.EnumerateDirectories(_scratch.Path, "duckdb-*"));
        Assert.True(Directory.EnumerateFiles(spills).Any());
        Assert.Equal(3_000_000, session.Value<long>("select count(*) from (select text from big order by text)"));
    }

    [Fact]
    public void A_query_that_can_not_spill_names_the_memory_limit()
    {
        using var session = new SqlSession(_scratch.Path, memoryLimitMiB: 32);

        var failure = Assert.Throws<MillraceException>(
            () => session.Execute("create temp table t as select list(i) as v from range(20_000_000) t(i)", Stop));

        Assert.Equal("memory-limit", failure.Code);
    }

    [Fact]
    public async Task Cancelling_interrupts_a_query()
    {
        using var session = new SqlSession(_scratch.Path);
        using var stop = new CancellationTokenSource();

        var query = Task.Run(
            () => session.Value<long>("select 1") + session.Query(
                "select count(*) from range(10_000_000) a, range(10_000_000) b where hash(a.range + b.range) = 1", [],
                reader => reader.Read() ? reader.GetInt64(0) : 0, stop.Token),
            Stop);
        stop.CancelAfter(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        Assert.Equal(1, session.Value<int>("select 1"));
    }

    [Fact]
    public void An_empty_snapshot_has_its_columns()
    {
        using var session = new SqlSession(_scratch.Path);
        var schema = new TableSchema(
        [
            new TableColumn("id", "long"), new TableColumn("a\"b", "array<float>"),
            new TableColumn("p", "decimal(9,2)"),
        ]);

        session.Attach("empty", new TableSnapshot(
            "empty", _scratch.Path, 0, schema, [], "", new Dictionary<string, long>(), null));

        Assert.Equal(
            ["id BIGINT", "a\"b FLOAT[]", "p DECIMAL(9,2)"],
            session.Rows("describe empty", reader => $"{reader.GetString(0)} {reader.GetString(1)}"));
        Assert.Equal(0, session.Value<long>("select count(*) from empty"));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with 'quotes' and spaces")]
    [InlineData("id=7")]
    [InlineData("[ab]*?")]
    public void A_folder_of_any_name_is_only_a_folder(string name)
    {
        using var session = new SqlSession(_scratch.Path);
        var staged = new TableStage(_scratch[name], "attempt")
            .Write(session, "t", TableMode.Append, "select 1::bigint as id", ["id"], cancellationToken: Stop);

        session.AttachFiles("view", staged.Schema, [Path.Join(_scratch[name], "t", staged.Files[0].Path)]);

        Assert.Equal([1L], session.Rows("select * from view", reader => reader.GetInt64(0)));
    }

    [Fact]
    public void A_wrong_query_says_where_it_is_wrong()
    {
        using var session = new SqlSession(_scratch.Path);

        var failure = Assert.Throws<MillraceException>(() => session.Execute("select nothing from nowhere", Stop));

        Assert.Equal("sql-failed", failure.Code);
        Assert.Contains("nowhere", failure.Message);
    }

    [Fact]
    public void A_text_that_would_be_cut_off_is_refused()
    {
        using var session = new SqlSession(_scratch.Path);

        var failure = Assert.Throws<MillraceException>(
            () => new RowSchema<string>().Text("s", text => text).Load(session, "t", ["a\0b"]));

        Assert.Equal("text-value", failure.Code);
    }

    [Fact]
    public void Times_are_in_UTC()
    {
        using var session = new SqlSession(_scratch.Path);

        Assert.Equal(
            "2026-03-15 10:00:00+00",
            session.Value<string>("select cast(timestamptz '2026-03-15 12:00:00+02' as varchar)"));
    }

    [Fact]
    public void Records_keep_every_value_when_they_become_rows()
    {
        using var session = new SqlSession(_scratch.Path);
        var time = DateTimeOffset.UnixEpoch.AddTicks(17_735_328_001_234_560);
        var schema = new RowSchema<(long? N, double? X, string? S, bool? B, DateTimeOffset? T, float[]? F)>()
            .Int64("n", row => row.N).Double("x", row => row.X).Text("s", row => row.S).Boolean("b", row => row.B)
            .Time("t", row => row.T).Floats("f", row => row.F);

        schema.Load(session, "rows here", [
            (long.MinValue, double.NaN, "🐈 '\"", true, time, [1f, -0f, float.NaN]),
            (null, null, null, null, null, null),
            (0, -0.0, "", false, DateTimeOffset.UnixEpoch, []),
        ]);

        Assert.Equal(
            [
                "-9223372036854775808|-nan|🐈 '\"|true|2026-03-15 00:00:00.123456+00|[1.0, -0.0, -nan]",
                "null|null|null|null|null|null",
                "0|-0.0||false|1970-01-01 00:00:00+00|[]",
            ],
            session.Rows(
                "select cast(columns(*) as varchar) from \"rows here\"",
                reader => string.Join('|', Enumerable.Range(0, 6).Select(
                    i => reader.IsDBNull(i) ? "null" : reader.GetString(i)))));
    }
}
