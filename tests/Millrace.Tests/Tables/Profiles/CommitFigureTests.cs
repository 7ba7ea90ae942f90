using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Millrace.Tests.SourcesRoom;

namespace Millrace.Tests.TablesRoom.Profiles;

/// <summary>What lineage knows of the columns of a version that an ingest made.</summary>
public sealed class CommitFigureTests
{
    [Fact]
    public async Task An_ingest_leaves_what_its_columns_hold()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", "id,word,x,day\n1,red,0.5,2026-01-01\n2,blue,,2026-01-02\n3,red,1.5,2026-01-03\n");

        var report = await workspace.IngestAsync("t", "a.csv");

        var columns = JsonNode.Parse(report.Version!.Summary)!["columns"]!;
        Assert.Equal((3, 0, 3), ((int)columns["id"]!["count"]!, (int)columns["id"]!["nulls"]!,
            (int)columns["id"]!["distinct"]!));
        Assert.Equal(("1", "3"), ((string?)columns["id"]!["min"], (string?)columns["id"]!["max"]));
        Assert.Equal("red", (string?)columns["word"]!["top"]![0]);
        Assert.Equal((3, 4), ((int)columns["word"]!["lengthMin"]!, (int)columns["word"]!["lengthMax"]!));
        Assert.Equal((1, 0), ((int)columns["x"]!["nulls"]!, (int)columns["x"]!["nan"]!));
        Assert.Equal(1.0, (double)columns["x"]!["quantiles"]![3]!);
        Assert.Equal("2026-01-03", (string?)columns["day"]!["max"]);
        Assert.Null(columns["id"]!["sampleRows"]);
    }

    [Fact]
    public async Task Of_many_rows_a_part_is_looked_at()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var text = new StringBuilder("id,word,x\n");
        for (var i = 0; i < 60_000; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i},w{i % 10},{(i % 1000) / 10.0}\n");
        workspace.WriteFile("a.csv", text.ToString());

        var report = await workspace.IngestAsync("t", "a.csv");

        var columns = JsonNode.Parse(report.Version!.Summary)!["columns"]!;
        Assert.InRange((int)columns["id"]!["sampleRows"]!, 19_000, 21_000);
        Assert.Equal((60_000, "0", "59999"), (
            (int)columns["id"]!["count"]!, (string?)columns["id"]!["min"], (string?)columns["id"]!["max"]));
        // The sample met each of them once, so how many there are it can't say.
        Assert.Null(columns["id"]!["distinct"]);
        Assert.Equal(10, (int)columns["word"]!["distinct"]!);
        Assert.InRange((double)columns["x"]!["quantiles"]![3]!, 47, 53);
    }
}
