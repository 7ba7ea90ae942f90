namespace Millrace.Pipelines;

/// <summary>How to start a worker.</summary>
/// <param name="Program">The path of a program.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record WorkerCommand(string Program, IReadOnlyList<string> Arguments);
