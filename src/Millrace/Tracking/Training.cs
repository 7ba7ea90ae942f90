using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Datasets;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Tracking;

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
                var reader = await DatasetReader.OpenAsync(context, dataset.Name, cancellationToken)
                    .ConfigureAwait(false);
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
