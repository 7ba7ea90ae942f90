using Millrace.Tables.Profiles;

namespace Millrace.Tests.TablesRoom.Profiles;

public sealed class TableProfilerTests : IDisposable
{
    const string Rows = """
        select i as id, (i % 7)::integer as day, case when i % 10 = 0 then null else i / 3.0::double end as x,
            'word ' || (i % 5) as word, date '2020-01-01' + (i % 100)::integer as at, i % 2 = 0 as even,
            [i, i + 1] as pair, {'a': i} as nested, 'b'::blob as bytes
        from range(1000) t(i)
        """;

    readonly ProfiledFile _file = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task All_rows_of_a_small_file_are_looked_at()
    {
        var profile = await _file.ProfileAsync(Rows);

        Assert.Equal(1000, profile.RowCount);
        Assert.True(profile.IsWhole);
        Assert.False(profile.IsFirst);
        Assert.Equal(
            ["id", "day", "x", "word", "at", "even", "pair", "nested", "bytes"],
            profile.Columns.Select(column => column.Name));
        var x = profile.Columns[2];
        Assert.Equal(ColumnKind.Number, x.Kind);
        Assert.Equal(100, x.NullCount);
        Assert.Equal(900, x.DistinctCount);
        Assert.True(x.IsDistinctExact);
        Assert.Equal("333.0", x.Max);
        Assert.Equal(900, x.Histogram!.Counts.Sum());
        Assert.Equal(7, profile.Columns[1].DistinctCount);
        Assert.Equal(7, profile.Columns[1].Histogram!.Counts.Count);
        Assert.Equal(("word 0", 200L), (profile.Columns[3].Top[0].Value, profile.Columns[3].Top[0].Count));
        Assert.Equal(new LengthFigures(6, 6, 6), profile.Columns[3].Lengths);
        Assert.Equal("2020-04-09", profile.Columns[4].Max);
        Assert.Equal(0.5, profile.Columns[5].Mean);
        Assert.Equal(new LengthFigures(2, 2, 2), profile.Columns[6].Lengths);
        Assert.True(profile.Columns[0].IsUnique);
    }

    [Fact]
    public async Task What_is_written_down_comes_first_and_reads_no_row()
    {
        var path = _file.Parquet(Rows);
        TableProfile? first = null;

        var profile = await new TableProfiler(_file.Folder, new ProfileOptions { IsFirstOnly = true })
            .ProfileAsync([path], new Now(value => first = value), Stop);

        Assert.Same(first, profile);
        Assert.True(profile.IsFirst);
        Assert.Equal(1000, profile.RowCount);
        Assert.Equal((0L, "0", "999"), (profile.Columns[0].NullCount, profile.Columns[0].Min, profile.Columns[0].Max));
        Assert.Equal(100, profile.Columns[2].NullCount);
        Assert.Equal("2020-01-01", profile.Columns[4].Min);
    }

    [Fact]
    public async Task What_a_tables_log_tells_is_what_its_rows_say()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", Rows);
        await workspace.AppendAsync("t", Rows.Replace("range(1000)", "range(1000, 3000)", StringComparison.Ordinal));
        var snapshot = workspace.Tables.OpenNewest("t");
        TableProfile? first = null;

        var whole = await workspace.Tables.Profiler().ProfileAsync(snapshot, new Now(value => first = value), Stop);

        Assert.Equal("t@v1", whole.Name);
        Assert.Equal(3000, first!.RowCount);
        Assert.All(
            first.Columns.Zip(whole.Columns).Where(pair => pair.First.NullCount is not null),
            pair => Assert.Equal(pair.Second.NullCount, pair.First.NullCount));
        Assert.Equal("0", first.Columns[0].Min);
        Assert.Equal("2999", first.Columns[0].Max);
        Assert.Equal("2020-04-09", first.Columns[4].Max);
        Assert.Equal(3000, whole.Columns[0].DistinctCount);
    }

    [Fact]
    public async Task Deleted_rows_and_partitions_are_seen_as_the_table_has_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select i as id, i % 3 as part from range(300) t(i)");
        await workspace.Tables.Editor.DeleteAsync("t", "part = 1", cancellationToken: Stop);

        var profile = await workspace.Tables.Profiler().ProfileAsync(workspace.Tables.OpenNewest("t"), null, Stop);

        Assert.Equal(200, profile.RowCount);
        Assert.Equal(2, profile.Columns[1].DistinctCount);
    }

    [Fact]
    public async Task Of_many_rows_a_part_is_looked_at_and_all_are_counted()
    {
        var profile = await _file.ProfileAsync(
            """
            select i as id, i % 10 as ten, hash(i) % 1000 / 10.0 as x, 'w' || (hash(i) % 4) as word,
                case when i = 777 then 1e6 else sin(i) end as far
            from range(200000) t(i)
            """,
            new ProfileOptions { SampleRows = 5000 });

        Assert.InRange(profile.SampleRowCount, 4500, 5500);
        Assert.False(profile.IsWhole);
        Assert.Equal("199999", profile.Columns[0].Max);
        Assert.Equal(200_000, profile.Columns[0].DistinctCount);
        Assert.True(profile.Columns[0].IsUnique);
        Assert.Equal(10, profile.Columns[1].DistinctCount);
        Assert.InRange(profile.Columns[2].Quantiles[3], 47, 53);
        Assert.InRange(profile.Columns[3].Top[0].Share, 0.24, 0.28);
        // One row in two hundred thousand is found by the bounds, and counted.
        var outlier = Assert.Single(profile.Findings, finding => finding.Code == "value-outlier");
        Assert.Equal((1L, false), (outlier.Count, outlier.IsEstimate));
        Assert.Equal(["1000000.0"], outlier.Examples);
    }

    [Fact]
    public async Task The_same_rows_are_looked_at_each_time()
    {
        var options = new ProfileOptions { SampleRows = 1000 };
        const string Query = "select i as id, hash(i) % 100 as x, 'w' || (hash(i) % 7) as word from range(50000) t(i)";

        var one = await _file.ProfileAsync(Query, options);
        var other = await _file.ProfileAsync(Query, options with { Threads = 1 });

        Assert.Equal(one.SampleRowCount, other.SampleRowCount);
        foreach (var (left, right) in one.Columns.Zip(other.Columns))
        {
            Assert.Equal(left.Top, right.Top);
            Assert.Equal(left.Quantiles, right.Quantiles);
        }
    }

    [Theory]
    [InlineData("select 1 as a where false")]
    [InlineData("select null::integer as a, null as b from range(10)")]
    [InlineData("select 1e308::double as a union all select -1e308 union all select 1e308")]
    [InlineData("select unnest([1.5, 'nan'::double, 'inf'::double, '-inf'::double, null]) as a")]
    [InlineData("select unnest([date '0001-01-01', 'infinity'::date, '-infinity'::date, date '290000-01-01']) as a")]
    [InlineData("select unnest([timestamp '1970-01-01', 'infinity'::timestamp, '290000-01-01'::timestamp]) as a")]
    [InlineData("select 170141183460469231731687303715884105727::hugeint as a, -9223372036854775807 - 1 as b")]
    [InlineData("select 1.5::decimal(38,10) as a, uuid() as b, '{\"a\":1}'::json as c, interval 1 day as d")]
    [InlineData("select 1 as \"a\"\"b'c; drop table x\", 2 as \"millrace_row\", 3 as \"place_file\", 4 as c0")]
    [InlineData("select repeat('ä', 100000) as a, '' as b, ' ' as c, '\U0001F600' as d from range(100)")]
    [InlineData("select time '12:00:00' as a, 'x'::enum('x', 'y') as b, map {'k': 1} as c, []::integer[] as d")]
    public async Task No_values_are_too_strange_to_be_looked_at(string query)
    {
        var profile = await _file.ProfileAsync(query);

        Assert.NotEmpty(profile.Columns);
        Assert.False(profile.IsFirst);
    }

    [Fact]
    public async Task Long_texts_that_begin_alike_are_told_apart()
    {
        var profile = await _file.ProfileAsync(
            "select repeat('x', 600) || (i % 70) as text from range(700) t(i)");

        Assert.Equal((70L, true), (profile.Columns[0].DistinctCount, profile.Columns[0].IsDistinctExact));
        Assert.Empty(profile.Columns[0].Top);
    }

    [Fact]
    public async Task Columns_can_be_chosen_and_an_unknown_one_is_named()
    {
        var profile = await _file.ProfileAsync(Rows, new ProfileOptions { Columns = ["WORD", "id"], Target = "day" });

        Assert.Equal(["word", "id", "day"], profile.Columns.Select(column => column.Name));
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => _file.ProfileAsync(Rows, new ProfileOptions { Columns = ["wort"] }));
        Assert.Equal("column-unknown", failure.Code);
        Assert.Contains("'word'", failure.Hint, StringComparison.Ordinal);
        failure = await Assert.ThrowsAsync<MillraceException>(
            () => _file.ProfileAsync(Rows, new ProfileOptions { TargetTime = "word" }));
        Assert.Equal("column-kind", failure.Code);
    }

    [Fact]
    public async Task Files_of_text_are_read_with_types_that_all_values_have()
    {
        var profile = await _file.ProfileFileAsync("a.csv", "zip,n,day\n01234,1,2026-01-01\n98765,2,2026-01-02\n");

        Assert.Equal(["string", "bigint", "date"], profile.Columns.Select(column => column.Type));
        Assert.Equal("01234", profile.Columns[0].Min);
        var lines = await _file.ProfileFileAsync("a.jsonl", "{\"a\":1}\n{\"a\":2.5,\"b\":\"x\"}\n");
        Assert.Equal(("double", 1L), (lines.Columns[0].Type, lines.Columns[1].NullCount));
        Assert.Empty(Directory.EnumerateFiles(_file.Folder, "profile-*"));
    }

    [Fact]
    public async Task A_file_that_can_not_be_read_is_an_error_of_the_file()
    {
        await File.WriteAllTextAsync(_file["a.parquet"], "PAR1 is not enough", Stop);
        await File.WriteAllTextAsync(_file["c.xlsx"], "", Stop);

        Assert.Equal("file-damaged", await CodeOfAsync("a.parquet"));
        Assert.Equal("file-missing", await CodeOfAsync("b.csv"));
        Assert.Equal("file-format", await CodeOfAsync("c.xlsx"));

        async Task<string> CodeOfAsync(string name) => (await Assert.ThrowsAsync<MillraceException>(
            () => new TableProfiler(_file.Folder).ProfileAsync([_file[name]], cancellationToken: Stop))).Code;
    }

    sealed class Now(Action<TableProfile> report) : IProgress<TableProfile>
    {
        public void Report(TableProfile value) => report(value);
    }
}
