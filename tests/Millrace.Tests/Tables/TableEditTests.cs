using Millrace.Tables;
using Millrace.Tables.Delta;

namespace Millrace.Tests.TablesRoom;

/// <summary>Rows that are written, deleted and changed, and read back.</summary>
public sealed class TableEditTests
{
    const string Numbers = "select i::bigint as id, 'n' || i as name, i % 3 as part from range(9) t(i)";

    static readonly TableWrite Parted = new() { PartitionColumns = ["part"] };

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_is_parted_by_a_column_whose_values_are_in_folders()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var edit = await workspace.Tables.Editor.WriteAsync("t", Numbers, Parted, cancellationToken: Stop);

        Assert.Equal((9L, 3), (edit.InsertedRows, edit.AddedFiles));
        Assert.Equal(
            ["part=0", "part=1", "part=2"], workspace.Log("t")!.Files.Select(file => file.Path.Split('/')[0]).Order());
        Assert.Equal(["9|36|3"], await workspace.RowsAsync("select count(*), sum(id), count(distinct part) from t"));
        Assert.Equal(["1|n1|1"], await workspace.RowsAsync("select * from t where id = 1"));
    }

    [Theory]
    [InlineData("'a/b=c%d ''e'' ü'")]
    [InlineData("null::varchar")]
    [InlineData("date '2026-01-01'")]
    [InlineData("timestamptz '2026-01-01 00:00:00.123456+00'")]
    [InlineData("1.50::decimal(9,2)")]
    [InlineData("true")]
    [InlineData("'nan'::double")]
    [InlineData("repeat('x', 1000)")]
    [InlineData("'..'")]
    public async Task Any_value_of_a_partition_comes_back(string value)
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        await workspace.Tables.Editor.WriteAsync(
            "t", $"select 1 as id, {value} as p union all select 2, null", new() { PartitionColumns = ["p"] },
            cancellationToken: Stop);

        Assert.Equal(
            ["1"], await workspace.RowsAsync($"select id from t where p is not distinct from {value} and id = 1"));
        Assert.Equal(["2"], await workspace.RowsAsync("select id from t where p is null and id = 2"));
    }

    [Fact]
    public async Task Rows_of_a_condition_go_and_other_files_stay()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Numbers, Parted, cancellationToken: Stop);

        var edit = await workspace.Tables.Editor.DeleteAsync("t", "id in (1, 2, 5, 8)", cancellationToken: Stop);

        Assert.Equal((4L, 1, 2), (edit.DeletedRows, edit.AddedFiles, edit.RemovedFiles));
        Assert.Equal(["0", "3", "4", "6", "7"], await workspace.RowsAsync("select id from t order by id"));
        Assert.Equal("DELETE", workspace.Log("t")!.Note!.Operation);
        Assert.Equal(9, workspace.Tables.OpenAt("t", 0).RowCount);
    }

    [Fact]
    public async Task A_condition_that_no_row_meets_makes_no_version()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Numbers, Parted, cancellationToken: Stop);

        var edit = await workspace.Tables.Editor.DeleteAsync("t", "id > 100 or name is null", cancellationToken: Stop);

        Assert.False(edit.IsChanged);
        Assert.Equal(0, edit.Version!.Number);
        Assert.Equal(0, workspace.Log("t")!.Version);
        Assert.Equal(0, await workspace.CountAsync("select count(*) from run where outcome = 'running'"));
    }

    [Fact]
    public async Task A_condition_may_ask_other_tables_which_are_inputs_of_the_run()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Numbers, new(), cancellationToken: Stop);
        await workspace.AppendAsync("gone", "select 3::bigint as id");

        var edit =
            await workspace.Tables.Editor.DeleteAsync("t", "id in (select id from gone)", cancellationToken: Stop);

        Assert.Equal(1, edit.DeletedRows);
        Assert.Equal(8, workspace.Log("t")!.RowCount);
        Assert.Equal(
            2, await workspace.CountAsync(
                $"select count(*) from lineage_edge where run_id = '{edit.Version!.RunId}' and is_output = 0"));
    }

    [Fact]
    public async Task Columns_change_in_the_rows_of_a_condition()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Numbers, Parted, cancellationToken: Stop);

        var edit = await workspace.Tables.Editor.UpdateAsync(
            "t", new Dictionary<string, string> { ["name"] = "upper(t.name) || id", ["PART"] = "part + 10" }, "id < 2",
            cancellationToken: Stop);

        Assert.Equal((2L, 0L), (edit.UpdatedRows, edit.DeletedRows));
        Assert.Equal(
            ["0|N00|10", "1|N11|11", "2|n2|2"], await workspace.RowsAsync("select * from t where id < 3 order by id"));
        Assert.Equal(["9"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task An_overwrite_may_replace_a_condition_or_the_partitions_that_it_fills()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Numbers, Parted, cancellationToken: Stop);
        var overwrite = new TableWrite { Mode = TableMode.Overwrite };

        await workspace.Tables.Editor.WriteAsync(
            "t", "select 100::bigint as id, 'x' as name, 1::bigint as part",
                overwrite with { ReplacesPartitions = true },
            cancellationToken: Stop);
        Assert.Equal(["7|1"], await workspace.RowsAsync("select count(*), count(*) filter (where part = 1) from t"));

        await workspace.Tables.Editor.WriteAsync(
            "t", "select 200::bigint as id, 'y' as name, 0::bigint as part",
                overwrite with { ReplaceWhere = "id >= 5" },
            cancellationToken: Stop);
        Assert.Equal(["0", "2", "3", "200"], await workspace.RowsAsync("select id from t order by id"));
        await workspace.Tables.Editor.WriteAsync(
            "t", "select 1::bigint as id, 'z' as name, 0::bigint as part", overwrite, cancellationToken: Stop);
        Assert.Equal(["1|z|0"], await workspace.RowsAsync("from t"));
    }

    [Fact]
    public async Task A_row_outside_of_the_condition_that_is_replaced_is_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Numbers, new(), cancellationToken: Stop);

        Assert.Equal("replace-outside", await FailsAsync(workspace.Tables.Editor.WriteAsync(
            "t", "select 1::bigint as id, 'z' as name, 0::bigint as part",
            new() { Mode = TableMode.Overwrite, ReplaceWhere = "id > 5" }, cancellationToken: Stop)));
        Assert.Equal(0, workspace.Log("t")!.Version);
        Assert.Single(Directory.EnumerateFiles(workspace.TableFolder("t"), "*.parquet"));
    }

    [Fact]
    public async Task Nested_rows_have_nested_statistics_and_their_objects_are_listed()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var hash = new string('b', 64);

        await workspace.Tables.Editor.WriteAsync(
            "t",
            $"select {{'x': i, 'y': {{'z': 'object:{hash}'}}}} as s, [{{'k': i}}] as l, map {{'a': i}} as m from "
                + $"range(3) t(i)",
            new(), cancellationToken: Stop);

        var file = Assert.Single(workspace.Log("t")!.Files);
        Assert.Contains("\"minValues\":{\"s\":{\"x\":0,\"y\":{\"z\":\"object:bbb", file.Statistics);
        Assert.Contains("\"maxValues\":{\"s\":{\"x\":2,\"y\":{}}}", file.Statistics);
        Assert.Contains("\"nullCount\":{\"s\":{\"x\":0,\"y\":{\"z\":0}},\"l\":0,\"m\":0}", file.Statistics);
        Assert.Equal($"{hash}\n", File.ReadAllText(Path.Join(workspace.TableFolder("t"), file.ObjectList)));
        Assert.Equal(["2|2|2"], await workspace.RowsAsync("select s.x, l[1].k, m['a'] from t where s.x = 2"));
    }

    [Fact]
    public async Task A_table_keeps_its_constraints()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync("t", Numbers, new(), cancellationToken: Stop);

        await editor.AddConstraintAsync("t", "small", "\"id\" < 100 and name <> 'it''s'", Stop);

        Assert.Equal(
            "`id` < 100 and name <> 'it''s'", workspace.Log("t")!.Metadata.Configuration["delta.constraints.small"]);
        Assert.Equal(3, workspace.Log("t")!.Protocol.MinWriterVersion);
        Assert.Equal("constraint-violated", await FailsAsync(editor.WriteAsync(
            "t", "select 100::bigint as id, 'a' as name, 1::bigint as part", new(), cancellationToken: Stop)));
        Assert.Equal("constraint-violated", await FailsAsync(editor.UpdateAsync(
            "t", new Dictionary<string, string> { ["id"] = "id * 100" }, null, cancellationToken: Stop)));
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.PublishAsync(
                workspace.Stage("t", TableMode.Append, "select null::bigint as id, 'a' as name, 1::bigint as part")));
        Assert.Contains("'small'", failure.Message);
        Assert.Equal("constraint-violated", await FailsAsync(editor.AddConstraintAsync("t", "none", "id < 3", Stop)));
        await editor.DropConstraintAsync("t", "small", Stop);
        await editor.WriteAsync("t", "select 100::bigint as id, 'a' as name, 1::bigint as part", new(),
            cancellationToken: Stop);
        Assert.Equal(10, workspace.Log("t")!.RowCount);
    }

    [Fact]
    public async Task A_table_that_only_takes_rows_lets_none_go()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync(
            "t", Numbers, new() { Properties = new Dictionary<string, string> { ["delta.appendOnly"] = "true" } },
            cancellationToken: Stop);

        Assert.Equal(
            "table-not-writable", await FailsAsync(editor.DeleteAsync("t", "id = 1", cancellationToken: Stop)));
        await editor.WriteAsync("t", Numbers, new(), cancellationToken: Stop);
        await editor.OptimizeAsync("t", new(), cancellationToken: Stop);

        Assert.Equal((18L, 1), (workspace.Log("t")!.RowCount, workspace.Log("t")!.Files.Count));
    }

    [Fact]
    public async Task Rows_of_an_application_are_written_once()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var once = new TableWrite { Progress = ("loader", 7) };

        await workspace.Tables.Editor.WriteAsync("t", Numbers, once, cancellationToken: Stop);
        var again = await workspace.Tables.Editor.WriteAsync("t", Numbers, once, cancellationToken: Stop);

        Assert.False(again.IsChanged);
        Assert.Equal(9, workspace.Log("t")!.RowCount);
    }

    [Fact]
    public async Task The_feed_of_changes_has_what_each_version_changed()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync(
            "t", Numbers,
            Parted with { Properties = new Dictionary<string, string> { ["delta.enableChangeDataFeed"] = "true" } },
            cancellationToken: Stop);

        await editor.DeleteAsync("t", "id = 1", cancellationToken: Stop);
        await editor.UpdateAsync("t", new Dictionary<string, string> { ["name"] = "'new'" }, "id = 2",
            cancellationToken: Stop);
        await editor.MergeAsync(
            "t", TableMerge.Upsert("select unnest([3, 50])::bigint as id, 'm' as name, 0::bigint as part", ["id"]),
            cancellationToken: Stop);

        Assert.Equal(4, workspace.Log("t")!.Protocol.MinWriterVersion);
        Assert.Equal(["delete n1"], Feed(workspace, 1));
        Assert.Equal(["update_postimage new", "update_preimage n2"], Feed(workspace, 2));
        Assert.Equal(["insert m", "update_postimage m", "update_preimage n3"], Feed(workspace, 3));
    }

    [Fact]
    public async Task A_version_knows_figures_of_the_columns_that_it_wrote()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var edit = await workspace.Tables.Editor.WriteAsync(
            "t", "select i as n, if(i = 3, 'nan'::double, i / 2) as x, if(i < 2, null, 'abc') as s from range(100) "
                + "t(i)", new(),
            cancellationToken: Stop);

        var columns = System.Text.Json.Nodes.JsonNode.Parse(edit.Version!.Summary)!["columns"]!;
        Assert.Equal("0", (string?)columns["n"]!["min"]);
        Assert.Equal("99", (string?)columns["n"]!["max"]);
        Assert.Equal(1, (int?)columns["x"]!["nan"]);
        Assert.Equal(2, (int?)columns["s"]!["nulls"]);
        Assert.Equal(3, (int?)columns["s"]!["lengthMax"]);
        Assert.Equal("abc", (string?)columns["s"]!["top"]![0]);
        Assert.Equal(7, columns["n"]!["quantiles"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_foreign_table_whose_features_are_not_kept_is_refused_by_name()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", Numbers, new(), cancellationToken: Stop);
        DeltaLog.TryPut(
            new LocalTableFiles(workspace.TableFolder("t")), 1,
            """
            {"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking","domainMetadata"]}}
            """u8);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Tables.Editor.DeleteAsync("t", null, cancellationToken: Stop));

        Assert.Equal("table-not-writable", failure.Code);
        Assert.Contains("rowTracking", failure.Message);
        Assert.DoesNotContain("domainMetadata", failure.Message);
    }

    static List<string> Feed(TestWorkspace workspace, long version)
    {
        var actions = DeltaLog.ReadEntry("t", new LocalTableFiles(workspace.TableFolder("t")), version)!;
        using var session = workspace.Tables.OpenSession();
        var paths = string.Join(", ", actions.Changes.Select(file => $"'{workspace.TableFolder("t")}/{file.Path}'"));
        return session.Rows(
            $"select _change_type || ' ' || name from read_parquet([{paths}], hive_partitioning = false) order by 1",
            reader => reader.GetString(0));
    }

    static async Task<string> FailsAsync(Task task) => (await Assert.ThrowsAsync<MillraceException>(() => task)).Code;
}
