using System.Globalization;
using Millrace.Tables;
using Millrace.Tables.Checks;
using Millrace.Tests.SourcesRoom;

namespace Millrace.Tests.TablesRoom.Survival;

/// <summary>Names that would be SQL if anybody let them: they are names, or they are refused.</summary>
public sealed class HostileNameTests
{
    static readonly string[] Columns =
    [
        "x\"; drop table t; --", "'); drop table t; --", "a b", "select", "\"", "'", "${t}", "a.b", "é\u202e", "--",
        "/*",
        "$1", "@p", "{0}", "%s", "a\\b", "a;b",
    ];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("t; drop table t")]
    [InlineData("t\"--")]
    [InlineData("../t")]
    [InlineData("t/../../x")]
    [InlineData("t\0")]
    [InlineData("'t'")]
    [InlineData("")]
    [InlineData("тable")]
    public async Task A_table_of_such_a_name_is_refused_by_every_verb(string name)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        workspace.WriteFile("a.csv", "id\n1\n");
        Func<Task>[] verbs =
        [
            () => editor.WriteAsync(name, "select 1 as id", new(), cancellationToken: Stop),
            () => editor.DeleteAsync(name, null, cancellationToken: Stop),
            () => editor.CreateAsync(name, new TableSchema([new TableColumn("id", "long")]), new(), Stop),
            () => editor.VacuumAsync(name, null, isDryRun: true, Stop),
            () => editor.OptimizeAsync(name, new(), cancellationToken: Stop),
            () => workspace.IngestAsync(name, "a.csv"),
            () => workspace.Tables.CheckAsync(name, cancellationToken: Stop),
            () => Task.Run(() => workspace.Tables.OpenNewest(name), Stop),
            () => workspace.Tables.Frames.Sql("select 1 as id").WriteAsync(name, cancellationToken: Stop),
        ];
        foreach (var verb in verbs)
        {
            Assert.Equal("table-name", (await Assert.ThrowsAsync<MillraceException>(verb)).Code);
        }

        Assert.Empty(await workspace.Tables.ListAsync(Stop));
    }

    [Fact]
    public async Task Columns_of_any_name_go_through_every_change()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("other", "select 1 as id");
        var editor = workspace.Tables.Editor;
        var select = $"select i as id, {string.Join(", ", Columns.Select(
            (name, i) => $"i + {i} as {SqlName.Quote(name)}"))} from range(3) t(i)";
        await editor.WriteAsync(
            "t", select, new()
            {
                Properties = new Dictionary<string, string> { ["delta.enableChangeDataFeed"] = "true" },
            },
            cancellationToken: Stop);

        foreach (var name in Columns)
        {
            var quoted = SqlName.Quote(name);
            await editor.UpdateAsync(
                "t", new Dictionary<string, string> { [name] = $"{quoted} + 100" }, $"{quoted} >= 0 and id = 1",
                cancellationToken: Stop);
        }

        await editor.UpsertAsync(
            "t", select.Replace("range(3)", "range(2, 4)", StringComparison.Ordinal), [Columns[0]],
            cancellationToken: Stop);
        await editor.OptimizeAsync("t", new() { ZOrderBy = [Columns[0], Columns[1]] }, cancellationToken: Stop);
        await editor.DeleteAsync("t", $"{SqlName.Quote(Columns[3])} = 3", cancellationToken: Stop);
        var report = await workspace.Tables.CheckAsync(
            "t", null,
            [
                .. Columns.SelectMany(name => (CheckRule[])
                [
                    Check.NotNull(name), Check.Range(name, 0, 1000), Check.Set(name, ["x'); drop table t; --"]),
                    Check.Regex(name, "'\";"), Check.Mean(name, 0), Check.Distinct(name, 1), Check.Drift(name, 1),
                    Check.Unique(name), Check.References([name], "other", ["id"]),
                ]),
            ], Stop);

        Assert.All(report.Results.Where(result => result.Rule.Kind is not CheckKind.Set), result =>
            Assert.NotEqual(CheckOutcome.Error, result.Outcome));
        Assert.Equal(
            Columns.Prepend("id"), workspace.Tables.OpenNewest("t").Schema.Columns.Select(column => column.Name));
        var sums = Assert.Single(await workspace.RowsAsync(
            $"select {string.Join(", ", Columns.Select(name => $"sum({SqlName.Quote(name)})"))} from t"));
        Assert.Equal(Columns.Length, sums.Split('|').Length);
        Assert.All(sums.Split('|'), sum => Assert.True(long.Parse(sum, CultureInfo.InvariantCulture) > 100));
        Assert.Equal(["1"], await workspace.RowsAsync("select id from other"));
    }

    [Fact]
    public async Task Values_and_partitions_that_look_like_sql_are_values()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        string[] values =
        [
            "'; drop table t; --", "../../x", "a/b", "\"", "=", "%2F", "\u0001", " ", "null",
            "__HIVE_DEFAULT_PARTITION__",
        ];
        var list = string.Join(", ", values.Select(SqlName.Text));
        await editor.WriteAsync(
            "t", $"select unnest([{list}]) as part, unnest(range({values.Length})) as id",
            new() { PartitionColumns = ["part"] }, cancellationToken: Stop);
        foreach (var value in values.Take(3))
        {
            await editor.DeleteAsync("t", "part = $value", [new SqlParameter("value", value)], Stop);
        }

        Assert.Equal(
            Enumerable.Range(3, values.Length - 3).Select(i => $"{i}"),
            await workspace.RowsAsync("select id from t order by id"));
        Assert.All(
            Directory.EnumerateFiles(workspace.Tables.Folder, "*.parquet", SearchOption.AllDirectories),
            path => Assert.StartsWith(workspace.TableFolder("t") + "/", path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("x\"; drop table t; --,b\n1,2\n")]
    [InlineData("'); select 1; --,\"a\"\"b\"\n1,2\n")]
    [InlineData("a b,A B \n1,2\n")]
    public async Task Columns_of_a_file_keep_such_names(string text)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        workspace.WriteFile("a.csv", text);

        var report = await workspace.IngestAsync("t", "a.csv");
        workspace.WriteFile("b.csv", text.Replace("1,2", "3,2", StringComparison.Ordinal));
        await workspace.IngestAsync("t", "b.csv");

        Assert.Equal(1, report.Rows);
        Assert.Equal(2, workspace.Tables.OpenNewest("t").RowCount);
        Assert.Equal(2, report.Columns.Count);
    }
}
