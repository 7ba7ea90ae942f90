using Microsoft.AspNetCore.Server.Kestrel.Core;
using Millrace.App.Buckets;

namespace Millrace.App.Serving;

/// <summary>What a client may take of the server. Each limit has a name here.</summary>
sealed record ServerLimits
{
    public const int MaxConnections = 4096;

    /// <summary>Of one address, so that one client cannot take them all.</summary>
    public const int MaxConnectionsOfAddress = 1024;

    public const int MaxHeaderCount = 200;
    public const int MaxHeaderBytes = 64 * 1024;
    public const int MaxRequestLineBytes = 16 * 1024;

    /// <summary>What of one answer waits for its client: two blocks of a body.</summary>
    public const long MaxResponseBufferBytes = 512 * 1024;

    public const long MaxApiBodyBytes = 5L * 1024 * 1024 * 1024;

    // Signed chunks of 8 KiB, the smallest that clients make, add about 1 %.
    const long MaxS3BodyBytes = S3Payload.MaxBytes + (S3Payload.MaxBytes / 50);
    const double MinBytesPerSecond = 240;

    static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(75);

    /// <summary>From the first byte of a request to the end of its headers.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a body may come, or a short answer go, more slowly than 240 bytes a second.</summary>
    public TimeSpan RateGracePeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For each block of a body that is sent.</summary>
    public TimeSpan BlockTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>With the same time for all of it: a client may rest no longer.</summary>
    public static ServerLimits OfPatience(TimeSpan time) =>
        new() { HeadersTimeout = time, RateGracePeriod = time, BlockTimeout = time };

    public void Apply(KestrelServerOptions options, bool isS3)
    {
        options.AddServerHeader = false;
        var limits = options.Limits;
        limits.MaxConcurrentConnections = MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestHeaderCount = MaxHeaderCount;
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.MaxResponseBufferSize = MaxResponseBufferBytes;
        limits.MaxRequestBodySize = isS3 ? MaxS3BodyBytes : MaxApiBodyBytes;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = KeepAliveTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(MinBytesPerSecond, RateGracePeriod);
        limits.MinResponseDataRate = new MinDataRate(MinBytesPerSecond, RateGracePeriod);
    }
}
