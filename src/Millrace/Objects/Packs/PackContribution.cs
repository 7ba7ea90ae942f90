namespace Millrace.Objects.Packs;

/// <summary>Entries that wait in memory to be appended to a pack.</summary>
/// <param name="Bytes">Headers and payloads.</param>
/// <param name="Length">How many of the bytes are in use.</param>
/// <param name="Entries">With offsets from the beginning of the bytes.</param>
readonly record struct PackContribution(byte[] Bytes, int Length, List<PackEntry> Entries);
