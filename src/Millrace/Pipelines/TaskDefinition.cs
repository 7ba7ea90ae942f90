using Millrace.Tables;
using Millrace.Tables.Checks;

namespace Millrace.Pipelines;

/// <summary>A thing that a task makes.</summary>
/// <param name="Kind">A kind of thing.</param>
/// <param name="Name">Its name; also the role in lineage.</param>
/// <param name="KeyColumns">For a table.</param>
/// <param name="IsIncremental">Whether the task sees the version before its own, and adds to it.</param>
public sealed record OutputDefinition(
    string Kind, string Name, IReadOnlyList<string>? KeyColumns = null, bool IsIncremental = false)
{
    /// <summary>For a table: what must hold before its version is published, beside the checks of
    /// <c>millrace.yaml</c>; null for nothing.</summary>
    public IReadOnlyList<CheckRule>? Checks { get; init; }
}

/// <summary>A ref that a task looks at when it runs, such as <c>model:x@production</c>. It is in the lineage but not in
/// the key: looking at what is in production tonight does not make tonight's work another work.</summary>
/// <param name="Role">The name under which the task finds it.</param>
/// <param name="Kind">A kind of thing.</param>
/// <param name="Name">The thing.</param>
/// <param name="Ref">The ref's name.</param>
public sealed record ReferenceDefinition(string Role, string Kind, string Name, string Ref);

/// <summary>A step of a pipeline.</summary>
public sealed record TaskDefinition
{
    /// <summary>Unique in the pipeline.</summary>
    public required string Name { get; init; }

    /// <summary>What happens, in a few words; shown while it runs.</summary>
    public string Title { get; init; } = "";

    /// <summary>The version of the code; null for the hash of the compiled pipeline.</summary>
    public string? Version { get; init; }

    /// <summary>What besides code and inputs decides the output.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Outputs of other tasks, found by their names.</summary>
    public IReadOnlyList<TaskOutput> Inputs { get; init; } = [];

    public IReadOnlyList<ReferenceDefinition> References { get; init; } = [];

    public required IReadOnlyList<OutputDefinition> Outputs { get; init; }

    /// <summary>For a SQL task: the query whose rows are the table.</summary>
    public string? Sql { get; init; }

    /// <summary>For a C# task: the work.</summary>
    public Func<TaskContext, CancellationToken, Task>? Body { get; init; }

    /// <summary>Asks the outside world which versions of its sources there are; they become part of the key.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<ExternalVersion>>>? Probe { get; init; }

    /// <summary>Above 0: the body runs once for each shard, on as many workers as there are, and what the shards stage
    /// is published together.</summary>
    public int ShardCount { get; init; }
}
