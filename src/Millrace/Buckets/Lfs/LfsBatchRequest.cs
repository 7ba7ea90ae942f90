namespace Millrace.Buckets.Lfs;

/// <summary>What a client of git-lfs asks of many objects at once.</summary>
/// <param name="Operation"><c>download</c> or <c>upload</c>.</param>
/// <param name="Transfers">The ways it knows; null means <c>basic</c>.</param>
/// <param name="Objects">Which objects.</param>
/// <param name="HashAlgorithm">Null means <c>sha256</c>.</param>
public sealed record LfsBatchRequest(
    string Operation, IReadOnlyList<string>? Transfers, IReadOnlyList<LfsObjectId> Objects, string? HashAlgorithm);

/// <summary>An object as a client names it; nothing of it is checked yet.</summary>
/// <param name="Oid">Should be 64 hexadecimal digits.</param>
/// <param name="SizeBytes">Bytes of it.</param>
public sealed record LfsObjectId(string Oid, long SizeBytes);
