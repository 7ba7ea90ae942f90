namespace Millrace.Buckets;

/// <summary>Which part of a bucket is listed.</summary>
public sealed record ListQuery
{
    public string Prefix { get; init; } = "";

    /// <summary>Keys that have it after the prefix are listed as one; empty for none.</summary>
    public string Delimiter { get; init; } = "";

    /// <summary>Where the page begins: behind this key or common prefix; empty for the start.</summary>
    public string After { get; init; } = "";

    /// <summary>For versions: behind this version of the key <see cref="After"/>; empty for behind all of it.</summary>
    public string AfterVersion { get; init; } = "";

    /// <summary>Keys and common prefixes together, 0 to <see cref="BucketRules.PageMax"/>.</summary>
    public int Max { get; init; } = BucketRules.PageMax;
}

/// <summary>A page of a listing: versions and common prefixes, each in order of their UTF-8 bytes.</summary>
/// <param name="Versions">Without headers and bytes.</param>
/// <param name="CommonPrefixes">Each stands for all keys that begin with it.</param>
/// <param name="IsTruncated">Whether there is more.</param>
/// <param name="Next">The last key or common prefix of the page, where the next one begins.</param>
/// <param name="NextVersion">The last version of the page; empty after a common prefix.</param>
public sealed record ObjectPage(
    IReadOnlyList<ObjectVersion> Versions, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string Next,
    string NextVersion);

/// <summary>What a deletion did.</summary>
/// <param name="VersionId">The version that is gone or the marker that was made; null without versioning.</param>
/// <param name="IsMarker">Whether that is a marker.</param>
public readonly record struct DeleteOutcome(string? VersionId, bool IsMarker);

/// <summary>Bytes that are stored and have no key yet.</summary>
/// <param name="Part">The object.</param>
/// <param name="Md5">16 bytes.</param>
/// <param name="Hold">Keeps them from a sweep until it is disposed.</param>
public sealed record StoredBody(BodyPart Part, byte[] Md5, IDisposable Hold) : IDisposable
{
    /// <summary>From here on a sweep takes the bytes unless something refers to them.</summary>
    public void Dispose() => Hold.Dispose();

    public string ETag => Convert.ToHexStringLower(Md5);
}
