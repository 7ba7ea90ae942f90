namespace Millrace.Pipelines;

/// <summary>How a pipeline is run.</summary>
public sealed record RunOptions
{
    /// <summary>How many tasks, or shards of tasks, run at once.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>Tasks that are run even when their key has a result; <c>*</c> is all.</summary>
    public IReadOnlyList<string> Force { get; init; } = [];

    /// <summary>Only says what would run.</summary>
    public bool IsDryRun { get; init; }

    public bool Forces(string task) => Force.Contains("*") || Force.Contains(task);
}
