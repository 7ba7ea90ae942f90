namespace Millrace.Tables.Delta;

/// <summary>What the writer of a version noted about it. Delta protocol, "Commit Provenance Information".</summary>
/// <param name="Time">The writer's clock, milliseconds since 1970; null when it does not say.</param>
/// <param name="InCommitTime">The version's time where the table keeps such times; null elsewhere.</param>
/// <param name="Operation">Such as <c>WRITE</c> or <c>OPTIMIZE</c>; null when it does not say.</param>
/// <param name="Parameters">JSON; null for none.</param>
/// <param name="Metrics">JSON; null for none.</param>
/// <param name="Engine">The program; null when it does not say.</param>
/// <param name="AttemptId">The attempt of ours that wrote; null for another writer.</param>
/// <param name="RunId">Its run; null for another writer.</param>
public sealed record CommitNote(
    long? Time,
    long? InCommitTime,
    string? Operation,
    string? Parameters,
    string? Metrics,
    string? Engine,
    string? AttemptId,
    string? RunId);
