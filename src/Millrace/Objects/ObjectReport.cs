namespace Millrace.Objects;

/// <summary>What a check of a store found.</summary>
/// <param name="ObjectCount">Objects read, damaged ones included.</param>
/// <param name="SizeBytes">Bytes read.</param>
/// <param name="Damaged">Objects whose bytes are not those of their name, by hash.</param>
/// <param name="Missing">Objects that a room needs and the store lacks, by hash.</param>
/// <param name="ForeignFiles">Full paths in the store's folder that it did not make; it never touches them.</param>
public sealed record ObjectReport(
    long ObjectCount,
    long SizeBytes,
    IReadOnlyList<DamagedObject> Damaged,
    IReadOnlyList<MissingObject> Missing,
    IReadOnlyList<string> ForeignFiles)
{
    /// <summary>Objects that a room needs and that were erased on purpose, by hash. They are not missing.</summary>
    public IReadOnlyList<MissingObject> Erased { get; init; } = [];

    /// <summary>Whether everything that anyone needs is there and right. Foreign files do no harm.</summary>
    public bool IsClean => Damaged.Count == 0 && Missing.Count == 0;
}

/// <summary>An object that cannot be read whole.</summary>
/// <param name="Hash">What it is called.</param>
/// <param name="Path">The pack with the first entry that is not what its hash says or names what is not there.</param>
/// <param name="Offset">Where that entry begins in the pack.</param>
/// <param name="References">Who needs it.</param>
public sealed record DamagedObject(ContentHash Hash, string Path, long Offset, ObjectReferences References);

/// <summary>An object that the store lacks.</summary>
/// <param name="Hash">What it is called.</param>
/// <param name="References">Who needs it.</param>
public sealed record MissingObject(ContentHash Hash, ObjectReferences References);

/// <summary>Who needs an object.</summary>
/// <param name="Count">How many references there are.</param>
/// <param name="First">The first of them in the order the rooms named them, at most
/// <see cref="ObjectCheck.ReferencesMax"/>, each as <c>room: reference</c>.</param>
public sealed record ObjectReferences(long Count, IReadOnlyList<string> First);

/// <summary>How far a check has come.</summary>
/// <param name="ObjectCount">Objects read so far.</param>
/// <param name="SizeBytes">Bytes read so far.</param>
public readonly record struct ObjectCheckProgress(long ObjectCount, long SizeBytes);
