namespace Millrace.Pipelines;

/// <summary>A task's outcome as the catalog keeps it under the task's key.</summary>
sealed record TaskResultFact(
    string Key,
    string Pipeline,
    string Task,
    string AttemptId,
    IReadOnlyList<string> Leases,
    bool IsProvisional);
