using System.Globalization;
using System.Text;
using Millrace.Datasets;
using Millrace.Models;
using Millrace.Pipelines;
using Millrace.Tests.TablesRoom;
using Millrace.Tracking;

namespace Millrace.Tests.ModelsRoom;

/// <summary>A model here is the text of its own error.</summary>
public sealed class ModelRegistrationTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_better_model_is_in_production()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", TestWorkspace.HourlyRows, "id");

        Assert.Equal((1L, "0.5"), await NightAsync(workspace, "0.5"));
        Assert.Equal((2L, "0.5"), await NightAsync(workspace, "0.7"));
        Assert.Equal((3L, "0.5"), await NightAsync(workspace, "0.50"));
        Assert.Equal((4L, "0.3"), await NightAsync(workspace, "0.3"));
        Assert.Equal((2L, "0.3"), await NightAsync(workspace, "0.7"));
        Assert.Equal((4L, "0.3"), await NightAsync(workspace, "0.3"));
        Assert.Equal(4, (await workspace.Lineage.VersionsAsync("model", "m", Stop)).Count);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    public async Task An_error_that_is_no_number_is_refused(string error)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", TestWorkspace.HourlyRows, "id");

        var failure = await Assert.ThrowsAsync<MillraceException>(() => NightAsync(workspace, error));

        Assert.Equal("metric-not-finite", failure.Code);
        Assert.Null(await workspace.Lineage.RefAsync("model", "m", "production", Stop));
    }

    [Fact]
    public async Task A_model_that_knows_less_never_replaces_one_that_knows_more()
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        await workspace.AppendAsync("t", TestWorkspace.HourlyRows, "id");

        Assert.Equal((1L, "0.5"), await NightAsync(workspace, "0.5", day: 2));
        Assert.Equal((2L, "0.5"), await NightAsync(workspace, "0.4", day: 1));
        Assert.Equal((3L, "0.3"), await NightAsync(workspace, "0.3", day: 2));
    }

    static async Task<(long Number, string Production)> NightAsync(
        TestWorkspace workspace, string model, int day = 1)
    {
        var pipeline = Pipeline.Create("night", []);
        var dataset = pipeline.Dataset("d", pipeline.Sql("t", $"select 1", ["id"]), DatasetSplit.ByTime("at"));
        var file = pipeline.Train("train", dataset, (training, _) =>
        {
            training.Save(Encoding.ASCII.GetBytes(model));
            return Task.CompletedTask;
        });
        pipeline.Register(
            "m", file, dataset, new DateTimeOffset(2026, 3, day, 0, 0, 0, TimeSpan.Zero),
            (bytes, _, _) => Task.FromResult(
                double.Parse(Encoding.ASCII.GetString(bytes), CultureInfo.InvariantCulture)));
        foreach (var task in new[] { "d_dataset", "train" }) await workspace.RunTaskAsync(pipeline, task);
        var version = (await workspace.RunTaskAsync(pipeline, "m_model")).Versions[0];

        var production = (await workspace.Lineage.RefAsync("model", "m", "production", Stop))!;
        var bytes = await workspace.Open.Objects.ReadAsync(Millrace.Objects.ContentHash.Parse(production.Hash), Stop);
        return (version.Number, Encoding.ASCII.GetString(bytes));
    }
}
