namespace Millrace.Pipelines;

/// <summary>A pipeline that is ready to run: how to start its workers, and the hash of its compiled code.</summary>
/// <param name="Worker">Starts a worker with the pipeline's parameters.</param>
/// <param name="CodeHash">64 hex digits over what was compiled.</param>
public sealed record CompiledPipeline(WorkerCommand Worker, string CodeHash);
