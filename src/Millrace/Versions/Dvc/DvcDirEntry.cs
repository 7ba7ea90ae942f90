namespace Millrace.Versions.Dvc;

/// <summary>A file of a folder's manifest.</summary>
/// <param name="Path">Relative to the folder, parted by slashes.</param>
/// <param name="Digest">Its content.</param>
/// <param name="SizeBytes">Bytes of it, where the manifest tells them.</param>
/// <param name="IsExecutable">Whether it may be run, where the manifest tells.</param>
sealed record DvcDirEntry(string Path, DvcDigest Digest, long? SizeBytes = null, bool IsExecutable = false);
