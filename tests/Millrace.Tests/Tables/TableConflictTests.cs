using Millrace.Tables;

namespace Millrace.Tests.TablesRoom;

/// <summary>Two writers that started from one version.</summary>
public sealed class TableConflictTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Appends_do_not_meet_a_delete_that_does_not_ask_for_their_rows()
    {
        await using var workspace = await WithRowsAsync();
        var late = await DeleteFromAsync(workspace, "id < 3");

        await workspace.AppendAsync("t", "select 100::bigint as id");

        var version = (await workspace.Tables.PublishAsync(late, Stop))[0];
        Assert.Equal(2, version.Number);
        Assert.Equal(["8"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_delete_meets_an_append_of_rows_that_it_asks_for()
    {
        await using var workspace = await WithRowsAsync();
        var late = await DeleteFromAsync(workspace, "id < 3");

        await workspace.AppendAsync("t", "select 2::bigint as id");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.PublishAsync(late, Stop));
        Assert.Equal("table-conflict", failure.Code);
        Assert.Contains("v1", failure.Message);
        Assert.Contains("WRITE", failure.Message);
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
        Assert.Equal(1, workspace.Log("t")!.Version);
    }

    [Fact]
    public async Task Two_deletes_of_one_file_meet()
    {
        await using var workspace = await WithRowsAsync();
        var late = await DeleteFromAsync(workspace, "id < 3");

        await workspace.Tables.Editor.DeleteAsync("t", "id > 7", cancellationToken: Stop);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.PublishAsync(late, Stop));
        Assert.Equal("table-conflict", failure.Code);
        Assert.Contains("DELETE", failure.Message);
    }

    [Fact]
    public async Task Deletes_of_two_partitions_do_not_meet()
    {
        await using var workspace = await WithRowsAsync(["part"]);
        var late = await DeleteFromAsync(workspace, "part = 0", file => file.PartitionValues["part"] == "0");

        await workspace.Tables.Editor.DeleteAsync("t", "part = 1 and id > 3", cancellationToken: Stop);

        Assert.Equal(2, (await workspace.Tables.PublishAsync(late, Stop))[0].Number);
        Assert.Equal(["1", "3"], await workspace.RowsAsync("select id from t order by id"));
    }

    [Fact]
    public async Task A_change_of_columns_meets_everything()
    {
        await using var workspace = await WithRowsAsync();
        var late = await DeleteFromAsync(workspace, "id < 3");

        await workspace.Tables.Editor.AddColumnAsync("t", new TableColumn("more", "long"), Stop);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.PublishAsync(late, Stop));
        Assert.Contains("ADD COLUMNS", failure.Message);
    }

    [Fact]
    public async Task An_optimization_does_not_meet_appends_and_meets_a_delete()
    {
        await using var workspace = await WithRowsAsync();
        await workspace.AppendAsync("t", "select 100::bigint as id");
        var before = workspace.Log("t")!;
        var first = await workspace.PublicationAsync(new StagedTable("t", TableMode.Append, before.Schema, [], [])
        {
            Change =
                new TableChange("OPTIMIZE", "{}", before.Version) { Removed = [before.Files[1]], IsDataChange = false },
        });

        await workspace.AppendAsync("t", "select 101::bigint as id");
        await workspace.Tables.PublishAsync(first, Stop);

        Assert.Equal(["101"], await workspace.RowsAsync("select id from t where id > 50"));
        var second = await workspace.PublicationAsync(new StagedTable("t", TableMode.Append, before.Schema, [], [])
        {
            Change =
                new TableChange("OPTIMIZE", "{}", before.Version) { Removed = [before.Files[1]], IsDataChange = false },
        });
        Assert.Equal(
            "table-conflict",
            (await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.PublishAsync(second, Stop))).Code);
    }

    [Fact]
    public async Task Writers_that_meet_start_again_and_all_of_them_come_through()
    {
        await using var workspace = await WithRowsAsync();

        await Task.WhenAll(Enumerable.Range(0, 3).Select(writer => Task.Run(
            async () =>
            {
                var editor =
                    new TableEditor(workspace.Tables, workspace.Catalog, TimeProvider.System) { ConflictRetries = 100 };
                for (var i = 0; i < 3; i++)
                {
                    await editor.UpdateAsync(
                        "t", new Dictionary<string, string> { ["id"] = "id + 1" }, null, cancellationToken: Stop);
                }
            },
            Stop)));

        Assert.Equal(["9|18"], await workspace.RowsAsync("select min(id), max(id) from t"));
        Assert.Equal(9, workspace.Log("t")!.Version);
    }

    static async Task<TestWorkspace> WithRowsAsync(IReadOnlyList<string>? partitions = null)
    {
        var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync(
            "t", partitions is null ? "select i as id from range(10) t(i)"
                : "select i as id, i % 2 as part from range(6) t(i)",
            new() { PartitionColumns = partitions ?? [] }, cancellationToken: Stop);
        return workspace;
    }

    /// <summary>A delete that was prepared and is not published yet: of whole files, or of the one file.</summary>
    static async Task<Millrace.Tables.Publication> DeleteFromAsync(
        TestWorkspace workspace, string condition, Func<DataFile, bool>? isWhole = null)
    {
        var before = workspace.Log("t")!;
        var kept = isWhole is not null ? null
            : workspace.Stage(
                "t", TableMode.Append,
                    $"select i as id from range(10) t(i) where not ({condition.Replace("id", "i")})");
        return await workspace.PublicationAsync(
            new StagedTable("t", TableMode.Append, before.Schema, [], kept?.Files ?? [])
            {
                Change = new TableChange("DELETE", "{}", before.Version)
                {
                    Removed = [.. before.Files.Where(isWhole ?? (_ => true))],
                    ReadCondition = condition,
                },
            });
    }
}
