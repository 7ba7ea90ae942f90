using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Tables;
using Millrace.Tables.Delta;

namespace Millrace.Tests.TablesRoom;

/// <summary>Checkpoints, compaction, vacuum, restoring and cloning.</summary>
public sealed class TableUpkeepTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_tenth_version_has_a_checkpoint_from_which_all_is_read()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync("t", "select 0 as id, 'a' as p", new() { PartitionColumns = ["p"] },
            cancellationToken: Stop);
        for (var i = 1; i <= 11; i++)
        {
            await workspace.Tables.Editor.WriteAsync("t", $"select {i} as id, 'b {i}' as p", new(),
                cancellationToken: Stop);
        }

        var log = Path.Combine(workspace.TableFolder("t"), "_delta_log");
        Assert.True(File.Exists(Path.Combine(log, $"{10:D20}.checkpoint.parquet")));
        Assert.Contains("\"version\":10", File.ReadAllText(Path.Combine(log, "_last_checkpoint")));
        Assert.Empty(Directory.EnumerateFiles(log, ".tmp*"));
        var whole = workspace.Log("t")!;
        for (var i = 0; i < 10; i++)
        {
            File.Delete(Path.Combine(log, $"{i:D20}.json"));
        }

        var fromCheckpoint = workspace.Log("t")!;
        Assert.Equal(whole.Identity(), fromCheckpoint.Identity());
        Assert.Equal(whole.Files.Select(file => (file.Key, file.Hash, file.Statistics)),
            fromCheckpoint.Files.Select(file => (file.Key, file.Hash, file.Statistics)));
        Assert.Equal(whole.Attempts.Keys.Order(), fromCheckpoint.Attempts.Keys.Order());
        Assert.Equal(["12|66"], await workspace.RowsAsync("select count(*), sum(id) from t"));
        var report = await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones)
            .CheckAsync(Stop);
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task Small_files_become_one_and_no_row_changes()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var hash = new string('c', 64);
        for (var i = 0; i < 5; i++)
        {
            await workspace.AppendAsync("t", $"select {i} as id, 'object:{hash}' as url");
        }

        var edit = await workspace.Tables.Editor.OptimizeAsync("t", new(), cancellationToken: Stop);
        var again = await workspace.Tables.Editor.OptimizeAsync("t", new(), cancellationToken: Stop);

        Assert.Equal((1, 5), (edit.AddedFiles, edit.RemovedFiles));
        Assert.False(again.IsChanged);
        var file = Assert.Single(workspace.Log("t")!.Files);
        Assert.NotNull(file.ObjectList);
        Assert.Equal(["5|10"], await workspace.RowsAsync("select count(*), sum(id) from t"));
        var actions = DeltaLog.ReadEntry("t", new LocalTableFiles(workspace.TableFolder("t")), 5)!;
        Assert.All(actions.Added, added => Assert.False(added.IsDataChange));
        Assert.All(actions.Removed, removed => Assert.False(removed.IsDataChange));
    }

    [Fact]
    public async Task Rows_along_a_curve_let_a_query_on_either_column_skip_files()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync(
            "t", "select (i * 7919) % 1000 as a, (i * 104729) % 1000 as b, repeat(md5(i::varchar), 8) as w from "
                + "range(400000) t(i)",
            new(), cancellationToken: Stop);

        await workspace.Tables.Editor.OptimizeAsync(
            "t", new TableOptimization { ZOrderBy = ["a", "b"], TargetBytes = 2 << 20 }, cancellationToken: Stop);

        var files = workspace.Log("t")!.Files;
        Assert.True(files.Count >= 3, $"{files.Count} files");
        Assert.Equal(["400000"], await workspace.RowsAsync("select count(*) from t"));
        Assert.Contains(files, file => file.Statistics.Contains("\"maxValues\":{\"a\":999"));
        Assert.Contains(files, file => !file.Statistics.Contains("\"maxValues\":{\"a\":999"));
        Assert.Equal("order-columns", await FailsAsync(workspace.Tables.Editor.OptimizeAsync(
            "t", new TableOptimization { ZOrderBy = ["a"], SortBy = ["b"] }, cancellationToken: Stop)));
    }

    [Fact]
    public async Task A_vacuum_deletes_what_only_old_versions_have_and_keeps_what_is_pinned_or_cloned()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        var pinned = await workspace.AppendAsync("t", "select 0 as id");
        for (var i = 1; i < 4; i++)
        {
            await workspace.OverwriteAsync("t", $"select {i} as id");
        }

        await workspace.Catalog.WriteAsync(
            session =>
            {
                LineageLog.Pin(session, pinned.Id, "dataset:d@v1");
                return 0;
            },
            Stop);
        await editor.CloneAsync("t", 1, "copy", Stop);

        var kept = await editor.VacuumAsync("t", null, isDryRun: false, Stop);
        var dry = await editor.VacuumAsync("t", TimeSpan.Zero, isDryRun: true, Stop);
        var done = await editor.VacuumAsync("t", TimeSpan.Zero, isDryRun: false, Stop);

        Assert.Empty(kept.Files);
        Assert.Equal(dry.Files, done.Files);
        Assert.Equal([2L], done.LostVersions);
        Assert.Single(done.Files);
        Assert.Contains(done.Keepers, keeper => keeper == "v0: dataset:d@v1");
        Assert.Contains(done.Keepers, keeper => keeper.Contains("table:copy"));
        Assert.Equal(["3"], await workspace.RowsAsync("from t"));
        Assert.Equal(["1"], await workspace.RowsAsync("from copy"));
        Assert.Equal("version-vacuumed", await FailsAsync(editor.RestoreAsync("t", 2, Stop)));
        var report = await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones)
            .CheckAsync(Stop);
        Assert.Empty(report.Problems);
        Assert.Empty(await RootsAsync(workspace));
    }

    [Fact]
    public async Task A_vacuum_leaves_files_that_an_attempt_may_be_about_to_name()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", "select 0 as id");
        var staged = workspace.Stage("t", TableMode.Append, "select 1 as id");

        var vacuum = await workspace.Tables.Editor.VacuumAsync("t", TimeSpan.Zero, isDryRun: false, Stop);
        await workspace.PublishAsync(staged);

        Assert.Empty(vacuum.Files);
        Assert.Equal(["2"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task The_log_is_cleaned_as_the_table_says_and_not_below_a_pin()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.Tables.Editor.WriteAsync(
            "t", "select 0 as id",
            new()
            {
                Properties = new Dictionary<string, string>
                {
                    ["delta.logRetentionDuration"] = "interval 0 days",
                    ["delta.checkpointInterval"] = "2",
                },
            },
            cancellationToken: Stop);
        var log = Path.Combine(workspace.TableFolder("t"), "_delta_log");
        for (var i = 1; i <= 4; i++)
        {
            var version = await workspace.AppendAsync("t", $"select {i} as id");
            if (i == 2)
            {
                await workspace.Catalog.WriteAsync(
                    session =>
                    {
                        LineageLog.Pin(session, version.Id, "dataset:d@v1");
                        return 0;
                    },
                    Stop);
            }

            foreach (var path in Directory.EnumerateFiles(log, "*.json"))
            {
                File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddYears(50));
            }
        }

        Assert.False(File.Exists(Path.Combine(log, $"{0:D20}.json")));
        Assert.Equal(["5|10"], await workspace.RowsAsync("select count(*), sum(id) from t"));
        Assert.True(File.Exists(Path.Combine(log, $"{2:D20}.json")));
        Assert.Equal(3, workspace.Tables.OpenAt("t", 2).RowCount);
        Assert.Empty(
            (await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones).CheckAsync(Stop))
                .Problems);
        Assert.Empty(await RootsAsync(workspace));
    }

    [Fact]
    public async Task A_restored_version_has_its_rows_and_columns_again()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        var first = await workspace.AppendAsync("t", "select 1 as id");
        await workspace.AppendAsync("t", "select 2 as id");
        await workspace.OverwriteAsync("t", "select 'x' as name");

        var edit = await editor.RestoreAsync("t", 0, Stop);
        var again = await editor.RestoreAsync("t", 0, Stop);

        Assert.Equal((3L, true, false), (edit.Version!.Number, edit.IsChanged, again.IsChanged));
        Assert.Equal(first.Hash, edit.Version.Hash);
        Assert.Equal(["1"], await workspace.RowsAsync("select id from t"));
        Assert.Equal("version-unknown", await FailsAsync(editor.RestoreAsync("t", 99, Stop)));
    }

    [Fact]
    public async Task A_clone_and_its_source_go_on_by_themselves()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var editor = workspace.Tables.Editor;
        var hash = new string('d', 64);
        await editor.WriteAsync(
            "t", $"select i as id, 'object:{hash}' as url, i % 2 as p from range(4) t(i)",
                new() { PartitionColumns = ["p"], KeyColumns = ["id"] },
            cancellationToken: Stop);

        await editor.CloneAsync("t", null, "copy", Stop);
        await editor.DeleteAsync("copy", "id = 1", cancellationToken: Stop);
        await editor.CloneAsync("copy", null, "second", Stop);
        await editor.UpdateAsync("t", new Dictionary<string, string> { ["id"] = "id + 100" }, null,
            cancellationToken: Stop);

        Assert.Equal(["0", "2", "3"], await workspace.RowsAsync("select id from copy order by id"));
        Assert.Equal(["0", "2", "3"], await workspace.RowsAsync("select id from second order by id"));
        Assert.Equal(["100", "101", "102", "103"], await workspace.RowsAsync("select id from t order by id"));
        Assert.Contains(await RootsAsync(workspace), root => root.StartsWith("table:copy"));
        var diff = await editor.DiffAsync(
            workspace.Tables.OpenNewest("t", 0), workspace.Tables.OpenNewest("copy"), ["id"], cancellationToken: Stop);
        Assert.Equal((0L, 1L, 0L, 3L), (diff.AddedRows, diff.RemovedRows, diff.ChangedRows, diff.EqualRows));
        Assert.Empty(
            (await new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones).CheckAsync(Stop))
                .Problems);
    }

    [Fact]
    public async Task A_difference_tells_rows_and_columns()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.OverwriteAsync("t", "select i as id, i as a, 'x' as b from range(5) t(i)", "id");
        await workspace.OverwriteAsync(
            "t", "select i as id, if(i = 2, 20, i)::bigint as a, true as c from range(1, 6) t(i)", "id");

        var diff = await workspace.Tables.Editor.DiffAsync(
            workspace.Tables.OpenAt("t", 0), workspace.Tables.OpenAt("t", 1), null, cancellationToken: Stop);

        Assert.Equal((1L, 1L, 1L, 3L), (diff.AddedRows, diff.RemovedRows, diff.ChangedRows, diff.EqualRows));
        Assert.Equal(["'b' (string) is gone", "'c' (boolean) is new"], diff.Columns);
        Assert.Equal(1, diff.ChangedColumns["a"]);
        Assert.Contains(
            diff.Examples, row => row is { Change: "~", Key: "{\"id\":2}", Before: "{\"a\":2}", After: "{\"a\":20}" });
    }

    static async Task<List<string>> RootsAsync(TestWorkspace workspace)
    {
        var labels = new List<string>();
        await foreach (var root in ((IRootSource)workspace.Tables).RootsAsync(Stop))
        {
            labels.Add(root.ToString()!.Contains("table:copy", StringComparison.Ordinal) ? "table:copy"
                : root.ToString()!);
        }

        return labels;
    }

    static async Task<string> FailsAsync(Task task) => (await Assert.ThrowsAsync<MillraceException>(() => task)).Code;
}
