using Millrace.Catalog;

namespace Millrace.Tracking;

/// <summary>Answers what runs recorded of themselves.</summary>
public sealed class RunTracking(ICatalog catalog)
{
    /// <summary>The parameters of a run.</summary>
    public Task<Dictionary<string, string>> ParametersAsync(
        string runId, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                "select name, value from run_parameter where run_id = @run order by name",
                row => (Name: row.Text(0), Value: row.Text(1)), ("run", runId))
                .ToDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal),
            cancellationToken);

    /// <summary>All metric values of a run, by name and step.</summary>
    public Task<List<MetricValue>> MetricsAsync(string runId, CancellationToken cancellationToken = default) =>
        catalog.ReadAsync(
            session => session.Query(
                "select name, step, value from run_metric where run_id = @run order by name, step",
                row => new MetricValue(row.Text(0), row.Int64(1), row.Double(2)), ("run", runId)),
            cancellationToken);
}
