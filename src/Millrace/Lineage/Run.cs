namespace Millrace.Lineage;

/// <summary>How a run stands.</summary>
public enum RunOutcome
{
    Running = 0,
    Succeeded = 1,
    Failed = 2,
    Cancelled = 3,

    /// <summary>Its process died before it ended.</summary>
    Lost = 4,
}

/// <summary>One execution of a kind, with its parent.</summary>
/// <param name="Id">A UUID of version 7, so that ids sort by time.</param>
/// <param name="Kind"><c>pipeline</c>, <c>task</c>, <c>training</c> or <c>command</c>.</param>
/// <param name="Name">The pipeline's name, or <c>pipeline/task</c>.</param>
/// <param name="ParentId">The run it is part of, or null.</param>
/// <param name="TaskKey">For a task: the hash of code, parameters and input versions.</param>
/// <param name="Code">The hash of the code that ran, or the version that the code declares.</param>
/// <param name="Parameters">JSON object of text values.</param>
/// <param name="Outcome">How it stands.</param>
/// <param name="Message">Why it failed, or null.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended, or null.</param>
public sealed record Run(
    string Id,
    string Kind,
    string Name,
    string? ParentId,
    string? TaskKey,
    string Code,
    string Parameters,
    RunOutcome Outcome,
    string? Message,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt);
