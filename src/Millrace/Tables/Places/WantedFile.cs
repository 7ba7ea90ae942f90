namespace Millrace.Tables.Places;

/// <summary>A file of a bucket of which a copy is wanted.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Path">Where the copy shall be.</param>
/// <param name="Address">Its whole address, for messages.</param>
/// <param name="SizeBytes">How long it is; negative when that is not known.</param>
/// <param name="Hash">SHA-256 of its bytes as 64 hex digits; empty when that is not known.</param>
/// <param name="Tag">The service's, when it was listed; null else.</param>
sealed record WantedFile(string Name, string Path, string Address, long SizeBytes, string Hash, string? Tag);
