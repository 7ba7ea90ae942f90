using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Datasets;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Tracking;

/// <summary>What a training body sees: the dataset, and a place to record parameters, metrics and the model
/// file.</summary>
public sealed class TrainingContext
{
    readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);
    readonly List<MetricValue> _metrics = [];

    internal TrainingContext(TaskContext task, DatasetReader dataset)
    {
        Task = task;
        Dataset = dataset;
    }

    public TaskContext Task { get; }

    public DatasetReader Dataset { get; }

    internal byte[]? Model { get; private set; }

    internal IReadOnlyDictionary<string, string> Parameters => _parameters;

    internal IReadOnlyList<MetricValue> Metrics => _metrics;

    /// <summary>Records a parameter of the run.</summary>
    public void Parameter(string name, object value) =>
        _parameters[name] = Convert.ToString(value, CultureInfo.InvariantCulture)!;

    /// <summary>Records a metric's value.</summary>
    /// <exception cref="MillraceException"><c>metric-not-finite</c>.</exception>
    public void Metric(string name, double value, long step = 0)
    {
        if (!double.IsFinite(value))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "metric-not-finite", $"Metric '{name}' is {value} at step {step}.",
                "Look for empty splits or diverging training; a metric must be a finite number.");
        }

        _metrics.Add(new MetricValue(name, step, value));
    }

    /// <summary>Keeps the model's file; it becomes the output of the task.</summary>
    public void Save(byte[] model) => Model = model;
}

/// <summary>Training as a task: a tracked run whose output is a model file.</summary>
public static class Training
{
    /// <summary>Adds a training task.</summary>
    /// <param name="pipeline">Where it is added.</param>
    /// <param name="name">The task's name.</param>
    /// <param name="dataset">What it reads.</param>
    /// <param name="body">Trains, records and calls <see cref="TrainingContext.Save"/>.</param>
    /// <returns>The model file, an object.</returns>
    public static TaskOutput Train(
        this Pipeline pipeline,
        string name,
        TaskOutput dataset,
        Func<TrainingContext, CancellationToken, Task> body)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(dataset);
        return pipeline.Add(new TaskDefinition
        {
            Name = name,
            Title = $"train on {dataset.Name}",
            Inputs = [dataset],
            Outputs = [new OutputDefinition("object", name)],
            Body = async (context, cancellationToken) =>
            {
                var reader = await DatasetReader.OpenAsync(context, dataset.Name, cancellationToken).ConfigureAwait(false);
                var training = new TrainingContext(context, reader);
                await body(training, cancellationToken).ConfigureAwait(false);
                await PublishAsync(context, name, training, cancellationToken).ConfigureAwait(false);
            },
        })[0];
    }

    static async Task PublishAsync(
        TaskContext context, string name, TrainingContext training, CancellationToken cancellationToken)
    {
        var model = training.Model ?? throw new MillraceException(
            ErrorKind.Invalid, "model-missing", $"Training task '{name}' ended without saving a model.",
            "Call Save(bytes) at its end.");
        using var stream = new MemoryStream(model);
        var hash = await context.Objects.PutAsync(stream, cancellationToken).ConfigureAwait(false);
        var last = training.Metrics.GroupBy(metric => metric.Name, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => KeyValuePair.Create(group.Key, (JsonNode?)JsonValue.Create(group.Last().Value)));
        context.Publish(new StagedVersion(
            name, "object", hash.ToString(), hash.ToString(),
            new JsonObject
            {
                ["what"] = $"model file of '{name}'",
                ["url"] = ObjectUrl.Format(hash),
                ["bytes"] = model.Length,
                ["metrics"] = new JsonObject(last),
            }.ToJsonString(),
            [], []));
        context.Fact(
            RunFactWriter.FactKind,
            JsonSerializer.SerializeToElement(
                new RunFact(training.Parameters, training.Metrics), TrackingJson.Default.RunFact));
    }
}
