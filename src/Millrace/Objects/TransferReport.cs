namespace Millrace.Objects;

/// <summary>What a push or a fetch moved, or has moved so far.</summary>
/// <param name="ObjectCount">Objects that were wanted and looked at.</param>
/// <param name="SentCount">Objects among them that the other side lacked.</param>
/// <param name="EntryCount">Entries that went over: small objects, chunks and lists.</param>
/// <param name="SizeBytes">Bytes that went over.</param>
public readonly record struct TransferReport(long ObjectCount, long SentCount, long EntryCount, long SizeBytes);
