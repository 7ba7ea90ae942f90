namespace Millrace.Objects;

/// <summary>What a repair found and did.</summary>
/// <param name="Before">What was damaged and missing.</param>
/// <param name="PutAside">The packs that held damaged bytes, where they are now; every readable entry was moved out of
/// them first.</param>
/// <param name="InUse">Damaged packs that another process appends to, and that were left alone.</param>
/// <param name="Restored">Objects that can be read again, by hash.</param>
/// <param name="Lost">Objects that cannot: no source had them, by hash.</param>
public sealed record RepairReport(
    ObjectReport Before,
    IReadOnlyList<string> PutAside,
    IReadOnlyList<string> InUse,
    IReadOnlyList<ContentHash> Restored,
    IReadOnlyList<MissingObject> Lost);
