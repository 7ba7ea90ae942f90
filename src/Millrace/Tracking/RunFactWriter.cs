using System.Text.Json;
using Millrace.Catalog;

namespace Millrace.Tracking;

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
