using System.Text.Json;
using Millrace.Tables;
using Millrace.Tables.Delta;

namespace Millrace.Tests.TablesRoom;

/// <summary>Columns that come, go, change their names and types.</summary>
public sealed class TableSchemaTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Columns_that_the_rows_bring_are_added_when_the_caller_allows_it()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync("t", "select 1 as id", new(), cancellationToken: Stop);

        Assert.Equal(
            "schema-mismatch",
                await FailsAsync(
                    editor.WriteAsync("t", "select 2 as id, 'x' as name", new(), cancellationToken: Stop)));
        await editor.WriteAsync("t", "select 'x' as name, 2 as id", new() { AddsColumns = true },
            cancellationToken: Stop);
        await editor.WriteAsync("t", "select 3 as id", new(), cancellationToken: Stop);

        Assert.Equal(["1|null", "2|x", "3|null"], await workspace.RowsAsync("select * from t order by id"));
    }

    [Fact]
    public async Task A_type_becomes_wider_with_the_feature_that_says_so()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync("t", "select 1::integer as id, 1.5::float as x", new(), cancellationToken: Stop);

        await editor.WriteAsync("t", "select 5000000000 as id, 2.5::double as x", new() { WidensTypes = true },
            cancellationToken: Stop);

        var table = workspace.Log("t")!;
        Assert.Equal((3, 7), (table.Protocol.MinReaderVersion, table.Protocol.MinWriterVersion));
        Assert.Contains("typeWidening", table.Protocol.ReaderFeatures!);
        Assert.Contains("\"fromType\":\"integer\"", table.Schema.Find("id")!.Metadata);
        Assert.Equal(["1|1.5", "5000000000|2.5"], await workspace.RowsAsync("select * from t order by id"));
        Assert.Equal(
            "type-not-wider", await FailsAsync(editor.WidenColumnAsync("t", "id", DeltaType.Parse("string"), Stop)));
    }

    [Fact]
    public async Task Mapped_columns_are_renamed_and_dropped_without_touching_a_file()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync(
            "t", "select i as id, {'a': i, 'b': 'x'} as s, i % 2 as p from range(4) t(i)",
            new() { PartitionColumns = ["p"], KeyColumns = ["id"] }, cancellationToken: Stop);
        Assert.Equal("column-mapping-off", await FailsAsync(editor.RenameColumnAsync("t", "id", "number", Stop)));

        await editor.SetPropertiesAsync("t", new Dictionary<string,
            string?>
        { ["delta.columnMapping.mode"] = "name" }, Stop);
        await editor.RenameColumnAsync("t", "id", "number", Stop);
        await editor.RenameColumnAsync("t", "p", "half", Stop);
        await editor.AddColumnAsync("t", new TableColumn("id", "string"), Stop);
        await editor.WriteAsync("t", "select 9 as number, {'a': 90, 'b': 'y'} as s, 1 as half, 'new' as id", new(),
            cancellationToken: Stop);
        await editor.UpdateAsync("t", new Dictionary<string, string> { ["id"] = "'old'" }, "number = 1",
            cancellationToken: Stop);

        Assert.Equal(
            ["0|0|0|null", "1|1|1|old", "2|2|0|null", "3|3|1|null", "9|90|1|new"],
            await workspace.RowsAsync("select number, s.a, half, id from t order by number"));
        Assert.Equal(
            (2, 5), (workspace.Log("t")!.Protocol.MinReaderVersion, workspace.Log("t")!.Protocol.MinWriterVersion));
        await editor.DropColumnAsync("t", "s", Stop);
        Assert.Equal(["number", "half", "id"], workspace.Log("t")!.Schema.Columns.Select(column => column.Name));
        Assert.Equal("column-needed", await FailsAsync(editor.DropColumnAsync("t", "half", Stop)));
        Assert.Equal(["number"], (await workspace.Tables.FindAsync("t", Stop))!.KeyColumns);
    }

    [Fact]
    public async Task A_column_that_is_never_null_refuses_a_null()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.CreateAsync(
            "t", new TableSchema(
                [new TableColumn("id", "long") { IsNullable = false }, new TableColumn("x", "double")]), new(), Stop);

        await editor.WriteAsync("t", "select 1::bigint as id, null::double as x", new(), cancellationToken: Stop);
        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => editor.WriteAsync("t", "select null::bigint as id, 1::double as x", new(), cancellationToken: Stop));

        Assert.Equal("constraint-violated", failure.Code);
        Assert.Contains("'id' is never null", failure.Message);
        Assert.Equal(
            "constraint-violated",
                await FailsAsync(editor.WriteAsync("t", "select 1::double as x", new(), cancellationToken: Stop)));
    }

    [Theory]
    [InlineData("delta.enableDeletionVectors", "true")]
    [InlineData("delta.columnMapping.mode", "id")]
    [InlineData("delta.logRetentionDuration", "soon")]
    [InlineData("millrace.clonedFrom", "other")]
    [InlineData("delta.constraints.x", "true")]
    public async Task A_property_that_is_not_kept_can_not_be_set(string key, string value)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 1 as id");

        Assert.Equal(
            "property-unsupported",
            await FailsAsync(
                workspace.Tables.Editor.SetPropertiesAsync("t", new Dictionary<string, string?> { [key] = value },
                    Stop)));
    }

    [Fact]
    public async Task The_iceberg_mirror_names_the_same_files_with_the_ids_that_are_in_them()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync(
            "t", "select i as id, {'a': i, 'l': [i]} as s, i % 2 as p from range(4) t(i)",
            new()
            {
                PartitionColumns = ["p"],
                Properties = new Dictionary<string,
                string>
                { ["millrace.iceberg"] = "true" }
            },
            cancellationToken: Stop);
        await editor.WriteAsync("t", "select 9 as id, {'a': 9, 'l': [9]} as s, 1 as p", new(), cancellationToken: Stop);

        var table = workspace.Log("t")!;
        using var metadata = JsonDocument.Parse(File.ReadAllBytes(TableStore.IcebergMetadataOf(table)!));
        Assert.Equal(2, metadata.RootElement.GetProperty("current-snapshot-id").GetInt64());
        Assert.Equal(2, metadata.RootElement.GetProperty("snapshots").GetArrayLength());
        using var session = workspace.Tables.OpenSession();
        Assert.Equal(
            ["1 id", "2 s", "2000001 a", "2000002 l", "2000003 element"],
            session.Rows(
                $"select cast(field_id as varchar) || ' ' || name from "
                    + $"parquet_schema('{table.FullPath(table.Files[^1])}') where field_id is not null order by "
                    + $"field_id",
                reader => reader.GetString(0)));
    }

    static async Task<string> FailsAsync(Task task) => (await Assert.ThrowsAsync<MillraceException>(() => task)).Code;
}
