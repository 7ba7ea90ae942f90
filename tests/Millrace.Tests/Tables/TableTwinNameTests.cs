using Millrace.Tables;

namespace Millrace.Tests.TablesRoom;

/// <summary>Names, columns and properties that look as if they were right.</summary>
public sealed class TableTwinNameTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_tables_whose_names_differ_by_case_alone_are_refused()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("photos", "select 1 as id", new(), cancellationToken: Stop);

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => workspace.Tables.Editor.WriteAsync("Photos", "select 2 as id", new(), cancellationToken: Stop));

        Assert.Equal("table-name-taken", refused.Code);
        Assert.Equal(["1"], await workspace.RowsAsync("select id from photos"));
    }

    [Fact]
    public async Task Rows_are_appended_to_a_column_that_was_widened()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync("t", "select 1::bigint as id", new(), cancellationToken: Stop);
        await editor.WidenColumnAsync("t", "id", new TableColumn("id", "decimal(20,0)").DataType, Stop);

        await workspace.PublishAsync(
            workspace.Stage("t", TableMode.Append, "select 12345678901234567890::decimal(20,0) as id"));

        Assert.Equal(["1", "12345678901234567890"], await workspace.RowsAsync("select id from t order by id"));
        Assert.Contains("typeChanges", workspace.Log("t")!.Schema.Columns[0].Metadata, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_breaks_a_constraint_is_shown_whatever_its_columns_are_called()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync("t", "select 7 as id, null::double as r", new(), cancellationToken: Stop);
        await editor.AddConstraintAsync("t", "big", "id > 5", Stop);

        var refused = await Assert.ThrowsAsync<MillraceException>(
            () => editor.WriteAsync("t", "select 3 as id, null::double as r", new(), cancellationToken: Stop));

        Assert.Contains("\"id\":3", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delta.checkpointInterval", "abc")]
    [InlineData("delta.checkpointInterval", "0")]
    [InlineData("delta.appendOnly", "yes")]
    [InlineData("delta.targetFileSize", "-1")]
    [InlineData("delta.dataSkippingNumIndexedCols", "-2")]
    public async Task A_property_that_could_not_be_kept_is_refused(string key, string value)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", "select 1 as id", new(), cancellationToken: Stop);

        var refused = await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.Editor.SetPropertiesAsync(
            "t", new Dictionary<string, string?> { [key] = value }, Stop));

        Assert.Equal("property-unsupported", refused.Code);
        Assert.Single(workspace.Tables.History("t"));
    }
}
