namespace Millrace.Tracking;

/// <summary>What a training run tells of itself.</summary>
sealed record RunFact(IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<MetricValue> Metrics);
