using Millrace.Objects;

namespace Millrace.Versions.Urls;

/// <summary>How something is brought in from an address.</summary>
public sealed record UrlImportOptions
{
    /// <summary>No more than this is read, when nothing is said: 100 GB.</summary>
    public const long SizeDefault = 100_000_000_000;

    /// <summary>Whether addresses of this machine and of private networks may be asked.</summary>
    public bool AllowsLocal { get; init; }

    /// <summary>What is larger is refused.</summary>
    public long SizeMax { get; init; } = SizeDefault;

    /// <summary>The SHA-256 that the content must have; null for any.</summary>
    public ContentHash? Checksum { get; init; }

    /// <summary>Told bytes as they are read; null is nobody.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>Whether it may have been brought in before: it is then only taken when it has changed.</summary>
    public bool IsUpdate { get; init; }

    /// <summary>How an S3 service is reached; its address is not looked at.</summary>
    public RemoteSettings Service { get; init; } = new() { Url = "" };
}
