using Millrace.Versions.Dvc;

namespace Millrace.Versions;

/// <summary>A file of an import whose bytes are still where they came from.</summary>
/// <param name="Path">From the import's root.</param>
/// <param name="Digest">What it is called there.</param>
/// <param name="SizeBytes">Bytes of it, if they are told.</param>
/// <param name="IsExecutable">Whether it may be run.</param>
public sealed record AttachedFile(string Path, DvcDigest Digest, long? SizeBytes, bool IsExecutable);
