using Millrace.Tables;

namespace Millrace.Tests.TablesRoom;

/// <summary>Merges, compared with what SQL says about the same rows.</summary>
public sealed class TableMergeTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_merge_updates_deletes_and_inserts_in_one_version()
    {
        await using var workspace = await WithRowsAsync();
        var merge = new TableMerge("select i + 5 as id, i * 10 as value from range(10) s(i)", "t.id = source.id")
        {
            Matched =
            [
                MergeStep.Delete("source.value = 0"),
                MergeStep.Update(new Dictionary<string, string> { ["value"] = "target.value + source.value" },
                    "t.id < 8"),
            ],
            NotMatched =
            [
                MergeStep.Insert(new Dictionary<string, string> { ["id"] = "source.id" }, "source.id = 14"),
                MergeStep.InsertAll("source.id < 12"),
            ],
            NotMatchedBySource =
                [MergeStep.Delete("t.id = 0"), MergeStep.Update(
                    new Dictionary<string, string> { ["value"] = "-1" }, "t.id = 1")],
        };

        var edit = await workspace.Tables.Editor.MergeAsync("t", merge, cancellationToken: Stop);

        Assert.Equal((3L, 3L, 2L), (edit.InsertedRows, edit.UpdatedRows, edit.DeletedRows));
        Assert.Equal(
            ["1|-1", "2|2", "3|3", "4|4", "6|16", "7|27", "8|8", "9|9", "10|50", "11|60", "14|null"],
            await workspace.RowsAsync("select id, value from t order by id"));
        Assert.Equal(1, workspace.Log("t")!.Version);
    }

    [Fact]
    public async Task An_upsert_rewrites_only_files_that_hold_matches()
    {
        await using var workspace = await WithRowsAsync();
        await workspace.Tables.Editor.WriteAsync(
            "t", "select i as id, i as value from range(100, 110) t(i)", new(), cancellationToken: Stop);
        var untouched = workspace.Log("t")!.Files[1];

        var edit = await workspace.Tables.Editor.UpsertAsync(
            "t", "select 3::bigint as id, 33::bigint as value union all select 500, 5", ["id"],
                cancellationToken: Stop);

        Assert.Equal((1L, 1L, 1), (edit.InsertedRows, edit.UpdatedRows, edit.RemovedFiles));
        Assert.Contains(workspace.Log("t")!.Files, file => file.Key == untouched.Key);
        Assert.Equal(["33", "5"], await workspace.RowsAsync("select value from t where id in (3, 500) order by id"));
        Assert.Equal(["21"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_row_that_two_rows_would_change_is_refused_with_the_row()
    {
        await using var workspace = await WithRowsAsync();

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.Tables.Editor.UpsertAsync(
            "t", "select 3::bigint as id, unnest([1, 2])::bigint as value", ["id"], cancellationToken: Stop));

        Assert.Equal("merge-ambiguous", failure.Code);
        Assert.Contains("\"id\":3", failure.Message);
        Assert.Equal(0, workspace.Log("t")!.Version);
        Assert.Equal(0, await workspace.CountAsync("select count(*) from publication_intent"));
    }

    [Fact]
    public async Task A_merge_that_changes_nothing_makes_no_version()
    {
        await using var workspace = await WithRowsAsync();

        var edit = await workspace.Tables.Editor.MergeAsync(
            "t", new TableMerge("select 3::bigint as id", "t.id = source.id") { Matched = [MergeStep.Delete("false")] },
            cancellationToken: Stop);

        Assert.False(edit.IsChanged);
        Assert.Equal(0, workspace.Log("t")!.Version);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_merges_give_what_sql_gives(int seed)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var rows =
            $"select distinct on (id) hash(i + {seed}) % 50 as id, hash(i * {seed + 7}) % 9 as value from range(40) "
                + $"r(i)";
        var more =
            $"select distinct on (id) hash(i + {seed + 99}) % 50 as id, hash(i * {seed + 3}) % 9 as value from "
                + $"range(40) r(i)";
        const string Cast = "select id::bigint as id, value::bigint as value, (id % 4)::integer as p from";
        await workspace.Tables.Editor.WriteAsync(
            "t", $"{Cast} ({rows})", new() { PartitionColumns = ["p"] }, cancellationToken: Stop);
        await workspace.AppendAsync("s", $"{Cast} ({more})");
        var expected = await workspace.RowsAsync(
            """
            select coalesce(t.id, s.id) as id,
                case when t.id is null then s.value when s.id is null then t.value else t.value * 100 + s.value end
            from t full join s on t.id = s.id
            where not (t.id is not null and s.id is not null and s.value > 5) and not (t.id is null and s.value = 0)
                and not (s.id is null and t.value = 1)
            order by 1
            """);

        await workspace.Tables.Editor.MergeAsync(
            "t", new TableMerge("from s", "target.id = source.id")
            {
                Matched =
                [
                    MergeStep.Delete("source.value > 5"),
                    MergeStep.Update(
                        new Dictionary<string, string> { ["value"] = "target.value * 100 + source.value" }),
                ],
                NotMatched = [MergeStep.InsertAll("source.value <> 0")],
                NotMatchedBySource = [MergeStep.Delete("target.value = 1")],
            },
            cancellationToken: Stop);

        Assert.Equal(expected, await workspace.RowsAsync("select id, value from t order by id"));
    }

    static async Task<TestWorkspace> WithRowsAsync()
    {
        var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync(
            "t", "select i as id, i as value from range(10) t(i)", new() { KeyColumns = ["id"] },
                cancellationToken: Stop);
        return workspace;
    }
}
