using System.Globalization;
using Millrace.SystemTests.Fixtures;
using Millrace.Tables.Engines;
using Millrace.Tables.Frames;
using Millrace.Tests.TablesRoom.Frames.Verbs;

namespace Millrace.SystemTests;

/// <summary>Frames and queries on ClickHouse 26.7 beside the same on DuckDB.</summary>
public sealed class ClickHouseEngineTests(ClickHouseEngineTests.Tables tables)
    : IClassFixture<ClickHouseEngineTests.Tables>
{
    /// <summary>What ClickHouse has no equal of, by verb. The list must not grow.</summary>
    static readonly Dictionary<string, string> Refused = new()
    {
        ["head"] = "the first rows of what has no order",
        ["slice"] = "the first rows of what has no order",
        ["limit, then filter"] = "the first rows of what has no order",
        ["limit, then aggregate"] = "the first rows of what has no order",
        ["sort, then verbs"] = "the first rows of what has no order",
        ["concat of limits"] = "the first rows of what has no order",
        ["tail"] = "row_number of rows that have no order",
        ["tail of a sort"] = "row_number of rows that have no order",
        ["sample of all"] = "a random sample",
        ["rolling time"] = "a window of time longer than 71 minutes",
        ["own SQL"] = "SQL of your own",
    };

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names() => [.. FrameVerbs.Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_verb_gives_there_what_it_gives_here(string name)
    {
        var frame = FrameVerbs.Cases[name].Frame(tables.Left, tables.Right);

        if (Refused.TryGetValue(name, out var feature))
        {
            var fault = await Assert.ThrowsAsync<MillraceException>(() => RowsAsync(tables.Engine.Run(frame)));
            Assert.Equal("engine-feature", fault.Code);
            Assert.Contains(feature, fault.Message, StringComparison.Ordinal);
            return;
        }

        var (here, there) = (await RowsAsync(frame), await RowsAsync(tables.Engine.Run(frame)));

        Assert.Equal(here, there);
    }

    /// <summary>Names and sorted rows, as texts.</summary>
    internal static async Task<List<string>> RowsAsync(Frame frame)
    {
        var rows = await frame.ToListAsync(
            row => string.Join('|', Enumerable.Range(0, row.Names.Count).Select(i => Text(row.Value(i)))), Stop);
        rows.Sort(StringComparer.Ordinal);
        return [string.Join('|', frame.Columns()), .. rows];
    }

    static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        System.Collections.IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]",
        double number => number == 0 ? "0" : number.ToString("G12", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>A workspace with two tables of awkward rows, and the engine.</summary>
    public sealed class Tables : IAsyncLifetime
    {
        const string Rows =
            """
            select
              case when hash(i, 'a') % 5 = 0 then null
                else (['a', 'b', 'it''s', '"q"', 'ü; drop table t', ''])[(hash(i, 'b') % 6)::int + 1] end as k,
              case when hash(i, 'c') % 5 = 0 then null else (hash(i, 'd') % 6)::bigint - 2 end as g,
              case (hash(i, 'e') % 10)::int when 0 then null when 1 then null when 2 then 'nan'::double
                when 3 then -0.0e0
                else ((hash(i, 'f') % 9)::bigint - 4) / 2e0 end as x,
              case when hash(i, 'g') % 5 = 0 then null else ((hash(i, 'h') % 17)::bigint - 8) / 4e0 end as y,
              case when hash(i, 'i') % 10 = 0 then null else (hash(i, 'j') % 101)::bigint - 50 end as "NAME",
              case when hash(i, 'k') % 5 = 0 then null else hash(i, 'l') % 2 = 0 end as b,
              case when hash(i, 'm') % 10 = 0 then null
                else timestamptz '1970-01-01 00:00:00+00' + interval ((hash(i, 'n') % 400)::int - 100) hours end as t,
              [(x::int % 7 - 3)::float for x in range((hash(i, 'o') % 4)::int)] as l
            from range(FROM, TO) s(i)
            """;

        readonly ScratchFolder _scratch = new();
        readonly ClickHouseShim _server = new();

        public Workspace Workspace { get; private set; } = null!;

        public ClickHouseEngine Engine { get; private set; } = null!;

        public Frame Left { get; private set; } = null!;

        public Frame Right { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await _server.InitializeAsync();
            Workspace.Create(_scratch.Path);
            Workspace = await Workspace.OpenAsync(_scratch.Path, cancellationToken: CancellationToken.None);
            Left = await WriteAsync("t", 0, 60);
            Right = await WriteAsync("u", 100, 115);
            Engine = new ClickHouseEngine(
                new EngineSettings { Name = "clickhouse", Url = _server.Url }, Workspace.Tables);
        }

        public async ValueTask DisposeAsync()
        {
            Engine.Dispose();
            await Workspace.DisposeAsync();
            await _server.DisposeAsync();
            _scratch.Dispose();
        }

        async Task<Frame> WriteAsync(string table, int from, int to)
        {
            var name = FrameVerbs.OddName.Replace("\"", "\"\"", StringComparison.Ordinal);
            var sql = Rows.Replace("NAME", name, StringComparison.Ordinal)
                .Replace("FROM", $"{from}", StringComparison.Ordinal).Replace("TO", $"{to}", StringComparison.Ordinal);
            await Workspace.Tables.Frames.Sql(sql).WriteAsync(table, cancellationToken: CancellationToken.None);
            return await Workspace.Tables.FrameAsync(table, CancellationToken.None);
        }
    }
}
