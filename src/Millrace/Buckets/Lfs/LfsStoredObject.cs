namespace Millrace.Buckets.Lfs;

/// <summary>An object that a repository has.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Oid">Its SHA-256.</param>
/// <param name="SizeBytes">Bytes of it.</param>
/// <param name="CreatedAt">When it was first pushed there.</param>
public sealed record LfsStoredObject(string Repository, string Oid, long SizeBytes, DateTimeOffset CreatedAt);
