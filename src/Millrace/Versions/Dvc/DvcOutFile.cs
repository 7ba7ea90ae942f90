namespace Millrace.Versions.Dvc;

/// <summary>A file of a folder that a <c>.dvc</c> file lists itself.</summary>
/// <param name="Path">Relative to the folder.</param>
/// <param name="Digest">Null when it is known by its version in a cloud only.</param>
/// <param name="SizeBytes">Bytes of it, if they are told.</param>
/// <param name="IsExecutable">Whether it may be run.</param>
sealed record DvcOutFile(string Path, DvcDigest? Digest, long? SizeBytes, bool IsExecutable);
