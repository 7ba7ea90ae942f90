using Millrace.Catalog;
using static Millrace.Catalog.SystemColumn;

namespace Millrace.Tracking;

/// <summary>What runs recorded of themselves, for SQL.</summary>
static class TrackingTables
{
    public static IReadOnlyList<SystemTable> Of(ICatalog catalog) =>
    [
        SystemTable.OfCatalog(
            catalog, "run_parameters", "A parameter of a run.", "run_parameter",
            (Text("run_id", "The run."), "run_id"),
            (Text("name", "The parameter."), "name"),
            (Text("value", "Its value."), "value")),
        SystemTable.OfCatalog(
            catalog, "metrics", "A value that a run measured.",
            "run_metric m join run r on r.run_id = m.run_id",
            (Text("run_id", "The run."), "m.run_id"),
            (Text("run_name", "The run's name."), "r.name"),
            (Text("name", "What was measured."), "m.name"),
            (Int64("step", "The step of the training; 0 when there are none."), "m.step"),
            (Double("value", "The value."), "m.value"),
            (Time("started_at", "When the run began."), "r.started_at")),
    ];
}
