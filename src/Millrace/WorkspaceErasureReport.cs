using Millrace.Objects;

namespace Millrace;

/// <summary>What an erasure takes away, or took.</summary>
public sealed record WorkspaceErasureReport
{
    /// <summary>The erasure's name in tombstones and runs; null when nothing was done.</summary>
    public string? ErasureId { get; init; }

    /// <summary>Rows, counted once in each data file that holds them.</summary>
    public long RowCount { get; init; }

    /// <summary>Data files that are written anew.</summary>
    public int FileCount { get; init; }

    /// <summary>The table's versions that held the rows, such as <c>table:people@v3</c>.</summary>
    public IReadOnlyList<string> TableVersions { get; init; } = [];

    /// <summary>Objects that go.</summary>
    public IReadOnlyList<WorkspaceErasedObject> Objects { get; init; } = [];

    /// <summary>Objects that only the erased rows name and that stay, since they were not asked for.</summary>
    public IReadOnlyList<ContentHash> LeftObjects { get; init; } = [];

    /// <summary>Feature views whose values of the erased entities go.</summary>
    public IReadOnlyList<string> FeatureViews { get; init; } = [];

    /// <summary>Everything that was made from what goes: tables, datasets, models, feature views.</summary>
    public IReadOnlyList<string> UsedBy { get; init; } = [];

    /// <summary>A sentence for each remote that has some of the objects, or could not be asked.</summary>
    public IReadOnlyList<string> Remotes { get; init; } = [];

    /// <summary>What a person must still see to.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Bytes in packs that hold the objects, and those of data files that are replaced.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Whether there is nothing to erase.</summary>
    public bool IsEmpty => RowCount == 0 && Objects.Count == 0;
}

/// <summary>An object that is erased.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="References">Who refers to it, as far as is kept by name; they stay, and reading it says that it was
/// erased.</param>
/// <param name="IsHere">Whether it was in the store.</param>
public sealed record WorkspaceErasedObject(ContentHash Hash, IReadOnlyList<string> References, bool IsHere);
