namespace Millrace.Pipelines;

/// <summary>What came of the attempt to begin a task.</summary>
/// <param name="CachedRunId">The run that made the result; null when there is none.</param>
/// <param name="Holder">Who runs it now; null when this process may.</param>
sealed record TaskStart(string? CachedRunId, LeaseHolder? Holder);
