using Millrace.Tables;

namespace Millrace;

/// <summary>What an erasure that has begun does, so that any process can carry it through. It holds no key and no value
/// of a row.</summary>
/// <param name="ErasureId">Also the id of its run.</param>
/// <param name="Table">The table whose files are replaced; null for none.</param>
/// <param name="Files">The files.</param>
/// <param name="Versions">The table's versions that change.</param>
/// <param name="Segments">Feature views that change.</param>
/// <param name="Objects">Hashes of the objects that go.</param>
sealed record WorkspaceErasureIntent(
    string ErasureId,
    string? Table,
    IReadOnlyList<RewrittenFile> Files,
    IReadOnlyList<WorkspaceErasedVersion> Versions,
    IReadOnlyList<WorkspaceErasedSegments> Segments,
    IReadOnlyList<string> Objects);
