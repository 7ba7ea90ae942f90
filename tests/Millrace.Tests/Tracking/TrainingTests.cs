using Millrace.Datasets;
using Millrace.Pipelines;
using Millrace.Tests.TablesRoom;
using Millrace.Tracking;

namespace Millrace.Tests.TrackingRoom;

public sealed class TrainingTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parameters_metrics_and_the_model_are_recorded_with_the_run()
    {
        await using var workspace = await TestWorkspace.CreateAsync();

        var outcome = await TrainAsync(workspace, training =>
        {
            training.Parameter("rate", 0.1);
            training.Parameter("rate", 0.25);
            training.Metric("loss", 2.5);
            training.Metric("loss", 1.5, 1);
            training.Metric("accuracy", 0.1 + 0.2);
            training.Save([1, 2, 3]);
        });

        Assert.Equal("0.25", (await workspace.Open.Tracking.ParametersAsync(outcome.RunId, Stop))["rate"]);
        Assert.Equal(
            [
                new MetricValue("accuracy", 0, 0.1 + 0.2), new MetricValue("loss", 0, 2.5),
                new MetricValue("loss", 1, 1.5),
            ],
            await workspace.Open.Tracking.MetricsAsync(outcome.RunId, Stop));
        Assert.Contains("\"loss\":1.5", outcome.Versions[0].Summary);
        Assert.Equal(
            [1, 2, 3],
            await workspace.Open.Objects.ReadAsync(Millrace.Objects.ContentHash.Parse(outcome.Versions[0].Hash), Stop));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public async Task A_metric_is_a_finite_number(double value) =>
        await FailsAsync("metric-not-finite", training => training.Metric("loss", value));

    [Fact]
    public async Task A_metric_has_one_value_at_a_step() => await FailsAsync("metric-twice", training =>
    {
        training.Metric("loss", 1);
        training.Metric("loss", 2);
    });

    [Fact]
    public async Task A_training_without_a_model_is_refused() => await FailsAsync("model-missing", _ => { });

    static async Task FailsAsync(string code, Action<TrainingContext> body)
    {
        await using var workspace = await TestWorkspace.CreateAsync();
        Assert.Equal(code, (await Assert.ThrowsAsync<MillraceException>(() => TrainAsync(workspace, body))).Code);
    }

    static async Task<TaskOutcome> TrainAsync(TestWorkspace workspace, Action<TrainingContext> body)
    {
        await workspace.AppendAsync("t", TestWorkspace.HourlyRows, "id");
        var pipeline = Pipeline.Create("night", []);
        var dataset = pipeline.Dataset("d", pipeline.Sql("t", $"select 1", ["id"]), DatasetSplit.ByTime("at"));
        pipeline.Train("train", dataset, (training, _) =>
        {
            body(training);
            return Task.CompletedTask;
        });
        await workspace.RunTaskAsync(pipeline, "d_dataset");
        return await workspace.RunTaskAsync(pipeline, "train");
    }
}
