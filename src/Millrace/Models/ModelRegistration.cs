using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Datasets;
using Millrace.Lineage;
using Millrace.Objects;
using Millrace.Pipelines;
using Millrace.Tables;

namespace Millrace.Models;

/// <summary>Registers a model file as a version of a model, and lets the better of it and the one in production be in
/// production.</summary>
public static class ModelRegistration
{
    /// <summary>The alias of the version that serves.</summary>
    public const string ProductionRef = "production";

    /// <summary>Adds a task that scores tonight's model and <c>@production</c> on the same rows and moves the alias to
    /// the better one. Registering the same file again gives the same version.</summary>
    /// <param name="pipeline">Where it is added.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="file">The model file, an object.</param>
    /// <param name="dataset">What both are scored on.</param>
    /// <param name="asOf">The time that the model knows. One that knows less never replaces one that knows more, so
    /// that an old night can be run again: the newer model may have learnt from the very rows of the old test.</param>
    /// <param name="error">Gives a model's error on the dataset; less is better.</param>
    public static TaskOutput Register(
        this Pipeline pipeline,
        string name,
        TaskOutput file,
        TaskOutput dataset,
        DateTimeOffset asOf,
        Func<byte[], DatasetReader, CancellationToken, Task<double>> error)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(dataset);
        return pipeline.Add(new TaskDefinition
        {
            Name = $"{name}_model",
            Title = $"compare with {name}@{ProductionRef}",
            Parameters = new Dictionary<string, string> { ["asOf"] = asOf.UtcDateTime.ToString("O") },
            Inputs = [file, dataset],
            References = [new ReferenceDefinition(ProductionRef, "model", name, ProductionRef)],
            Outputs = [new OutputDefinition("model", name)],
            Body = (context, cancellationToken) =>
                RegisterAsync(context, name, file, dataset, asOf, error, cancellationToken),
        })[0];
    }

    static async Task RegisterAsync(
        TaskContext context,
        string name,
        TaskOutput file,
        TaskOutput dataset,
        DateTimeOffset asOf,
        Func<byte[], DatasetReader, CancellationToken, Task<double>> error,
        CancellationToken cancellationToken)
    {
        var reader = await DatasetReader.OpenAsync(context, dataset.Name, cancellationToken).ConfigureAwait(false);
        var tonight = ContentHash.Parse(context.Input(file.Name).Hash);
        var production = context.Reference(ProductionRef);
        var tonightError = await ScoreAsync(tonight).ConfigureAwait(false);
        double? productionError = production is null
            ? null : await ScoreAsync(FileOf(production)).ConfigureAwait(false);
        var isLater = production is null || AsOf(production) is not { } time || time <= asOf;
        if (!isLater)
        {
            context.Warn(
                $"{production!.Label} stays in production: it knows a later time than {asOf:yyyy-MM-dd HH:mm}.");
        }

        var isBetter = isLater && (productionError is null || tonightError < productionError);
        context.Publish(new StagedVersion(
            name, "model", name, tonight.ToString(),
            new JsonObject
            {
                ["url"] = ObjectUrl.Format(tonight),
                ["asOf"] = asOf.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
                ["testError"] = tonightError,
                ["productionBefore"] = production?.Label,
                ["productionError"] = productionError,
                ["isProduction"] = isBetter,
                ["dataset"] = context.Input(dataset.Name).Label,
            }.ToJsonString(),
            [context.Input(dataset.Name).Id],
            isBetter ? [new RefMove(ProductionRef, true, production?.Id)] : []));

        async Task<double> ScoreAsync(ContentHash hash)
        {
            var bytes = await context.Objects.ReadAsync(hash, cancellationToken).ConfigureAwait(false);
            var score = await error(bytes, reader, cancellationToken).ConfigureAwait(false);
            return double.IsFinite(score) ? score : throw new MillraceException(
                ErrorKind.Invalid, "metric-not-finite",
                $"The error of model file {hash.Short} on dataset '{dataset.Name}' is {score}.",
                "Look for empty splits or diverging training; models can't be compared by it.");
        }
    }

    static DateTimeOffset? AsOf(ThingVersion version) =>
        JsonNode.Parse(version.Summary)?["asOf"] is { } time ? DateTimeOffset.Parse((string)time!) : null;

    static ContentHash FileOf(ThingVersion model)
    {
        using var summary = JsonDocument.Parse(model.Summary);
        return ObjectUrl.TryParse(summary.RootElement.GetProperty("url").GetString(), out var hash)
            ? hash
            : throw new MillraceException(
                ErrorKind.Corrupt, "model-damaged", $"{model.Label} does not name its file.",
                "Register the model again; 'millrace fsck' checks the catalog.");
    }
}
