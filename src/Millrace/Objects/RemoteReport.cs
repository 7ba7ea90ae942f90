namespace Millrace.Objects;

/// <summary>What a check of a remote found.</summary>
/// <param name="PackCount">Packs that were read.</param>
/// <param name="ObjectCount">Objects that are there, damaged ones included.</param>
/// <param name="SizeBytes">Bytes that were read.</param>
/// <param name="Damaged">Objects that cannot be read whole, by hash; paths are names of files on the remote.</param>
/// <param name="Missing">Objects that a branch or tag needs and the remote lacks, by hash.</param>
/// <param name="DamagedFiles">Packs with damaged entries, whoever needs them; packs and indexes that do not fit each
/// other.</param>
/// <param name="HalfCount">Packs without an index and indexes without a pack: what was cut off, or is being sent. They
/// count for nothing and do no harm.</param>
public sealed record RemoteReport(
    int PackCount,
    long ObjectCount,
    long SizeBytes,
    IReadOnlyList<DamagedObject> Damaged,
    IReadOnlyList<MissingObject> Missing,
    IReadOnlyList<DamagedFile> DamagedFiles,
    int HalfCount)
{
    /// <summary>Whether everything that the remote says it has is there and right.</summary>
    public bool IsClean => Damaged.Count == 0 && Missing.Count == 0 && DamagedFiles.Count == 0;
}

/// <summary>A file of a remote that is damaged.</summary>
/// <param name="Name">Its name on the remote.</param>
/// <param name="Fact">What is wrong, to go on with after the name.</param>
public sealed record DamagedFile(string Name, string Fact);

/// <summary>What a repair of a remote found and did.</summary>
/// <param name="Before">What was damaged and missing.</param>
/// <param name="Replaced">Packs of which everything readable is in others now, and that were deleted.</param>
/// <param name="PutAside">Of these the ones that something was lost of; where they are now on the remote.</param>
/// <param name="Restored">Objects that can be read again, by hash.</param>
/// <param name="Lost">Objects that cannot: this store does not have them either, by hash.</param>
public sealed record RemoteRepairReport(
    RemoteReport Before,
    IReadOnlyList<string> Replaced,
    IReadOnlyList<string> PutAside,
    IReadOnlyList<ContentHash> Restored,
    IReadOnlyList<MissingObject> Lost);
