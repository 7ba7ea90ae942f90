using System.Text;
using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>What comes into a table that is there.</summary>
public sealed class IngestDriftTests
{
    [Fact]
    public async Task The_same_bytes_are_added_once_and_a_changed_file_is_a_new_input()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a\n1\n2\n");
        workspace.WriteFile("copy.csv", "a\n1\n2\n");
        await workspace.IngestAsync("t", "a.csv");

        var again = await workspace.IngestAsync("t", "*.csv");

        Assert.Null(again.Version);
        Assert.All(again.Files, file => Assert.True(file.IsKnown));
        Assert.Contains("not added again", again.Notices[0]);
        Assert.Contains("table:t@v0", again.Notices[0]);
        workspace.WriteFile("a.csv", "a\n1\n2\n3\n");
        Assert.Equal(3, (await workspace.IngestAsync("t", "*.csv")).Rows);
        Assert.Equal(2, (await workspace.IngestAsync("t", "copy.csv", s => s with { IsRepeated = true })).Rows);
        Assert.Equal(["7"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task Overwriting_replaces_the_rows_and_what_is_known_of_inputs()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a\n1\n2\n");
        workspace.WriteFile("b.csv", "b\nx\n");
        await workspace.IngestAsync("t", "a.csv");
        await workspace.IngestAsync("t", "b.csv", settings => settings with { Mode = TableMode.Overwrite });
        Assert.Equal(["x"], await workspace.RowsAsync("select * from t"));

        var again = await workspace.IngestAsync(
            "t", "a.csv", settings => settings with { OnDrift = DriftPolicy.AddColumns });

        Assert.Equal(2, again.Rows);
    }

    [Fact]
    public async Task Without_a_policy_every_difference_is_listed_and_nothing_added()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a,b,c\n1,x,1\n");
        workspace.WriteFile("b.csv", "a,b,d\n1.5,y,2026-01-01\n");
        await workspace.IngestAsync("t", "a.csv");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.IngestAsync("t", "b.csv"));

        Assert.Equal("schema-drift", failure.Code);
        Assert.Contains("'a' is double in the input and long in the table", failure.Message);
        Assert.Contains("'c' (long) is missing from the input", failure.Message);
        Assert.Contains("'d' (date) is not in the table", failure.Message);
        Assert.Equal(["1"], await workspace.RowsAsync("select count(*) from t"));
        Assert.Single(Directory.GetFiles(workspace.TableFolder("t"), "*.parquet"));
    }

    [Fact]
    public async Task New_columns_are_null_in_older_rows()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.jsonl", "{\"a\":1}\n");
        workspace.WriteFile("b.jsonl", "{\"b\":\"x\",\"a\":2}\n{\"c\":[1]}\n");
        await workspace.IngestAsync("t", "a.jsonl");

        await workspace.IngestAsync("t", "b.jsonl", settings => settings with { OnDrift = DriftPolicy.AddColumns });

        Assert.Equal(
            ["1|null|null", "2|x|null", "null|null|[1]"],
            await workspace.RowsAsync("select a, b, c::varchar from t order by a"));
    }

    [Fact]
    public async Task A_column_takes_a_wider_type_and_no_value_changes()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "n,l,s\n1,9007199254740993,5\n2,2,6\n");
        workspace.WriteFile("b.csv", "n,l,s\n1.5,18446744073709551615,x\n");
        await workspace.IngestAsync("t", "a.csv");

        var report = await workspace.IngestAsync(
            "t", "b.csv", settings => settings with { OnDrift = DriftPolicy.Widen });

        Assert.Equal(["double", "decimal(20,0)", "string"], report.Columns.Select(column => column.Type));
        Assert.Equal(
            ["1.0|9007199254740993|5", "1.5|18446744073709551615|x", "2.0|2|6"],
            await workspace.RowsAsync("select n::varchar, l::varchar, s from t order by n"));
    }

    [Fact]
    public async Task Records_that_do_not_fit_go_to_the_quarantine()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.jsonl", "{\"a\":1}\n");
        workspace.WriteFile("b.jsonl", "{\"a\":\"x\"}\n{\"a\":2}\n{\"a\":3,\"z\":1}\n");
        await workspace.IngestAsync("t", "a.jsonl");

        var report = await workspace.IngestAsync(
            "t", "b.jsonl", settings => settings with { OnDrift = DriftPolicy.Quarantine });

        Assert.Equal((3, 1, 2), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(
            ["1|a|the value does not fit the type long|{\"a\":\"x\"}",
                "3|z|the table has no such column|{\"a\":3,\"z\":1}"],
            await workspace.RowsAsync(
                "select line, column_name, reason, raw from \"t$quarantine\" order by line"));
    }

    [Fact]
    public async Task A_type_that_is_given_quarantines_what_does_not_fit()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "zip,n\n01234,1\n12345,x\n99999,NA\n");

        var report = await workspace.IngestAsync("t", "a.csv", settings => settings with
        {
            Types = new Dictionary<string, string> { ["zip"] = "string", ["n"] = "long" },
            Nulls = ["NA"],
        });

        Assert.Equal((3, 2, 1), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(["01234|1", "99999|null"], await workspace.RowsAsync("select zip, n from t order by zip"));
    }

    [Fact]
    public async Task A_dry_run_tells_schema_and_counts_and_leaves_nothing()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a,b\n1,x\n2\n");

        var report = await workspace.IngestAsync("t", "a.csv", settings => settings with { IsDryRun = true });

        Assert.Equal((2, 1, 1), (report.Records, report.Rows, report.Quarantined));
        Assert.Equal(["a long", "b string"], report.Columns.Select(column => $"{column.Name} {column.Type}"));
        Assert.Null(workspace.Log("t"));
        Assert.False(Directory.Exists(workspace.TableFolder("t")));
    }

    [Fact]
    public async Task Quotes_that_mislead_the_cut_into_parts_lose_nothing()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var text = new StringBuilder("id,size,note\n");
        var wide = new string('n', 200);
        for (var i = 0; i < 200_000; i++)
        {
            // A lone quote within a field counts as one, and a field holds a line end.
            text.Append(i % 7 == 0 ? $"{i},5\" pipe,\"{wide}\n{i}\"\n" : $"{i},{i},{wide}\n");
        }

        workspace.WriteFile("a.csv", text.ToString());

        var report = await workspace.IngestAsync("t", "a.csv");

        Assert.Equal((200_000, 200_000), (report.Records, report.Rows));
        Assert.Equal(
            ["200000|19999900000|28572"],
            await workspace.RowsAsync("select count(*), sum(id)::bigint, count(*) filter (size = '5\" pipe') from t"));
    }

    [Fact]
    public async Task Two_ingests_of_one_file_at_once_add_it_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a\n1\n2\n");

        var reports = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => workspace.IngestAsync("t", "a.csv"))));

        Assert.Equal(2, reports.Sum(report => report.Rows));
        Assert.Equal(["2"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_cancelled_ingest_leaves_no_file_and_frees_the_table()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "a\n" + string.Join('\n', Enumerable.Range(0, 100_000)));
        using var stop = new CancellationTokenSource();
        var settings = new IngestSettings { Table = "t", Sources = [Path.Combine(workspace.Outside, "a.csv")] };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => workspace.Open.Sources.IngestAsync(
            settings, new Cancelling(stop), stop.Token));

        Assert.Empty(Directory.GetFiles(workspace.Tables.Folder, "*", SearchOption.AllDirectories));
        Assert.Equal(0, await workspace.CountAsync("select count(*) from lease"));
        Assert.Equal(100_000, (await workspace.IngestAsync("t", "a.csv")).Rows);
    }

    sealed class Cancelling(CancellationTokenSource stop) : IProgress<IngestProgress>
    {
        public void Report(IngestProgress value)
        {
            if (value.Rows > 0)
            {
                stop.Cancel();
            }
        }
    }
}
