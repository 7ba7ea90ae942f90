using Millrace.Objects;

namespace Millrace.Versions.Dvc;

/// <summary>What an import brought.</summary>
/// <param name="Name">What it is called here.</param>
/// <param name="Tree">Its root; null while files are only attached.</param>
/// <param name="FileCount">Files in it, attached ones included.</param>
/// <param name="SizeBytes">Bytes of those whose size is known.</param>
/// <param name="CopiedCount">Objects that were read and stored; the others were here already.</param>
/// <param name="AttachedCount">Files whose bytes are still elsewhere.</param>
/// <param name="NotStored">Outputs that DVC itself has no content of yet.</param>
public sealed record DvcImportResult(
    string Name, ContentHash? Tree, long FileCount, long SizeBytes, long CopiedCount, long AttachedCount,
    IReadOnlyList<string> NotStored);
