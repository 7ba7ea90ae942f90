namespace Millrace.Pipelines;

/// <summary>A pipeline as data: what the scheduler needs to know without loading the pipeline's code.</summary>
/// <param name="Pipeline">Its name.</param>
/// <param name="Parameters">The values that it was given or that are its defaults.</param>
/// <param name="Tasks">In the order of their definition, inputs before users.</param>
public sealed record GraphDescription(
    string Pipeline, IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<TaskDescription> Tasks);

/// <summary>A task as data.</summary>
/// <param name="Name">Unique in the pipeline.</param>
/// <param name="Title">For people.</param>
/// <param name="Version">Null when the code is that of the compiled pipeline.</param>
/// <param name="Parameters">Part of the key.</param>
/// <param name="Inputs">Outputs of other tasks.</param>
/// <param name="References">Refs looked at when it runs.</param>
/// <param name="Outputs">What it makes.</param>
/// <param name="Sql">Null for a C# task.</param>
/// <param name="HasProbe">Whether sources are asked for their versions first.</param>
/// <param name="ShardCount">Above 0: mapped over shards.</param>
public sealed record TaskDescription(
    string Name,
    string Title,
    string? Version,
    IReadOnlyDictionary<string, string> Parameters,
    IReadOnlyList<TaskOutput> Inputs,
    IReadOnlyList<ReferenceDefinition> References,
    IReadOnlyList<OutputDefinition> Outputs,
    string? Sql,
    bool HasProbe,
    int ShardCount);
