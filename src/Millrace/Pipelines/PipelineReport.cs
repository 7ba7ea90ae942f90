using Millrace.Lineage;

namespace Millrace.Pipelines;

/// <summary>What a task came to.</summary>
/// <param name="Task">Its name.</param>
/// <param name="Title">Its title.</param>
/// <param name="State">How it ended.</param>
/// <param name="Key">The hash of code, parameters and input versions; null when it was not reached.</param>
/// <param name="RunId">The run that made the outputs, this one or an earlier one.</param>
/// <param name="Outputs">The versions that it stands for.</param>
/// <param name="Warnings">Sentences that it left for the person who watches.</param>
/// <param name="Duration">From the moment its inputs were ready.</param>
/// <param name="Error">Why it failed.</param>
public sealed record TaskReport(
    string Task,
    string Title,
    TaskState State,
    string? Key,
    string? RunId,
    IReadOnlyList<ThingVersion> Outputs,
    IReadOnlyList<string> Warnings,
    TimeSpan Duration,
    MillraceException? Error);

/// <summary>What a run of a pipeline came to.</summary>
/// <param name="Pipeline">Its name.</param>
/// <param name="RunId">Null for a dry run.</param>
/// <param name="Parameters">The values that it ran with.</param>
/// <param name="Tasks">In the order of their definition.</param>
/// <param name="Duration">Of the whole run.</param>
public sealed record PipelineReport(
    string Pipeline,
    string? RunId,
    IReadOnlyDictionary<string, string> Parameters,
    IReadOnlyList<TaskReport> Tasks,
    TimeSpan Duration)
{
    public bool IsSuccess => Tasks.All(
        task => task.State is TaskState.Succeeded or TaskState.Cached or TaskState.WouldRun);

    /// <summary>The task of that name.</summary>
    public TaskReport Task(string name) => Tasks.First(task => task.Task == name);
}
