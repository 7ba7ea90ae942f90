using Millrace.Tables.Profiles;

namespace Millrace.Tests.TablesRoom.Profiles;

public sealed class ProfileFindingTests : IDisposable
{
    readonly ProfiledFile _file = new();

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData("column-empty", "null::integer", null)]
    [InlineData("column-constant", "7", null)]
    [InlineData("column-nearly-constant", "case when i = 3 then 1 else 0 end", null)]
    [InlineData("values-missing", "case when i < 600 then null else i end", 600)]
    [InlineData("values-nan", "case when i < 5 then 'nan'::double else i / 2 end", 5)]
    [InlineData("values-infinite", "case when i < 5 then 'inf'::double else i / 2 end", 5)]
    [InlineData("value-sentinel", "case when i % 50 = 0 then -1 else i end", 20)]
    [InlineData("value-sentinel", "case when i % 50 = 0 then 9999 else i % 90 end", 20)]
    [InlineData("value-outlier", "case when i = 5 then 50000 else i % 97 end", 1)]
    [InlineData("time-future", "case when i < 3 then date '2099-01-01' else date '2020-01-01' + (i % 50)::int end", 3)]
    [InlineData("time-sentinel", "case when i < 9 then date '1970-01-01' else date '2020-01-01' + (i % 9)::int end", 9)]
    [InlineData("time-sentinel", "case when i < 9 then date '9999-12-31' else date '2020-01-01' + (i % 9)::int end", 9)]
    [InlineData("text-encoding", "case when i < 4 then 'MÃ¼ller' else 'Maier' end", 4)]
    [InlineData("text-encoding", "case when i < 4 then 'donâ€™t' else 'do' end", 4)]
    [InlineData("text-encoding", "case when i < 4 then 'M\ufffdller' else 'Maier' end", 4)]
    [InlineData("text-control", "case when i < 4 then 'a' || chr(7) else 'b' end", 4)]
    [InlineData("text-blank-edges", "case when i < 4 then ' a' when i < 6 then 'b ' else 'c' end", 6)]
    [InlineData("text-empty", "case when i < 4 then '' else 'c' end", 4)]
    [InlineData("text-null-word", "case when i < 4 then 'N/A' else 'c' end", 4)]
    [InlineData("number-as-text", "(i / 2)::varchar", null)]
    [InlineData("number-mixed-text", "case when i < 4 then 'many' else i::varchar end", 4)]
    [InlineData("time-as-text", "(date '2020-01-01' + (i % 9)::int)::varchar", null)]
    [InlineData("time-mixed-text", "case when i < 4 then 'soon' else (date '2020-01-01')::varchar end", 4)]
    [InlineData("text-variants", "case when i < 4 then 'berlin' when i < 500 then 'Berlin' else 'Bonn' end", 4)]
    public async Task A_column_that_is_wrong_is_found(string code, string value, int? count)
    {
        var profile = await _file.ProfileAsync($"select i as row_number, {value} as x from range(1000) t(i)");

        var finding = Assert.Single(profile.Findings, finding => finding.Code == code);
        Assert.Equal(["x"], finding.Columns);
        Assert.Equal(count, finding.Count);
        Assert.False(finding.IsEstimate);
        Assert.Contains("'x'", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("i")]
    [InlineData("i % 3 - 1")]
    [InlineData("sin(i)")]
    [InlineData("(hash(i) % 1000) / 10")]
    [InlineData("case when i % 2 = 0 then -1 else 1 end")]
    [InlineData("'café™ ' || (i % 3) || '!'")]
    [InlineData("'Ü…' || (i % 3)")]
    [InlineData("date '1960-01-01' + (i * 20)::int")]
    [InlineData("lpad(i::varchar, 6, '0')")]
    [InlineData("timestamp '2024-01-01' + interval (i) minute")]
    public async Task A_column_that_is_right_is_left_alone(string value)
    {
        var profile = await _file.ProfileAsync($"select i as row_number, {value} as x from range(1000) t(i)");

        Assert.DoesNotContain(profile.Findings, finding => finding.Columns.Contains("x"));
    }

    [Theory]
    [InlineData("value-sentinel", "case when i % 50 = 0 then -1 else i end", 2000)]
    [InlineData("text-blank-edges", "case when i % 100 = 0 then ' a' else 'c' || i % 9 end", 1000)]
    [InlineData("text-encoding", "case when i % 100 = 0 then 'MÃ¼ller' else 'c' || i % 9 end", 1000)]
    [InlineData("text-control", "case when i % 100 = 0 then 'a' || chr(7) else 'c' || i % 9 end", 1000)]
    [InlineData("text-null-word", "case when i % 100 = 0 then 'N/A' else 'c' || i % 9 end", 1000)]
    [InlineData("number-mixed-text", "case when i % 100 = 0 then 'many' else i::varchar end", 1000)]
    [InlineData("time-future", "case when i = 7 then timestamp '2099-01-01' else timestamp '2020-01-01' end", 1)]
    [InlineData("time-sentinel", "case when i % 100 = 0 then date '1970-01-01' else date '2020-01-01' end", 1000)]
    public async Task What_a_sample_shows_is_counted_in_all_rows(string code, string value, int count)
    {
        var profile = await _file.ProfileAsync(
            $"select {value} as x from range(100000) t(i)", new ProfileOptions { SampleRows = 2000 });

        var finding = Assert.Single(profile.Findings, finding => finding.Code == code);
        Assert.Equal((count, false), ((int)finding.Count!, finding.IsEstimate));
    }

    [Fact]
    public async Task An_id_that_repeats_is_found_with_the_values_that_do()
    {
        var profile = await _file.ProfileAsync(
            "select case when i >= 995 then i - 995 else i end as user_id, i as n from range(1000) t(i)");

        var finding = profile.Findings[0];
        Assert.Equal(("id-repeated", 10L), (finding.Code, finding.Count));
        Assert.Equal("0 (2 times)", finding.Examples[0]);
        Assert.Equal(995, profile.Columns[0].DistinctCount);
        Assert.False(profile.Columns[0].IsUnique);
    }

    [Fact]
    public async Task Rows_that_are_there_twice_are_found()
    {
        var profile = await _file.ProfileAsync(
            "select i % 990 as a, 'x' || (i % 990) as b, null::integer as c from range(1000) t(i)");

        var finding = Assert.Single(profile.Findings, finding => finding.Code == "rows-repeated");
        Assert.Equal(10, finding.Count);
    }

    [Fact]
    public async Task Rows_that_are_nearly_the_same_are_found()
    {
        var profile = await _file.ProfileAsync(
            """
            select i as n, case when i = 17 then 'The quick brown fox jumps over the lazy dog near the old river bank.'
                when i = 423 then 'the quick brown fox jumps over the lazy dog, near the old river bank!!'
                else md5(i::varchar) || ' ' || md5((i * 7)::varchar) end as story
            from range(1000) t(i)
            """);

        var finding = Assert.Single(profile.Findings, finding => finding.Code == "rows-nearly-repeated");
        Assert.Equal(2, finding.Count);
        Assert.Contains("quick brown fox", finding.Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_tells_the_target_all_alone_is_found()
    {
        var profile = await _file.ProfileAsync(
            """
            select hash(i) % 10 = 0 as bought, case when hash(i) % 10 = 0 then 50 + i % 40 else i % 40 end as paid,
                case when hash(i) % 10 = 0 then 'invoice' end as paper, hash(i + 7) % 100 as noise,
                'city ' || (hash(i + 3) % 20) as city
            from range(2000) t(i)
            """,
            new ProfileOptions { Target = "bought" });

        Assert.Equal(
            ["paid", "paper"],
            profile.Findings.Where(finding => finding.Code == "target-leak").SelectMany(finding => finding.Columns)
                .Order());
        Assert.Equal("bought", profile.Target);
    }

    [Fact]
    public async Task What_tells_a_number_all_alone_is_found()
    {
        var profile = await _file.ProfileAsync(
            """
            select i * 2.5 + hash(i) % 3 as price, i * 2.0 as cost, hash(i + 1) % 100 as noise, 'x' || i % 3 as word
            from range(2000) t(i)
            """,
            new ProfileOptions { Target = "price" });

        var leak = Assert.Single(profile.Findings, finding => finding.Code == "target-leak");
        Assert.Equal(["cost"], leak.Columns);
    }

    [Fact]
    public async Task Rare_classes_and_missing_targets_are_found()
    {
        var profile = await _file.ProfileAsync(
            "select case when i < 10 then null when i % 50 = 0 then 'fraud' else 'fine' end as kind, i "
            + "from range(1000) t(i)",
            new ProfileOptions { Target = "kind" });

        Assert.Contains(profile.Findings, finding => finding is { Code: "target-missing", Count: 10 });
        Assert.Contains("'fraud'", Assert.Single(
            profile.Findings, finding => finding.Code == "class-imbalance").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_after_the_target_is_found()
    {
        var profile = await _file.ProfileAsync(
            """
            select timestamp '2024-01-01' as asked, case when i < 7 then timestamp '2024-02-01'
                else timestamp '2023-12-01' end as paid
            from range(100) t(i)
            """,
            new ProfileOptions { TargetTime = "asked" });

        var finding = Assert.Single(profile.Findings, finding => finding.Code == "time-after-target");
        Assert.Equal(7, finding.Count);
        Assert.Equal(["paid", "asked"], finding.Columns);
    }

    [Fact]
    public async Task The_worst_comes_first()
    {
        var profile = await _file.ProfileAsync(
            "select 1 as one, case when i < 900 then null else 2 end as two, "
            + "case when i < 3 then 'MÃ¼ller' else 'x' end as three from range(1000) t(i)");

        Assert.Equal(
            profile.Findings.Select(finding => finding.Severity).OrderDescending(),
            profile.Findings.Select(finding => finding.Severity));
        Assert.Equal("text-encoding", profile.Findings[0].Code);
    }
}
