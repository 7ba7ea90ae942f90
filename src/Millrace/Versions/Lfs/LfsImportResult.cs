using Millrace.Objects;

namespace Millrace.Versions.Lfs;

/// <summary>What an import brought.</summary>
/// <param name="Name">What it is called here.</param>
/// <param name="Tree">The files that git-lfs keeps, at their paths.</param>
/// <param name="FileCount">Files in it.</param>
/// <param name="SizeBytes">Bytes of them.</param>
/// <param name="CopiedCount">Objects that were read and stored; the others were here already.</param>
public sealed record LfsImportResult(
    string Name, ContentHash Tree, long FileCount, long SizeBytes, long CopiedCount);
