using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>When an input is held already, and when it is not any more.</summary>
public sealed class IngestAgainTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_deleted_with_all_rows_is_added_again()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a,b\n1,x\n2,y\n");
        await workspace.IngestAsync("t", "a.csv");
        await workspace.Tables.Editor.DeleteAsync("t", null, cancellationToken: Stop);

        var again = await workspace.IngestAsync("t", "a.csv");
        var third = await workspace.IngestAsync("t", "a.csv");

        Assert.Equal((2, null), (again.Rows, third.Version));
        Assert.Equal(["1|x", "2|y"], await workspace.RowsAsync("from t order by a"));
    }

    [Fact]
    public async Task What_a_restore_took_back_is_added_again_and_nothing_else()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a,b\n1,x\n");
        workspace.WriteFile("b.csv", "a,b\n2,y\n");
        await workspace.IngestAsync("t", "a.csv");
        await workspace.IngestAsync("t", "b.csv");
        await workspace.Tables.Editor.RestoreAsync("t", 0, Stop);

        var first = await workspace.IngestAsync("t", "a.csv");
        var second = await workspace.IngestAsync("t", "b.csv");

        Assert.Equal((null, 1), (first.Version, second.Rows));
        Assert.Equal(["1|x", "2|y"], await workspace.RowsAsync("from t order by a"));
    }

    [Fact]
    public async Task What_lost_some_rows_is_not_added_twice_and_told()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a,b\n1,x\n2,y\n");
        workspace.WriteFile("b.csv", "a,b\n3,z\n");
        await workspace.IngestAsync("t", "a.csv");
        await workspace.Tables.Editor.DeleteAsync("t", "a = 1", cancellationToken: Stop);
        await workspace.IngestAsync("t", "b.csv");

        var again = await workspace.IngestAsync("t", "a.csv");
        var other = await workspace.IngestAsync("t", "b.csv");
        var forced = await workspace.IngestAsync("t", "a.csv", settings => settings with { IsRepeated = true });

        Assert.Null(again.Version);
        Assert.Contains("table:t@v1 deleted or changed rows since; '--again'", Assert.Single(again.Notices));
        Assert.DoesNotContain("since", Assert.Single(other.Notices));
        Assert.Equal(2, forced.Rows);
    }

    [Fact]
    public async Task What_another_writer_replaced_is_added_again()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a,b\n1,x\n");
        await workspace.IngestAsync("t", "a.csv");
        await workspace.OverwriteAsync("t", "select 9::bigint as a, 'q' as b");

        var again = await workspace.IngestAsync("t", "a.csv");

        Assert.Equal(1, again.Rows);
        Assert.Equal(["1|x", "9|q"], await workspace.RowsAsync("from t order by a"));
    }

    [Fact]
    public async Task Rows_that_are_only_arranged_anew_are_held_as_before()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a,b\n1,x\n");
        workspace.WriteFile("b.csv", "a,b\n2,y\n");
        await workspace.IngestAsync("t", "a.csv");
        await workspace.IngestAsync("t", "b.csv");
        await workspace.Tables.Editor.OptimizeAsync("t", new(), cancellationToken: Stop);

        var again = await workspace.IngestAsync("t", "a.csv");

        Assert.Null(again.Version);
        Assert.DoesNotContain("since", Assert.Single(again.Notices));
    }

    [Fact]
    public async Task A_clone_holds_what_its_source_held()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.jsonl", "{\"a\":1,\"b\":{}}\n");
        workspace.WriteFile("b.jsonl", "{\"a\":2,\"b\":{}}\n");
        await workspace.IngestAsync("t", "a.jsonl");
        await workspace.Tables.Editor.CloneAsync("t", null, "u", Stop);
        await workspace.IngestAsync("t", "b.jsonl");
        await workspace.Tables.Editor.CloneAsync("u", null, "v", Stop);

        var again = await workspace.IngestAsync("v", "a.jsonl");
        var other = await workspace.IngestAsync("v", "b.jsonl");

        Assert.Equal((null, 1), (again.Version, other.Rows));
        Assert.Equal(["1|{}", "2|{}"], await workspace.RowsAsync("from v order by a"));
    }

    [Fact]
    public async Task Many_inputs_that_are_held_are_told_in_a_few_lines()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        for (var i = 0; i < 20; i++)
        {
            workspace.WriteFile($"many/{i:D2}.csv", $"a,b\n{i},x\n");
        }

        await workspace.IngestAsync("t", "many/*.csv");

        var again = await workspace.IngestAsync("t", "many/*.csv");

        Assert.Equal(6, again.Notices.Count);
        Assert.StartsWith("15 more files", again.Notices[^1], StringComparison.Ordinal);
        Assert.Equal(20, again.Files.Count(file => file.IsKnown));
    }

    [Theory]
    [InlineData(TableMode.Overwrite, null, "records-bad")]
    [InlineData(TableMode.Append, "1", "quarantine-many")]
    [InlineData(TableMode.Append, "50%", "quarantine-many")]
    [InlineData(TableMode.Append, "2", null)]
    [InlineData(TableMode.Append, "100%", null)]
    public async Task Records_that_are_all_bad_do_not_empty_a_table_nor_pass_a_limit(
        TableMode mode, string? limit, string? code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("good.csv", "a,b\n1,x\n");
        workspace.WriteFile("bad.csv", "a,b\n1\n2\n");
        await workspace.IngestAsync("t", "good.csv");

        var failure = await Record.ExceptionAsync(() => workspace.IngestAsync("t", "bad.csv", settings => settings with
        {
            Mode = mode,
            MaxQuarantined = limit is null ? null : QuarantineLimit.Parse(limit),
        }));

        Assert.Equal(code, (failure as MillraceException)?.Code);
        Assert.Equal(["1|x"], await workspace.RowsAsync("from t"));
        if (code is not null)
        {
            Assert.Contains("it has 1 fields where 2 were expected", failure!.Message);
            Assert.Null(await workspace.Tables.FindAsync("t$quarantine", Stop));
        }
    }

    [Theory]
    [InlineData("0", 0, 10, true)]
    [InlineData("0", 1, 10, false)]
    [InlineData("10%", 1, 10, true)]
    [InlineData("9.9%", 1, 10, false)]
    [InlineData("0%", 0, 0, true)]
    public void A_limit_is_a_number_or_a_share(string text, long bad, long records, bool isWithin) =>
        Assert.Equal(isWithin, QuarantineLimit.Parse(text).Allows(bad, records));

    [Theory]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("101%")]
    [InlineData("%")]
    [InlineData("1.5")]
    public void A_limit_that_is_none_is_refused(string text) =>
        Assert.Equal("option-invalid", Assert.Throws<MillraceException>(() => QuarantineLimit.Parse(text)).Code);
}
