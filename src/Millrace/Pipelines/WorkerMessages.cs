using Millrace.Catalog;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>What the scheduler asks of a worker; one line of JSON.</summary>
/// <param name="Kind"><c>describe</c>, <c>probe</c> or <c>task</c>.</param>
/// <param name="Task">The task's name; empty for <c>describe</c>.</param>
/// <param name="Order">For <c>task</c>.</param>
sealed record WorkerRequest(string Kind, string Task, TaskOrder? Order);

/// <summary>One attempt at a task, or at one shard of it.</summary>
sealed record TaskOrder(
    string AttemptId,
    string RunId,
    int ShardIndex,
    int ShardCount,
    IReadOnlyDictionary<string, ThingVersion> Inputs,
    IReadOnlyDictionary<string, ThingVersion> References,
    IReadOnlyDictionary<string, ThingVersion> Previous,
    WorkspacePaths Paths);

/// <summary>What a worker answers: any number of progress lines, then one of the others.</summary>
/// <remarks><c>Kind</c> is <c>progress</c>, <c>graph</c>, <c>sources</c>, <c>result</c> or <c>error</c>.</remarks>
sealed record WorkerReply(
    string Kind,
    GraphDescription? Graph = null,
    IReadOnlyList<ExternalVersion>? Sources = null,
    StagedResult? Result = null,
    WorkerError? Error = null,
    long Done = 0,
    long Total = 0,
    string? Unit = null);

/// <summary>What an attempt staged; nothing of it is visible yet.</summary>
/// <param name="Tables">Tables with durable files.</param>
/// <param name="Versions">Other things.</param>
/// <param name="Sources">What was read from outside beyond what the probe named.</param>
/// <param name="Facts">What higher rooms write when it is published.</param>
/// <param name="Warnings">Sentences for the person who watches.</param>
/// <param name="IsProvisional">Whether the next run does the task again.</param>
sealed record StagedResult(
    IReadOnlyList<PublishedTable> Tables,
    IReadOnlyList<StagedVersion> Versions,
    IReadOnlyList<ExternalVersion> Sources,
    IReadOnlyList<CatalogFact> Facts,
    IReadOnlyList<string> Warnings,
    bool IsProvisional);

/// <summary>A failure, with what a <see cref="MillraceException"/> holds.</summary>
sealed record WorkerError(ErrorKind Kind, string Code, string Message, string Hint, string? Trace);
