using System.Text.Json;
using System.Text.Json.Serialization;
using Millrace.Catalog;

namespace Millrace.Tracking;

/// <summary>A value of a metric at a step.</summary>
/// <param name="Name">Such as <c>validation_rmse</c>.</param>
/// <param name="Step">From 0; what a step is, the run decides (an iteration, an epoch).</param>
/// <param name="Value">Finite.</param>
public sealed record MetricValue(string Name, long Step, double Value);

/// <summary>What a training run tells of itself.</summary>
sealed record RunFact(IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<MetricValue> Metrics);

/// <summary>JSON of the room's records, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunFact))]
sealed partial class TrackingJson : JsonSerializerContext;

/// <summary>Writes parameters and metrics of a run in the transaction that publishes it.</summary>
sealed class RunFactWriter : IFactWriter
{
    public const string FactKind = "run-metrics";

    public string Kind => FactKind;

    public void Write(CatalogSession session, string runId, JsonElement body)
    {
        var fact = body.Deserialize(TrackingJson.Default.RunFact)!;
        foreach (var (name, value) in fact.Parameters)
        {
            session.Execute(
                "insert into run_parameter (run_id, name, value) values (@run, @name, @value)",
                ("run", runId), ("name", name), ("value", value));
        }

        foreach (var metric in fact.Metrics)
        {
            session.Execute(
                "insert into run_metric (run_id, name, step, value) values (@run, @name, @step, @value)",
                ("run", runId), ("name", metric.Name), ("step", metric.Step), ("value", metric.Value));
        }
    }
}
