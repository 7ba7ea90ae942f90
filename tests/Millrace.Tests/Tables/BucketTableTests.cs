using Millrace.Pipelines;
using Millrace.Tables;
using Millrace.Tables.Delta;
using Millrace.Tables.Edits;

namespace Millrace.Tests.TablesRoom;

/// <summary>Tables in a bucket: all that tables do, over S3.</summary>
public sealed class BucketTableTests
{
    const string Numbers = "select i::bigint as id, 'n' || i as name, i % 3 as part from range(9) t(i)";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_are_written_changed_and_read_in_the_bucket_alone()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        var editor = workspace.Tables.Editor;

        await editor.WriteAsync("t", Numbers, new() { PartitionColumns = ["part"] }, cancellationToken: Stop);
        await editor.DeleteAsync("t", "id = 4", cancellationToken: Stop);
        await editor.UpdateAsync("t", new Dictionary<string, string> { ["name"] = "'x'" }, "id = 5",
            cancellationToken: Stop);
        await editor.MergeAsync(
            "t", TableMerge.Upsert("select 6::bigint as id, 'six' as name, 0::bigint as part", ["id"]),
            cancellationToken: Stop);

        Assert.Equal(
            ["0|n0", "1|n1", "2|n2", "3|n3", "5|x", "6|six", "7|n7", "8|n8"],
            await workspace.RowsAsync("select id, name from t order by id"));
        Assert.Empty(Directory.EnumerateFiles(workspace.Tables.Folder, "*", SearchOption.AllDirectories));
        var table = workspace.Tables.OpenNewest("t");
        Assert.Equal("s3://remote/lake/t", table.Location);
        Assert.All(table.Files, file => Assert.True(table.IsThere(file.Path)));
        Assert.Equal(
            "s3://remote/lake/t", await workspace.Catalog.ReadAsync(
                session => session.First("select location from data_table", row => row.Text(0)), Stop));
    }

    [Fact]
    public async Task What_is_not_here_is_fetched_and_only_that()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        await workspace.Tables.Editor.WriteAsync(
            "t", Numbers, new() { PartitionColumns = ["part"] }, cancellationToken: Stop);
        var before = await workspace.RowsAsync("select * from t order by id");
        DropCache(workspace);

        var table = workspace.Tables.OpenNewest("t");
        var one = table.FullPath(table.Files[0]);
        var copies = Directory.GetFiles(table.Folder, "*.parquet", SearchOption.AllDirectories);

        Assert.Equal([one], copies);
        Assert.Equal(before, await workspace.RowsAsync("select * from t order by id"));
        Assert.Equal(3, Directory.GetFiles(table.Folder, "*.parquet", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task Old_versions_checkpoints_clones_and_the_feed_are_read_from_a_cold_cache()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        var editor = workspace.Tables.Editor;
        var feed = new Dictionary<string, string> { ["delta.enableChangeDataFeed"] = "true" };
        await editor.WriteAsync("t", Numbers, new() { Properties = feed }, cancellationToken: Stop);
        for (var i = 0; i < 10; i++)
            await editor.WriteAsync("t", $"select {100 + i}::bigint as id, 'm' as name, 0::bigint as part", new(),
                cancellationToken: Stop);
        await editor.DeleteAsync("t", "id < 3", cancellationToken: Stop);
        await editor.CloneAsync("t", null, "c", Stop);
        DropCache(workspace);

        var files = workspace.Tables.Place.Of("t");
        Assert.Equal(10, LogListing.LastCheckpoint(files));
        Assert.Equal(16, workspace.Tables.OpenNewest("t").RowCount);
        Assert.Equal(9, workspace.Tables.OpenNewest("t", 0).RowCount);
        Assert.Equal(["16"], await workspace.RowsAsync("select count(*) from c"));
        using var session = workspace.Tables.OpenSession();
        session.AttachChanges("changes", workspace.Tables.OpenNewest("t"), 11);
        Assert.Equal(3, session.Value<long>("select count(*) from changes where _change_type = 'delete'"));
        Assert.Equal(12, workspace.Tables.History("t").Count);
        var diff = await editor.DiffAsync(
            workspace.Tables.OpenNewest("t", 0), workspace.Tables.OpenNewest("t"), ["id"],
            cancellationToken: Stop);
        Assert.Equal((10L, 3L), (diff.AddedRows, diff.RemovedRows));
        await editor.RestoreAsync("t", 0, Stop);
        Assert.Equal(["9"], await workspace.RowsAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_vacuum_deletes_in_the_bucket_what_no_version_needs()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        var editor = workspace.Tables.Editor;
        await editor.WriteAsync("t", Numbers, new(), cancellationToken: Stop);
        await editor.WriteAsync("t", Numbers, new() { Mode = TableMode.Overwrite }, cancellationToken: Stop);
        await editor.DeleteAsync("t", "id = 4", cancellationToken: Stop);

        var dry = await editor.VacuumAsync("t", TimeSpan.Zero, isDryRun: true, Stop);
        var done = await editor.VacuumAsync("t", TimeSpan.Zero, isDryRun: false, Stop);

        Assert.NotEmpty(done.Files);
        Assert.Equal(dry.Files, done.Files);
        var files = workspace.Tables.Place.Of("t");
        Assert.All(done.Files, path => Assert.False(files.Exists(path)));
        Assert.Equal(done.LostVersions.Order(), LostVersions.Read(files).Order());
        Assert.Equal(["8"], await workspace.RowsAsync("select count(*) from t"));
        Assert.Empty((await CheckAsync(workspace)).Problems);
    }

    [Fact]
    public async Task Damage_in_the_bucket_is_found_and_never_read()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        await workspace.AppendAsync("t", "select 1 as id");
        await workspace.AppendAsync("t", "select 2 as id");
        var table = workspace.Tables.OpenNewest("t");
        var files = workspace.Tables.Place.Of("t");
        var bytes = await File.ReadAllBytesAsync(table.FullPath(table.Files[0]), Stop);
        bytes[10] ^= 1;
        files.Put(table.Files[0].Path, bytes);
        DropCache(workspace);

        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.RowsAsync("select * from t"));
        Assert.Equal("table-file-damaged", failure.Code);
        Assert.Contains("s3://remote/lake/t/part-", failure.Message);
        Assert.Contains("has other bytes", Assert.Single((await CheckAsync(workspace)).Problems.Distinct()));

        files.Put(table.Files[0].Path, bytes.AsSpan(1));
        failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.RowsAsync("select * from t"));
        Assert.Equal("table-file-damaged", failure.Code);

        files.Delete(table.Files[0].Path);
        Assert.Contains("is missing", Assert.Single((await CheckAsync(workspace)).Problems.Distinct()));
        failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.RowsAsync("select * from t"));
        Assert.Equal("table-file-missing", failure.Code);
    }

    [Fact]
    public async Task A_large_file_goes_up_in_parts_and_comes_back_in_ranges()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        await workspace.AppendAsync(
            "t", "select (hash(i) >> 1)::bigint as id, (hash(i + 1) >> 1)::bigint as b, "
            + "(hash(i + 2) >> 1)::bigint as c from range(900_000) t(i)");
        var table = workspace.Tables.OpenNewest("t");
        Assert.True(table.Files[0].SizeBytes > 17 << 20, $"{table.Files[0].SizeBytes}");
        DropCache(workspace);

        Assert.Equal(["900000"], await workspace.RowsAsync("select count(distinct id) from t"));
        Assert.Empty((await CheckAsync(workspace)).Problems);
    }

    [Fact]
    public async Task Objects_that_cells_name_are_known_from_lists_in_the_bucket()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        var hash = await workspace.Open.Objects.PutAsync(new MemoryStream("a photo"u8.ToArray()), Stop);
        await workspace.AppendAsync("t", $"select 'object:{hash}' as url");
        DropCache(workspace);

        var roots = new List<string>();
        await foreach (var root in ((Millrace.Objects.IRootSource)workspace.Tables).RootsAsync(Stop))
            roots.Add($"{root.Hash}");

        Assert.Equal([hash.ToString()], roots);
    }

    [Fact]
    public async Task A_task_of_a_pipeline_reads_and_writes_in_the_bucket()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        await workspace.AppendAsync("hours", TestWorkspace.HourlyRows, "id");
        var pipeline = Pipeline.Create("night", []);
        var hours = pipeline.Sql("hours", $"select 1", ["id"]);
        pipeline.Add(new TaskDefinition
        {
            Name = "count",
            Inputs = [hours],
            Outputs = [new OutputDefinition("table", "counts")],
            Body = async (context, stop) => context.Publish(
                await context.Frame("hours").StageAsync(context.Stage, "counts", cancellationToken: stop)),
        });

        var outcome = await workspace.RunTaskAsync(pipeline, "count");

        Assert.Equal("table:counts@v0", outcome.Versions[0].Label);
        Assert.Equal(["20"], await workspace.RowsAsync("select count(*) from counts"));
        Assert.Equal("s3://remote/lake/counts", workspace.Tables.OpenNewest("counts").Location);
    }

    [Fact]
    public async Task An_iceberg_mirror_names_the_bucket()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        var properties = new Dictionary<string, string> { ["millrace.iceberg"] = "true" };
        await workspace.Tables.Editor.WriteAsync(
            "t", Numbers, new() { Properties = properties }, cancellationToken: Stop);
        await workspace.Tables.Editor.DeleteAsync("t", "id = 1", cancellationToken: Stop);

        var table = workspace.Tables.OpenNewest("t");

        Assert.Equal("s3://remote/lake/t/metadata/v2.metadata.json", TableStore.IcebergMetadataOf(table));
        using var stream = new StreamReader(table.Storage.Open("metadata/v2.metadata.json")!);
        var metadata = await stream.ReadToEndAsync(Stop);
        Assert.Contains("s3://remote/lake/t/metadata/snap-1.avro", metadata);
        Assert.Contains("s3://remote/lake/t/metadata/snap-2.avro", metadata);
    }

    [Fact]
    public async Task Rows_are_erased_from_every_version_in_the_bucket()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        await workspace.AppendAsync("people", "select 1 as id, 'anna' as name", "id");
        await workspace.AppendAsync("people", "select 2 as id, 'bert' as name", "id");
        var old = workspace.Tables.OpenNewest("people").Files[0].Path;

        await new WorkspaceErasure(workspace.Open).EraseAsync(
            new WorkspaceErasureRequest { Table = "people", Keys = ["1"] }, Stop);

        Assert.False(workspace.Tables.Place.Of("people").Exists(old));
        Assert.Equal(0, workspace.Tables.OpenNewest("people", 0).RowCount);
        Assert.Equal(["2|bert"], await workspace.RowsAsync("select * from people"));
        Assert.Empty((await CheckAsync(workspace)).Problems);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(workspace.Folder, "*.parquet", SearchOption.AllDirectories),
            path => path.EndsWith(old, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_catalog_whose_tables_lie_elsewhere_is_refused_with_their_place()
    {
        await using var bucket = await BucketTables.StartAsync();
        var workspace = await bucket.WorkspaceAsync();
        await workspace.AppendAsync("t", "select 1 as id");
        var settings = Path.Combine(workspace.Folder, "millrace.yaml");
        await workspace.Open.DisposeAsync();
        var text = await File.ReadAllTextAsync(settings, Stop);

        File.Delete(settings);
        var failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.DieAndOpenAsync());
        Assert.Equal("tables-elsewhere", failure.Code);
        Assert.Contains("url: s3://remote/lake'", failure.Hint);

        await File.WriteAllTextAsync(settings, text.Replace("/lake", "/lakes", StringComparison.Ordinal), Stop);
        failure = await Assert.ThrowsAsync<MillraceException>(() => workspace.DieAndOpenAsync());
        Assert.Equal("tables-elsewhere", failure.Code);

        await File.WriteAllTextAsync(settings, text, Stop);
        await workspace.DieAndOpenAsync();
        Assert.Equal(["1"], await workspace.RowsAsync("select * from t"));
    }

    static Task<TableReport> CheckAsync(TestWorkspace workspace) =>
        new TableCheck(workspace.Tables, workspace.Lineage, workspace.Open.Tombstones).CheckAsync(Stop);

    static void DropCache(TestWorkspace workspace) =>
        Directory.Delete(Path.Combine(workspace.Folder, ".millrace", "cache", "tables"), recursive: true);
}
