namespace Millrace.Lineage;

/// <summary>A version that a run read or wrote.</summary>
/// <param name="RunId">The run.</param>
/// <param name="VersionId">The version.</param>
/// <param name="IsOutput">Whether the run wrote it.</param>
/// <param name="Role">What it was to the run: the name of the input, or of the output.</param>
public sealed record LineageEdge(string RunId, long VersionId, bool IsOutput, string Role);
