using System.Text.Json.Serialization;
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

/// <summary>A version of a table as it is without the rows.</summary>
/// <param name="Id">In the catalog.</param>
/// <param name="RowCount">Rows that are left.</param>
/// <param name="SizeBytes">Bytes of its files.</param>
/// <param name="FileCount">Its files.</param>
sealed record WorkspaceErasedVersion(long Id, long RowCount, long SizeBytes, int FileCount);

/// <summary>The segments of a feature view that go.</summary>
/// <param name="View">The view.</param>
/// <param name="Deleted">Hashes of segments.</param>
/// <param name="OnlineId">The version that was served, when it is among them; null otherwise.</param>
/// <param name="NewHash">The segment that is served instead.</param>
/// <param name="EntityCount">Entities in it.</param>
sealed record WorkspaceErasedSegments(
    string View, IReadOnlyList<string> Deleted, long? OnlineId, string? NewHash, int EntityCount);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WorkspaceErasureIntent))]
sealed partial class WorkspaceJson : JsonSerializerContext;
