namespace Millrace;

/// <summary>The segments of a feature view that go.</summary>
/// <param name="View">The view.</param>
/// <param name="Deleted">Hashes of segments.</param>
/// <param name="OnlineId">The version that was served, when it is among them; null otherwise.</param>
/// <param name="NewHash">The segment that is served instead.</param>
/// <param name="EntityCount">Entities in it.</param>
sealed record WorkspaceErasedSegments(
    string View, IReadOnlyList<string> Deleted, long? OnlineId, string? NewHash, int EntityCount);
