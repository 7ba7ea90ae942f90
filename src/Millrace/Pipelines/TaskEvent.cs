namespace Millrace.Pipelines;

/// <summary>How a task stands.</summary>
public enum TaskState
{
    Waiting = 0,
    Running = 1,

    /// <summary>Its key had a result; nothing was done.</summary>
    Cached = 2,
    Succeeded = 3,
    Failed = 4,

    /// <summary>Something it needs failed.</summary>
    Skipped = 5,
    Cancelled = 6,

    /// <summary>In a dry run: it would run.</summary>
    WouldRun = 7,
}

/// <summary>Something to show to the person who watches.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Title">Its title.</param>
/// <param name="State">How it stands now.</param>
/// <param name="Message">A sentence, or null.</param>
/// <param name="Done">How far it is, in units.</param>
/// <param name="Total">How far it goes; 0 when it is not known.</param>
/// <param name="Unit">What is counted.</param>
public sealed record TaskEvent(
    string Task,
    string Title,
    TaskState State,
    string? Message = null,
    long Done = 0,
    long Total = 0,
    string Unit = "");
