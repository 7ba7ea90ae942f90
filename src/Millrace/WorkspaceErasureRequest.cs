using Millrace.Objects;

namespace Millrace;

/// <summary>What shall be erased, and why.</summary>
public sealed record WorkspaceErasureRequest
{
    /// <summary>The table whose rows go; null for none.</summary>
    public string? Table { get; init; }

    /// <summary>Keys of rows; of a key of several columns the values with tabs between.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>A condition over the table's columns, in place of keys; null for none.</summary>
    public string? Where { get; init; }

    /// <summary>Objects by hash.</summary>
    public IReadOnlyList<ContentHash> Objects { get; init; } = [];

    /// <summary>Files or folders of the versions, from the workspace's root: their content in every commit.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Whether objects that only the erased rows name go too.</summary>
    public bool WithObjects { get; init; }

    /// <summary>Whether the remotes of <c>millrace.yaml</c> are erased from too.</summary>
    public bool WithRemotes { get; init; }

    /// <summary>Kept in the tombstones; must not say who was erased.</summary>
    public string? Reason { get; init; }

    /// <summary>Who does it.</summary>
    public string By { get; init; } = Environment.UserName;
}
