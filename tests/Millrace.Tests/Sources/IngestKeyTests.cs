using Millrace.Sources;
using Millrace.Tables;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>Files into tables by a key, and into tables that are parted or map their columns.</summary>
public sealed class IngestKeyTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Rows_of_a_file_meet_those_of_the_same_key_in_one_version(bool isParted, bool isMapped)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await MakeAsync(workspace, isParted, isMapped);
        workspace.WriteFile("a.csv", "id,part,v\n1,x,a\n2,y,b\nbad\n");
        workspace.WriteFile("b.csv", "id,part,v\n2,x,B\n3,y,c\n");

        var first = await workspace.IngestAsync("t", "a.csv", settings => settings with { KeyColumns = ["id"] });
        var next = await workspace.IngestAsync("t", "b.csv", settings => settings with { KeyColumns = ["id"] });
        var again = await workspace.IngestAsync("t", "b.csv", settings => settings with { KeyColumns = ["id"] });

        Assert.Equal((3, 2, 1), (first.Records, first.Rows, first.Quarantined));
        Assert.Equal(1, next.Version!.Number - first.Version!.Number);
        Assert.Null(again.Version);
        Assert.Equal(["1|x|a", "2|x|B", "3|y|c"], await workspace.RowsAsync("select id, part, v from t order by id"));
        Assert.Equal(["1"], await workspace.RowsAsync("select count(*) from \"t$quarantine\""));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Files_are_added_to_tables_that_are_parted_or_map_their_columns(bool isParted, bool isMapped)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await MakeAsync(workspace, isParted, isMapped);
        workspace.WriteFile("a.csv", "id,part,v\n1,x,a\n2,y,b\n3,,c\n");
        workspace.WriteFile("b.jsonl", "{\"id\":4,\"part\":\"x\",\"v\":\"d\",\"more\":1.5}\n");

        await workspace.IngestAsync("t", "a.csv");
        await workspace.IngestAsync("t", "b.jsonl", settings => settings with { OnDrift = DriftPolicy.AddColumns });
        await workspace.IngestAsync(
            "t", "a.csv", settings => settings with { IsRepeated = true, OnDrift = DriftPolicy.AddColumns });

        Assert.Equal(
            ["1|x|a|null|2", "2|y|b|null|2", "3|null|c|null|2", "4|x|d|1.5|1"],
            await workspace.RowsAsync("select id, part, v, more, count(*) from t group by all order by id"));
        Assert.Equal(isParted ? ["part"] : [], workspace.Log("t")!.PartitionColumns);
    }

    [Fact]
    public async Task Columns_that_a_file_lacks_keep_their_values()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "id,v,w\n1,a,x\n2,b,y\n");
        workspace.WriteFile("b.csv", "id,v,more\n2,B,1\n3,c,2\n");
        await workspace.IngestAsync("t", "a.csv", settings => settings with { KeyColumns = ["id"] });

        await workspace.IngestAsync(
            "t", "b.csv", settings => settings with { KeyColumns = ["id"], OnDrift = DriftPolicy.AddColumns });

        Assert.Equal(
            ["1|a|x|null", "2|B|y|1", "3|c|null|2"],
            await workspace.RowsAsync("select id, v, w, more from t order by id"));
    }

    [Fact]
    public async Task A_table_that_is_called_source_is_merged_into_like_any_other()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "id,v\n1,a\n2,b\n");
        workspace.WriteFile("b.csv", "id,v\n2,B\n");
        await workspace.IngestAsync("source", "a.csv", settings => settings with { KeyColumns = ["id"] });

        await workspace.IngestAsync("source", "b.csv", settings => settings with { KeyColumns = ["id"] });

        Assert.Equal(["1|a", "2|B"], await workspace.RowsAsync("select id, v from source order by id"));
    }

    [Theory]
    [InlineData("id,v\n1,a\n1,b\n", "duplicate-key")]
    [InlineData("v\na\n", "key-missing")]
    public async Task A_key_that_does_not_tell_rows_apart_is_refused(string text, string code)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", text);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.IngestAsync("t", "a.csv", settings => settings with { KeyColumns = ["id"] }));

        Assert.Equal(code, failure.Code);
        Assert.Empty(Directory.GetFiles(workspace.TableFolder("t"), "*.parquet"));
    }

    [Theory]
    [InlineData("a[1].csv", "id\n1\n")]
    [InlineData("a?*[b]/[x].jsonl", "{\"id\":1}\n")]
    public async Task A_file_with_letters_of_patterns_in_its_name_is_that_file(string name, string text)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile(name, text);

        await workspace.IngestAsync("t", name);

        Assert.Equal(["1"], await workspace.RowsAsync("select id from t"));
        var target = Path.Combine(workspace.Outside, "out[1]*.parquet");
        await workspace.Open.Sources.ExportAsync(
            new ExportSettings { Table = "t", Target = target }, null, Stop);
        await workspace.IngestAsync("u", "out[1]*.parquet");
        Assert.Equal(["1"], await workspace.RowsAsync("select id from u"));
    }

    [Fact]
    public async Task A_bad_file_is_not_quarantined_twice()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "id,v\n1,a\n");
        workspace.WriteFile("b.csv", "id,v\nbad\n");
        await workspace.IngestAsync("t", "a.csv");
        await workspace.IngestAsync("t", "b.csv");

        var again = await workspace.IngestAsync("t", "b.csv");

        Assert.True(Assert.Single(again.Files).IsKnown);
        Assert.Equal(["1"], await workspace.RowsAsync("select count(*) from \"t$quarantine\""));
    }

    static Task MakeAsync(TestWorkspace workspace, bool isParted, bool isMapped) => workspace.Tables.Editor.CreateAsync(
        "t",
        new TableSchema(
            [new TableColumn("id", "long"), new TableColumn("part", "string"), new TableColumn("v", "string")]),
        new TableWrite
        {
            PartitionColumns = isParted ? ["part"] : [],
            Properties = isMapped
                ? new Dictionary<string, string> { ["delta.columnMapping.mode"] = "name" }
                : new Dictionary<string, string>(),
        },
        Stop);
}
