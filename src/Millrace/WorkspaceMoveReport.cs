using Millrace.Catalog;

namespace Millrace;

/// <summary>What a move did.</summary>
public sealed record WorkspaceMoveReport
{
    /// <summary>The catalog's tables as both sides had them; empty when the catalog stayed.</summary>
    public IReadOnlyList<CatalogDigest> Tables { get; init; } = [];

    /// <summary>Objects of the workspace; 0 when they stayed.</summary>
    public long ObjectCount { get; init; }

    /// <summary>Objects that were sent or fetched now; the others were there from a move that was cut off.</summary>
    public long SentCount { get; init; }

    /// <summary>Bytes that went over.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Objects that were read again and compared.</summary>
    public long VerifiedCount { get; init; }

    /// <summary>Where the old catalog is kept; null when it stayed.</summary>
    public string? OldCatalog { get; init; }

    /// <summary>Where the objects were; null when they stayed.</summary>
    public string? OldObjects { get; init; }

    /// <summary>Tables of the workspace; 0 when they stayed.</summary>
    public int TableCount { get; init; }

    /// <summary>Files of tables that were copied now.</summary>
    public int TableFileCount { get; init; }

    /// <summary>Bytes of tables that went over.</summary>
    public long TableBytes { get; init; }

    /// <summary>Files of tables that were read again and compared.</summary>
    public int VerifiedTableFileCount { get; init; }

    /// <summary>Where the tables were; null when they stayed.</summary>
    public string? OldTables { get; init; }
}
