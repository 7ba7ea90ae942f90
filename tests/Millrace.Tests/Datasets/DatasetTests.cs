using System.Text;
using CsCheck;
using Millrace.Datasets;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.DatasetsRoom;

public sealed class DatasetTests
{
    const string Rows = TestWorkspace.HourlyRows;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_hash_depends_on_the_values_and_not_on_files_order_or_names()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("one", Rows, "id");
        await workspace.AppendAsync("two", $"select * from ({Rows}) where id % 2 = 1", "id");
        await workspace.AppendAsync("two", $"select * from ({Rows}) where id % 2 = 0", "id");
        await workspace.AppendAsync("other", $"select * replace (if(id = 7, -x, x) as x) from ({Rows})", "id");

        var hashes = new List<string>();
        foreach (var table in new[] { "one", "two", "other" }) hashes.Add((await BuildAsync(workspace, table)).Hash);

        Assert.Equal(hashes[0], hashes[1]);
        Assert.NotEqual(hashes[0], hashes[2]);
    }

    [Fact]
    public async Task The_splits_are_a_partition_of_the_rows_by_time()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var count = 0;
        await Gen.Select(Gen.Int[0, 30].Array[1, 40], Gen.Int[1, 4], Gen.Int[1, 4]).SampleAsync(
            async (hours, validation, test) =>
            {
                var table = $"t{count++}";
                var values = string.Join(", ", hours.Select((hour, id) => $"({id}, {hour})"));
                await workspace.AppendAsync(
                    table,
                    "select id::bigint as id, timestamptz '2026-01-01 00:00:00+00' + interval (hour) hour as at "
                    + $"from (values {values}) t(id, hour)",
                    "id");
                var split = DatasetSplit.ByTime("at", validation / 10.0, test / 10.0);
                ThingVersion version;
                try
                {
                    version = await BuildAsync(workspace, table, split);
                }
                catch (MillraceException exception)
                {
                    Assert.Equal("dataset-too-small", exception.Code);
                    return;
                }

                var reader = await OpenAsync(workspace, version);
                var newest = DateTime.MinValue;
                var ids = new List<long>();
                foreach (var name in DatasetSplit.Names)
                {
                    var rows = await ReadAsync(reader, name, 7);
                    Assert.Equal(reader.RowCounts[name], rows.Count);
                    ids.AddRange(rows.Select(row => row.Id));
                    Assert.True(rows.Min(row => row.At) > newest);
                    newest = rows.Max(row => row.At);
                }

                Assert.Equal(Enumerable.Range(0, hours.Length).Select(id => (long)id), ids.Order());
            },
            iter: 12,
            threads: 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(13)]
    [InlineData(1024)]
    public async Task Batches_of_any_size_cover_all_rows_in_the_order_of_the_key(int batchSize)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", $"{Rows} where i % 2 = 1", "id");
        await workspace.AppendAsync("t", $"{Rows} where i % 2 = 0", "id");

        var rows = await ReadAsync(await OpenAsync(workspace, await BuildAsync(workspace, "t")), "train", batchSize);

        Assert.Equal(Enumerable.Range(0, 13).Select(id => (long)id), rows.Select(row => row.Id));
    }

    [Fact]
    public async Task Rows_without_a_time_are_refused_rather_than_left_out()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", $"select id, case when id <> 3 then \"at\" end as \"at\" from ({Rows})", "id");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => BuildAsync(workspace, "t"));

        Assert.Equal("split-time-missing", failure.Code);
        Assert.Contains("1 rows", failure.Message);
    }

    [Fact]
    public async Task Too_few_rows_are_told()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", $"{Rows} where false", "id");

        Assert.Equal(
            "dataset-too-small",
            (await Assert.ThrowsAsync<MillraceException>(() => BuildAsync(workspace, "t"))).Code);
    }

    [Fact]
    public async Task The_table_version_is_pinned_and_the_manifest_an_object()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        var table = await workspace.AppendAsync("t", Rows, "id");

        var version = await BuildAsync(workspace, "t");

        Assert.Equal(1, await workspace.CountAsync($"select count(*) from pin where version_id = {table.Id}"));
        Assert.Equal(version, await BuildAsync(workspace, "t"));
    }

    [Fact]
    public async Task A_manifest_of_another_dataset_or_format_is_damage()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", Rows, "id");
        var version = await BuildAsync(workspace, "t");

        Assert.Equal("dataset-damaged", await CodeAsync(workspace, version with { Hash = new string('0', 64) }));
        Assert.True(ObjectUrl.TryParse(UrlOf(version), out var hash));
        var bytes = await workspace.Open.Objects.ReadAsync(hash, Stop);
        var newer = Encoding.UTF8.GetString(bytes).Replace("\"format\": 1", "\"format\": 2");
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(newer));
        var other = await workspace.Open.Objects.PutAsync(stream, Stop);
        Assert.Equal(
            "dataset-damaged",
            await CodeAsync(workspace, version with { Summary = $$"""{"url":"{{ObjectUrl.Format(other)}}"}""" }));
    }

    [Fact]
    public async Task A_column_that_is_not_there_is_named()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", Rows, "id");
        var reader = await OpenAsync(workspace, await BuildAsync(workspace, "t"));

        await foreach (var batch in reader.ReadAsync("test", cancellationToken: Stop))
        {
            var failure = Assert.Throws<MillraceException>(() => batch.Column("price"));
            Assert.Contains("id, at, x", failure.Hint);
            Assert.Equal(batch.RowCount, batch.Numbers("x").Length);
        }

        await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(reader, "holdout", 1));
    }

    static string UrlOf(ThingVersion version) =>
        System.Text.Json.JsonDocument.Parse(version.Summary).RootElement.GetProperty("url").GetString()!;

    static async Task<string> CodeAsync(TestWorkspace workspace, ThingVersion version) =>
        (await Assert.ThrowsAsync<MillraceException>(() => OpenAsync(workspace, version))).Code;

    static async Task<ThingVersion> BuildAsync(TestWorkspace workspace, string table, DatasetSplit? split = null)
    {
        var pipeline = Pipeline.Create("night", []);
        var rows = pipeline.Sql(table, $"select 1", ["id"]);
        pipeline.Dataset("d", rows, split ?? DatasetSplit.ByTime("at"));
        return (await workspace.RunTaskAsync(pipeline, "d_dataset")).Versions[0];
    }

    static Task<DatasetReader> OpenAsync(TestWorkspace workspace, ThingVersion version)
    {
        var order = new TaskOrder(
            "attempt", "run", 0, 1, new Dictionary<string, ThingVersion> { ["d"] = version },
            new Dictionary<string, ThingVersion>(), new Dictionary<string, ThingVersion>(), workspace.Open.Paths);
        var task = new TaskDefinition { Name = "read", Outputs = [] };
        return DatasetReader.OpenAsync(
            new TaskContext(task, order, workspace.Open.Objects, new(), (_, _, _) => { }), "d", Stop);
    }

    static async Task<List<(long Id, DateTime At)>> ReadAsync(DatasetReader reader, string split, int batchSize)
    {
        var rows = new List<(long Id, DateTime At)>();
        await foreach (var batch in reader.ReadAsync(split, batchSize, Stop))
        {
            Assert.InRange(batch.RowCount, 1, batchSize);
            rows.AddRange(batch.Column("id").Zip(batch.Column("at"), (id, at) => ((long)id!, (DateTime)at!)));
        }

        return rows;
    }
}
