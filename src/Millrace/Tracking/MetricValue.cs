namespace Millrace.Tracking;

/// <summary>A value of a metric at a step.</summary>
/// <param name="Name">Such as <c>validation_rmse</c>.</param>
/// <param name="Step">From 0; what a step is, the run decides (an iteration, an epoch).</param>
/// <param name="Value">Finite.</param>
public sealed record MetricValue(string Name, long Step, double Value);
