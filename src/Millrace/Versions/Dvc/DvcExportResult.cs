namespace Millrace.Versions.Dvc;

/// <summary>What an export wrote.</summary>
/// <param name="File">The <c>.dvc</c> file.</param>
/// <param name="Digest">What DVC calls the content.</param>
/// <param name="FileCount">Files of the content.</param>
/// <param name="SizeBytes">Bytes of the content.</param>
/// <param name="WrittenCount">Objects that were not in the cache yet, the manifest included.</param>
public sealed record DvcExportResult(
    string File, DvcDigest Digest, long FileCount, long SizeBytes, long WrittenCount);
