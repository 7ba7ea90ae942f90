namespace Millrace.Versions.Urls;

/// <summary>Where a file was brought in from, and what tells whether it has changed there.</summary>
/// <param name="Path">The file, from the root.</param>
/// <param name="Url">The address.</param>
/// <param name="Tag">The ETag, or what serves as one; null when the source gave none.</param>
/// <param name="LastModified">What the source said, as it said it; null for nothing.</param>
/// <param name="Version">Of S3: the version; null for none.</param>
/// <param name="Hash">The content.</param>
/// <param name="SizeBytes">Its bytes.</param>
/// <param name="ImportedAt">When it was taken.</param>
public sealed record UrlImportRecord(
    string Path, string Url, string? Tag, string? LastModified, string? Version, string Hash, long SizeBytes,
    DateTimeOffset ImportedAt);
