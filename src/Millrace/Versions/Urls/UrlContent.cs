namespace Millrace.Versions.Urls;

/// <summary>What an address gives.</summary>
/// <param name="Content">Its bytes; null when it has not changed. The reader disposes it.</param>
/// <param name="Tag">The ETag, or what serves as one; null for none.</param>
/// <param name="LastModified">What the source said; null for nothing.</param>
/// <param name="Version">Of S3: the version; null for none.</param>
/// <param name="SizeBytes">What the source says it has; null for nothing.</param>
sealed record UrlContent(Stream? Content, string? Tag, string? LastModified, string? Version, long? SizeBytes)
{
    /// <summary>Asks, after all was read, whether the source still has that content; null when it cannot tell, or when
    /// each part that was read is known to be of it.</summary>
    public Func<CancellationToken, Task<bool>>? IsStillThere { get; init; }
}
