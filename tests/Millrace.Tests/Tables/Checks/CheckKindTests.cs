using Millrace.Tables.Checks;

namespace Millrace.Tests.TablesRoom.Checks;

/// <summary>Each kind of check against rows that keep it and rows that break it.</summary>
public sealed class CheckKindTests(CheckKindTests.Tables tables) : IClassFixture<CheckKindTests.Tables>
{
    const string Rows =
        """
        select i::bigint as id, case when i % 10 = 0 then null else 'name ' || i end as name,
            i / 2.0::double as price, ['red', 'green', 'blue'][i % 3 + 1] as color,
            date '2026-01-01' + i::integer as day, timestamptz '2026-01-01 00:00:00+00' + interval (i) hour as at,
            range(i % 4) as tags, (i % 7)::bigint as shop, encode('x' || i) as raw, cast(i as decimal(10, 2)) as amount,
            case when i = 99 then 'nan'::double when i = 98 then 'infinity'::double else i end as odd
        from range(100) t(i)
        """;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static readonly (CheckRule Rule, CheckOutcome Outcome, long? Failing, string Message)[] Cases =
    [
        (Check.Columns("id", "day"), CheckOutcome.Passed, null, ""),
        (Check.Columns("id", "nobody", "none"), CheckOutcome.Failed, null, "no columns 'nobody', 'none'"),
        (Check.Schema(("id", "long"), ("name", "string")), CheckOutcome.Failed, null, "columns are id, name"),
        (Check.Type("id", "long"), CheckOutcome.Passed, null, ""),
        (Check.Type("id", "BIGINT"), CheckOutcome.Passed, null, ""),
        (Check.Type("amount", "decimal(10, 2)"), CheckOutcome.Passed, null, ""),
        (Check.Type("at", "timestamptz"), CheckOutcome.Passed, null, ""),
        (Check.Type("price", "long"), CheckOutcome.Failed, null, "'price' is double and not long"),
        (Check.NotNull("id"), CheckOutcome.Passed, 0, ""),
        (Check.NotNull("name"), CheckOutcome.Failed, 10, "10 of 100 rows have no value"),
        (Check.NotNull("name", 0.9), CheckOutcome.Passed, 10, "10 % may"),
        (Check.NotNull("name", 0.91), CheckOutcome.Failed, 10, "9 % may"),
        (Check.Unique("id"), CheckOutcome.Passed, 0, ""),
        (Check.Unique("color"), CheckOutcome.Failed, 100, "3 values stand in 100 rows"),
        (Check.Unique("shop", "color", "tags"), CheckOutcome.Failed, 32, "16 values"),
        (Check.Unique("name"), CheckOutcome.Passed, 0, ""),
        (Check.Range("id", 0, 99), CheckOutcome.Passed, 0, ""),
        (Check.Range("price", 1, 40.5), CheckOutcome.Failed, 20, "are not in the range 1 to 40.5"),
        (Check.Range("day", new DateOnly(2026, 1, 11)), CheckOutcome.Failed, 10, "2026-01-11 or more"),
        (
            Check.Range("at", null, new DateTimeOffset(2026, 1, 1, 9, 0, 0, TimeSpan.FromHours(1))),
            CheckOutcome.Failed, 91, "or less"),
        (Check.Range("odd", 0, 1000), CheckOutcome.Failed, 2, ""),
        (Check.Range("odd", 0), CheckOutcome.Failed, 1, ""),
        (Check.Range("amount", 0.5m, 98.99m), CheckOutcome.Failed, 2, ""),
        (Check.Set("color", ["red", "green", "blue"]), CheckOutcome.Passed, 0, ""),
        (Check.Set("color", ["red", "it's"]), CheckOutcome.Failed, 66, "are none of red, it's"),
        (Check.Set("shop", ["0", "1", "2"]), CheckOutcome.Failed, 56, ""),
        (Check.Regex("name", "^name [0-9]+$"), CheckOutcome.Passed, 0, ""),
        (Check.Regex("name", "[1-3]"), CheckOutcome.Failed, 42, "do not match '[1-3]'"),
        (Check.Regex("name", "("), CheckOutcome.Error, null, "can't be asked"),
        (Check.Length("name", 6, 7), CheckOutcome.Passed, 0, ""),
        (Check.Length("tags", 1), CheckOutcome.Failed, 25, "do not have a length of 1 or more"),
        (Check.Length("raw", 3), CheckOutcome.Failed, 10, ""),
        (Check.Condition("price = id / 2.0"), CheckOutcome.Passed, 0, ""),
        (Check.Condition("name <> 'name 7' -- unknown holds"), CheckOutcome.Failed, 1, "do not meet"),
        (Check.Condition("nobody > 1"), CheckOutcome.Error, null, "can't be asked"),
        (Check.References(["shop"], "shops", ["id"]), CheckOutcome.Failed, 28, "no row of table 'shops'"),
        (Check.References(["shop"], "shops", ["id"], 0.7), CheckOutcome.Passed, 28, ""),
        (Check.References(["id"], "nowhere"), CheckOutcome.Error, null, "no table 'nowhere'"),
        (Check.RowCount(100, 100), CheckOutcome.Passed, null, ""),
        (Check.RowCount(max: 99), CheckOutcome.Failed, null, "the number of rows is 100; 99 or less is expected"),
        (Check.RowCount(5) with { Where = "color = 'red'" }, CheckOutcome.Passed, null, "34"),
        (Check.RowChange(-0.5, 0.5), CheckOutcome.Failed, null, "100 rows after 50 are a change of 100 %"),
        (Check.RowChange(max: 1), CheckOutcome.Passed, null, ""),
        (Check.Freshness("at", TimeSpan.FromDays(20_000)), CheckOutcome.Passed, null, ""),
        (Check.Freshness("day", TimeSpan.FromHours(1)), CheckOutcome.Failed, null, "60 minutes is allowed"),
        (Check.Mean("id", 49.5, 49.5), CheckOutcome.Passed, null, ""),
        (Check.Mean("odd", 0), CheckOutcome.Failed, null, ""),
        (Check.Deviation("id", 29, 29.1), CheckOutcome.Passed, null, "the standard deviation is 29.01"),
        (Check.Quantile("id", 0.5, 49.5, 49.5), CheckOutcome.Passed, null, ""),
        (Check.Quantile("amount", 0.99, max: 90), CheckOutcome.Failed, null, "the quantile at 0.99 is 98.01"),
        (Check.Sum("amount", 4950, 4950), CheckOutcome.Passed, null, ""),
        (Check.Distinct("color", 3, 3), CheckOutcome.Passed, null, ""),
        (Check.Distinct("name", max: 10), CheckOutcome.Failed, null, "different values is 90"),
        (Check.NullChange("name", 0.01), CheckOutcome.Passed, null, ""),
        (Check.NullChange("price", 0.1), CheckOutcome.Failed, null, "0 % have no value and 20 % had none before"),
        (Check.Drift("color", 0.01, 0.05), CheckOutcome.Passed, null, ""),
        (Check.Drift("id", 0.2), CheckOutcome.Failed, null, "Jensen-Shannon is"),
        (Check.Drift("id", lInfinity: 0.01), CheckOutcome.Failed, null, "47 or more"),
        (Check.Drift("at", 0.01, 0.01, version: 1), CheckOutcome.Passed, null, "L∞ 0"),
        (Check.Drift("at", 0.01, version: 77), CheckOutcome.Error, null, "can't be asked"),
        (Check.Sql("select * from t where id > 97"), CheckOutcome.Failed, 2, "the query gives 2 rows"),
        (Check.Sql("select 1 from t join shops on t.shop = shops.id where t.id < 0"), CheckOutcome.Passed, 0, ""),
        (Check.Sql("select id from t except select id from \"t$previous\""), CheckOutcome.Failed, 50, ""),
        (Check.Sql("drop table t"), CheckOutcome.Error, null, "can't be asked"),
        (Check.NotNull("name") with { Where = "id % 10 <> 0" }, CheckOutcome.Passed, 0, "0 of 90 rows"),
        (Check.Mean("nobody", 0), CheckOutcome.Failed, null, "there is no column 'nobody'"),
        (Check.Mean("color", 0), CheckOutcome.Error, null, "can't be asked"),
    ];

    public static TheoryData<int, string> Numbers() =>
        [.. Cases.Select((found, i) => new TheoryDataRow<int, string>(i, found.Rule.Label))];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_check_tells_what_it_finds(int number, string label)
    {
        var (_, outcome, failing, message) = Cases[number];

        var result = tables.Results[number];

        Assert.True(
            (result.Outcome, result.FailingRows) == (outcome, failing ?? result.FailingRows)
            && result.Message.Contains(message, StringComparison.Ordinal),
            $"{label}: {result.Outcome}, {result.FailingRows}, {result.Message}");
    }

    [Fact]
    public void What_fails_shows_rows_with_the_column_first_and_no_bytes()
    {
        var result = tables.Results.First(found => found.Rule is { Kind: CheckKind.Range, Max: "1000" });

        Assert.StartsWith(
            "{\"odd\":\"inf\",\"id\":98,\"name\":\"name 98\"", result.Examples[0], StringComparison.Ordinal);
        Assert.DoesNotContain("raw", result.Examples[0], StringComparison.Ordinal);
        var keys = tables.Results.First(found => found.Rule is { Kind: CheckKind.Unique, Columns: ["color"] });
        Assert.Equal("{\"color\":\"red\",\"rows\":34}", keys.Examples[0]);
    }

    [Fact]
    public void A_rule_that_says_nothing_is_refused()
    {
        Assert.Contains(
            "needs 'min' or 'max'", Assert.Throws<ArgumentException>(() => Check.Range("id")).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Check.NotNull("id", 1.5));
        Assert.Throws<ArgumentException>(() => Check.Drift("id"));
        Assert.Throws<ArgumentException>(() => Check.Unique());
        Assert.Throws<ArgumentException>(() => Check.Mean("id", 3, 2));
    }

    /// <summary>One table whose checks are all asked at once, as they mostly are.</summary>
    public sealed class Tables : IAsyncLifetime
    {
        public IReadOnlyList<CheckResult> Results { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            await using var workspace = await TestWorkspace.CreateAsync();
            await workspace.OverwriteAsync("shops", "select i::bigint as id from range(5) t(i)");
            await workspace.OverwriteAsync(
                "t",
                "select * replace (case when id % 5 = 0 then null else price end as price) "
                + $"from ({Rows}) where id < 50");
            await workspace.OverwriteAsync("t", Rows);
            var report = await workspace.Tables.CheckAsync(
                "t", null, [.. Cases.Select(found => found.Rule)], Stop);
            Results = report.Results;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
