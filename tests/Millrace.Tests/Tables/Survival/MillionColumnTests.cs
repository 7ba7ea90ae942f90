using Millrace.Tables;

namespace Millrace.Tests.TablesRoom.Survival;

/// <summary>A million columns asked for: an answer, soon, and nothing left behind.</summary>
public sealed class MillionColumnTests
{
    const int Count = 1_000_000;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_of_a_million_columns_is_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var schema = new TableSchema([.. Enumerable.Range(0, Count).Select(i => new TableColumn($"c{i}", "long"))]);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Tables.Editor.CreateAsync("t", schema, new(), Stop));

        Assert.Equal("columns-many", failure.Code);
        Assert.Null(workspace.Log("t"));
    }

    [Fact]
    public async Task A_log_that_tells_of_a_million_columns_is_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as id");
        var entry = Path.Combine(workspace.TableFolder("t"), "_delta_log", "00000000000000000001.json");
        var fields = string.Join(',', Enumerable.Range(0, Count).Select(
            i => $$$"""{\"name\":\"c{{{i}}}\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}"""));
        const string Head = """{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":""";
        await File.WriteAllTextAsync(
            entry,
            Head + $"\"{{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{fields}]}}\","
            + "\"partitionColumns\":[],\"configuration\":{}}}\n",
            Stop);

        var failure = Assert.Throws<MillraceException>(() => workspace.Log("t"));

        Assert.Equal(ErrorKind.Corrupt, failure.Kind);
    }
}
